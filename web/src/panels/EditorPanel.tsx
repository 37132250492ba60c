import type { EditorView } from "@codemirror/view";
import { useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Diagnostic, OutlineItem } from "../protocol";
import { counted } from "../text/bytes";
import { toUtf16 } from "../text/units";
import { makeCode, reveal, setText, showDiagnostics } from "../ui/code";
import type { Panel, PanelProps } from "../ui/panel";
import { Words } from "../ui/Words";

function View({ store }: PanelProps): JSX.Element {
  const { editor, session } = store;
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);

  useEffect(() => {
    if (!host.current) return undefined;
    const made = makeCode({
      host: host.current,
      text: editor.text.peek(),
      label: "WIT text",
      onChange: (text) => {
        editor.text.value = text;
      },
    });
    view.current = made;
    if (editor.checked.peek() === editor.text.peek()) showDiagnostics(made, editor.diagnostics.peek());
    return () => made.destroy();
  }, [editor]);

  useSignalEffect(() => {
    const text = editor.text.value;
    if (view.current) setText(view.current, text);
  });
  useSignalEffect(() => {
    const diagnostics = editor.diagnostics.value;
    if (view.current && editor.checked.value === view.current.state.doc.toString())
      showDiagnostics(view.current, diagnostics);
  });

  const go = (start: number, end: number): void => {
    const text = editor.text.value;
    if (view.current) reveal(view.current, toUtf16(text, start), toUtf16(text, end));
  };
  const diagnostics = editor.diagnostics.value;
  return (
    <section class="editor" aria-label="WIT editor">
      <div class="editor-code" ref={host} data-testid="wit-editor" />
      <div class="editor-side">
        <div class="editor-problems" data-testid="problems">
          <h2 class="caption">Problems</h2>
          <p class="problem-summary" role="status">
            {summary(editor.checked.value !== null, session.hello.value !== null, editor.failure.value, diagnostics)}
          </p>
          <ul class="plain">
            {diagnostics.map((one, index) => (
              <li key={index}>
                <button type="button" class={`problem ${one.severity}`} onClick={() => go(one.start, one.end)}>
                  <span class="problem-word">{one.severity}</span>
                  <span class="problem-place">line {lineOf(editor.checked.value ?? "", one.start)}</span>
                  <span class="problem-text">
                    <Words text={one.message} />
                  </span>
                  {one.hint ? (
                    <span class="problem-hint">
                      <Words text={one.hint} />
                    </span>
                  ) : null}
                </button>
              </li>
            ))}
          </ul>
        </div>
        <nav class="editor-outline" aria-label="Outline" data-testid="outline">
          <h2 class="caption">Outline</h2>
          {editor.outline.value.length ? (
            <Outline items={editor.outline.value} go={go} />
          ) : (
            <p class="quiet-note">
              {session.hello.value ? "Nothing is defined yet." : "Appears when Python is ready."}
            </p>
          )}
        </nav>
      </div>
    </section>
  );
}

function summary(checked: boolean, ready: boolean, failure: string | null, diagnostics: readonly Diagnostic[]): string {
  if (failure) return `Could not be checked: ${failure}`;
  if (!ready) return "You can write already. Checks begin when Python is ready.";
  if (!checked) return "Checking…";
  if (!diagnostics.length) return "None. The text parses and resolves.";
  const errors = diagnostics.filter((one) => one.severity === "error").length;
  const others = diagnostics.length - errors;
  return [errors ? counted(errors, "error") : "", others ? counted(others, "remark") : ""].filter(Boolean).join(", ");
}

function lineOf(text: string, codePoint: number): number {
  return text.slice(0, toUtf16(text, codePoint)).split("\n").length;
}

function Outline({
  items,
  go,
}: {
  items: readonly OutlineItem[];
  go: (start: number, end: number) => void;
}): JSX.Element {
  return (
    <ul class="outline">
      {items.map((item) => (
        <li key={`${item.start}-${item.name}`}>
          <button type="button" class="outline-item" onClick={() => go(item.start, item.end)}>
            <span class="outline-kind">{item.kind}</span> <span class="outline-name">{item.name}</span>
          </button>
          {item.children.length ? <Outline items={item.children} go={go} /> : null}
        </li>
      ))}
    </ul>
  );
}

/** The WIT one writes: editor, problems, outline. */
export const editorPanel: Panel = {
  id: "wit",
  title: "WIT",
  badge: ({ editor }) => {
    const count = editor.diagnostics.value.length;
    return count ? { text: String(count), means: counted(count, "problem"), tone: "error" } : null;
  },
  View,
};
