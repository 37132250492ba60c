import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics, type Diagnostic as Marked } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import type { Diagnostic } from "../protocol";
import { toUtf16All } from "../text/units";
import { wit } from "../wit/mode";

/** Colours come from the page's custom properties, which reach into the shadow root. */
const theme = EditorView.theme({
  "&": { height: "100%", backgroundColor: "var(--sheet)", color: "var(--code-ink)", fontSize: "var(--code-size)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55", overflow: "auto" },
  ".cm-content": { caretColor: "var(--ink)", padding: "10px 0 40px" },
  ".cm-line": { padding: "0 12px 0 6px" },
  ".cm-gutters": { backgroundColor: "var(--sheet)", color: "var(--ink-3)", border: "none", paddingLeft: "6px" },
  ".cm-activeLine": { backgroundColor: "var(--wash)" },
  ".cm-activeLineGutter": { backgroundColor: "var(--wash)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--selection)",
  },
  ".cm-cursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "1.5px" },
  ".cm-selectionMatch": { backgroundColor: "var(--wash)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "transparent", outline: "1px solid var(--line-strong)" },
  ".cm-foldPlaceholder": {
    backgroundColor: "var(--sunk)",
    border: "1px solid var(--line)",
    color: "var(--ink-2)",
    padding: "0 6px",
  },
  ".cm-lintRange-error": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--danger) 1.5px",
    textUnderlineOffset: "3px",
  },
  ".cm-lintRange-warning": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--warn) 1.5px",
    textUnderlineOffset: "3px",
  },
  ".cm-lintRange-info": {
    backgroundImage: "none",
    textDecoration: "underline dotted var(--ink-2) 1.5px",
    textUnderlineOffset: "3px",
  },
  ".cm-lint-marker": { content: "none", width: "8px", height: "8px", margin: "5px 2px", borderRadius: "50%" },
  ".cm-lint-marker-error": { content: "none", backgroundColor: "var(--danger)" },
  ".cm-lint-marker-warning": { content: "none", backgroundColor: "var(--warn)", borderRadius: "0" },
  ".cm-lint-marker-info": { content: "none", backgroundColor: "var(--ink-2)", borderRadius: "0" },
  ".cm-tooltip": {
    backgroundColor: "var(--raised)",
    color: "var(--ink)",
    border: "1px solid var(--line-strong)",
    borderRadius: "3px",
    maxWidth: "min(60ch, 90vw)",
  },
  ".cm-diagnostic": {
    padding: "6px 10px",
    fontFamily: "var(--sans)",
    fontSize: "13px",
    borderLeftWidth: "3px",
    whiteSpace: "pre-wrap",
  },
  ".cm-diagnostic-error": { borderLeftColor: "var(--danger)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--warn)" },
  ".cm-panels": { backgroundColor: "var(--sunk)", color: "var(--ink)", fontFamily: "var(--sans)" },
  ".cm-panels.cm-panels-bottom": { borderTop: "1px solid var(--line)" },
  ".cm-textfield": {
    backgroundColor: "var(--sheet)",
    color: "var(--ink)",
    border: "1px solid var(--line-strong)",
    borderRadius: "3px",
  },
  ".cm-button": {
    backgroundImage: "none",
    backgroundColor: "var(--sheet)",
    color: "var(--ink)",
    border: "1px solid var(--line-strong)",
    borderRadius: "3px",
  },
  ".cm-searchMatch": { backgroundColor: "var(--warn-soft)", outline: "1px solid var(--warn)" },
});

interface CodeOptions {
  /** Where the editor goes; it gets a shadow root, so that its styles are adopted sheets and the page's policy can forbid inline ones. */
  host: HTMLElement;
  text: string;
  label: string;
  readOnly?: boolean;
  onChange?: (text: string) => void;
}

/** A CodeMirror view on WIT. */
export function makeCode({ host, text, label, readOnly, onChange }: CodeOptions): EditorView {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const extensions: Extension[] = [
    lineNumbers(),
    foldGutter({ openText: "⌄", closedText: "›" }),
    highlightSpecialChars(),
    drawSelection(),
    EditorView.lineWrapping,
    bracketMatching(),
    highlightSelectionMatches(),
    wit(),
    theme,
    EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
    keymap.of([...defaultKeymap, ...searchKeymap, ...foldKeymap]),
  ];
  if (readOnly) {
    extensions.push(EditorState.readOnly.of(true), EditorView.editable.of(false));
  } else {
    extensions.push(
      history(),
      indentUnit.of("  "),
      indentOnInput(),
      highlightActiveLine(),
      lintGutter(),
      keymap.of([...historyKeymap, ...lintKeymap]),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) onChange?.(update.state.doc.toString());
      }),
    );
  }
  return new EditorView({ state: EditorState.create({ doc: text, extensions }), parent: root, root });
}

/** Replace the text, when it is another one; the cursor stays where it can, and undo brings the old text back. */
export function setText(view: EditorView, text: string): void {
  if (view.state.doc.toString() === text) return;
  const at = Math.min(view.state.selection.main.head, text.length);
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, selection: { anchor: at } });
}

/** Show diagnostics that speak of the text in the view. */
export function showDiagnostics(view: EditorView, diagnostics: readonly Diagnostic[]): void {
  const text = view.state.doc.toString();
  const places = toUtf16All(
    text,
    diagnostics.flatMap((one) => [one.start, one.end]),
  );
  const marked: Marked[] = diagnostics.map((one, index) => {
    const from = places[index * 2] ?? 0;
    const to = Math.max(from, places[index * 2 + 1] ?? from);
    return { from, to, severity: one.severity, message: one.hint ? `${one.message}\n${one.hint}` : one.message };
  });
  view.dispatch(setDiagnostics(view.state, marked));
}

/** Put the cursor on a range (UTF-16) and look at it. */
export function reveal(view: EditorView, from: number, to: number): void {
  const length = view.state.doc.length;
  view.dispatch({
    selection: { anchor: Math.min(from, length), head: Math.min(to, length) },
    effects: EditorView.scrollIntoView(Math.min(from, length), { y: "center" }),
  });
  view.focus();
}
