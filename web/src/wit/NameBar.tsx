import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Words } from "../ui/Words";

/** One question for a name: what is asked, and what comes of the answer. */
export interface Naming {
  label: string;
  initial: string;
  button: string;
  /** Do it; words when it cannot be done. */
  take: (name: string) => Promise<string | null> | string | null;
}

/** A line above the editor that asks for a name. Escape gives up; `close` brings the focus back. */
export function NameBar({ naming, close }: { naming: Naming; close: () => void }): JSX.Element {
  const [name, setName] = useState(naming.initial);
  const [error, setError] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    setName(naming.initial);
    setError(null);
    field.current?.focus();
    field.current?.select();
  }, [naming]);
  const submit = async (): Promise<void> => {
    const problem = await naming.take(name);
    if (problem === null) close();
    else setError(problem);
  };
  return (
    <form
      class="name-bar"
      data-testid="name-bar"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        close();
      }}
    >
      <label class="name-label">
        <span class="field-label">
          <Words text={naming.label} />
        </span>
        <input
          class="field mono"
          ref={field}
          value={name}
          spellcheck={false}
          autocomplete="off"
          autocapitalize="off"
          aria-invalid={error !== null}
          aria-describedby={error ? "name-bar-error" : undefined}
          data-testid="name-field"
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="button small" data-testid="name-ok">
        {naming.button}
      </button>
      <button type="button" class="button quiet small" onClick={close}>
        Cancel
      </button>
      {error ? (
        <p class="field-error" id="name-bar-error" role="alert">
          <Words text={error} />
        </p>
      ) : null}
    </form>
  );
}
