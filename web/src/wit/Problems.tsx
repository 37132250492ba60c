import type { JSX } from "preact";
import type { Diagnostic } from "../protocol";
import { counted } from "../text/bytes";
import { toUtf16 } from "../text/units";
import type { Store } from "../store/store";
import { Words } from "../ui/Words";

/** What is wrong in the texts, with hints and second places; each leads to its place. */
export function Problems({ store }: { store: Store }): JSX.Element {
  const { editor, session } = store;
  const checked = editor.checked.value;
  const all = editor.names.value.flatMap((file) =>
    (editor.diagnostics.value[file] ?? []).map((one) => ({ file, one })),
  );
  const several = editor.names.value.length > 1;
  const lineOf = (file: string, at: number): number => {
    const text = checked?.[file] ?? "";
    return text.slice(0, toUtf16(text, at)).split("\n").length;
  };
  return (
    <div class="editor-problems" data-testid="problems" aria-busy={checked !== editor.files.value}>
      <h2 class="caption">Problems</h2>
      <p class="problem-summary" role="status">
        {summary(
          checked !== null,
          session.hello.value !== null,
          editor.failure.value,
          all.map(({ one }) => one),
          several,
        )}
      </p>
      <ul class="plain">
        {all.map(({ file, one }) => (
          <li key={`${file}-${one.start}-${one.message}`} class={`problem-entry ${one.severity}`}>
            <button type="button" class="problem" onClick={() => editor.go(file, one.start, one.end)}>
              <span class="problem-word">{one.severity}</span>
              <span class="problem-place">
                {several ? `${file}, ` : ""}line {lineOf(file, one.start)}
              </span>
              <span class="problem-text">
                <Words text={one.message} />
              </span>
              {one.hint ? (
                <span class="problem-hint">
                  <Words text={one.hint} />
                </span>
              ) : null}
            </button>
            {(one.related ?? []).map((place) =>
              place.file in editor.files.value ? (
                <button
                  key={place.start}
                  type="button"
                  class="problem-also link"
                  onClick={() => editor.go(place.file, place.start, place.end)}
                >
                  <Words text={place.message} />: {several ? `${place.file}, ` : ""}line{" "}
                  {lineOf(place.file, place.start)}
                </button>
              ) : null,
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

function summary(
  checked: boolean,
  ready: boolean,
  failure: string | null,
  diagnostics: readonly Diagnostic[],
  several: boolean,
): string {
  if (failure) return `Could not be checked: ${failure}`;
  if (!ready) return "You can write already. Checks begin when Python is ready.";
  if (!checked) return "Checking…";
  if (!diagnostics.length)
    return several ? "None. The texts parse and resolve." : "None. The text parses and resolves.";
  const errors = diagnostics.filter((one) => one.severity === "error").length;
  const others = diagnostics.length - errors;
  return [errors ? counted(errors, "error") : "", others ? counted(others, "warning") : ""].filter(Boolean).join(", ");
}
