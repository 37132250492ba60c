import type { ComponentChildren, JSX } from "preact";

interface Props {
  testId: string;
  children: ComponentChildren;
  onFiles: (files: File[]) => void;
  accept?: string;
  multiple?: boolean;
  /** Choose a folder, and get all that is in it. */
  folder?: boolean;
  disabled?: boolean;
}

/** A button that lets one choose files. */
export function FileButton({ testId, children, onFiles, accept, multiple, folder, disabled }: Props): JSX.Element {
  return (
    <label class={`button plain small file-button ${disabled ? "disabled" : ""}`}>
      {children}
      <input
        type="file"
        class="aloud"
        accept={accept}
        multiple={multiple || folder}
        disabled={disabled}
        data-testid={testId}
        {...(folder ? { webkitdirectory: true } : {})}
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          event.currentTarget.value = "";
          if (files.length) onFiles(files);
        }}
      />
    </label>
  );
}
