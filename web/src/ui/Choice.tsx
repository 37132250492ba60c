import type { JSX } from "preact";

interface ChoiceProps<T extends string> {
  label: string;
  name: string;
  value: T;
  options: readonly { value: T; text: string; title?: string }[];
  onChange: (value: T) => void;
  testId?: string;
}

/** One of a few, side by side: radio buttons that look like a switch. */
export function Choice<T extends string>({
  label,
  name,
  value,
  options,
  onChange,
  testId,
}: ChoiceProps<T>): JSX.Element {
  return (
    <fieldset class="choice" data-testid={testId}>
      <legend class="aloud">{label}</legend>
      {options.map((option) => (
        <label key={option.value} class="choice-option" title={option.title}>
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={value === option.value}
            onChange={() => onChange(option.value)}
            data-testid={testId ? `${testId}-${option.value}` : undefined}
          />
          <span>{option.text}</span>
        </label>
      ))}
    </fieldset>
  );
}
