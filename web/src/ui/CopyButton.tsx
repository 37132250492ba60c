import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Icon } from "./Icon";

interface CopyButtonProps {
  text: () => string;
  label: string;
  /** Show the label; otherwise it is only read aloud. */
  wordy?: boolean;
}

/** Puts a text on the clipboard, and says so. */
export function CopyButton({ text, label, wordy }: CopyButtonProps): JSX.Element {
  const [done, setDone] = useState<"" | "Copied" | "Not allowed">("");
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text());
      setDone("Copied");
    } catch {
      setDone("Not allowed");
    }
    setTimeout(() => setDone(""), 2000);
  };
  return (
    <button type="button" class="button quiet small" title={label} onClick={() => void copy()}>
      <Icon name="copy" />
      <span class={wordy || done ? "" : "aloud"} aria-live="polite">
        {done || label}
      </span>
    </button>
  );
}
