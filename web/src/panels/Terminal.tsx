import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Store } from "../store/store";

/** Where one types into a command that runs: Enter sends the line, Ctrl+D ends the input, Ctrl+C stops the command, the arrows bring lines back. */
export function Terminal({ store }: { store: Store }): JSX.Element | null {
  const { runs, session } = store;
  const field = useRef<HTMLInputElement>(null);
  const [line, setLine] = useState("");
  const [past, setPast] = useState<readonly string[]>([]);
  const [at, setAt] = useState<number | null>(null);
  const open = runs.typing.value;
  useEffect(() => {
    if (!open) return undefined;
    field.current?.focus();
    const form = field.current?.form;
    return () => {
      // Where the cursor was is gone with the line; what runs it again is next.
      if (document.activeElement === document.body || !document.activeElement)
        form?.querySelector<HTMLElement>(".call-bar button")?.focus();
    };
  }, [open]);
  if (!open) return null;

  const send = (): void => {
    runs.type(`${line}\n`);
    if (line) setPast([...past.slice(-99), line]);
    setLine("");
    setAt(null);
  };
  const recall = (step: number): void => {
    const next = (at ?? past.length) + step;
    if (next < 0 || next > past.length) return;
    setAt(next === past.length ? null : next);
    setLine(past[next] ?? "");
  };
  const keys = (event: KeyboardEvent): void => {
    const control = event.ctrlKey && !event.altKey && !event.metaKey;
    const selected = field.current ? field.current.selectionStart !== field.current.selectionEnd : false;
    if (event.key === "Enter" && !event.isComposing) send();
    else if (control && event.key === "d") {
      if (line) runs.type(line);
      setLine("");
      runs.endInput();
    } else if (control && event.key === "c" && !selected) void session.stop();
    else if (event.key === "ArrowUp") recall(-1);
    else if (event.key === "ArrowDown") recall(1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="terminal-line">
      <label class="prompt">
        <span class="mono" aria-hidden="true">
          &gt;
        </span>
        <span class="aloud">Standard input: a line of text</span>
        <input
          class="field mono"
          ref={field}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          value={line}
          aria-describedby="terminal-keys"
          data-testid="terminal-line"
          onInput={(event) => setLine(event.currentTarget.value)}
          onKeyDown={keys}
        />
      </label>
      <button type="button" class="button plain small" data-testid="terminal-send" onClick={send}>
        Send
      </button>
      <button type="button" class="button plain small" data-testid="terminal-end" onClick={() => runs.endInput()}>
        End input
      </button>
      <p class="range" id="terminal-keys">
        Enter sends the line, Ctrl+D ends the input, Ctrl+C stops the command
      </p>
    </div>
  );
}
