import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import {
  bracketMatching,
  foldGutter,
  foldKeymap,
  foldService,
  indentOnInput,
  indentUnit,
  matchBrackets,
} from "@codemirror/language";
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
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", fontSize: "12.5px", maxHeight: "15em" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": {
    display: "flex",
    gap: "1.5em",
    justifyContent: "space-between",
    padding: "2px 10px",
    lineHeight: "1.6",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": {
    backgroundColor: "var(--accent)",
    color: "var(--accent-ink)",
  },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-completionDetail": {
    marginLeft: "0",
    color: "var(--ink-2)",
    fontFamily: "var(--sans)",
    fontStyle: "normal",
    fontSize: "12px",
    overflow: "hidden",
    textOverflow: "ellipsis",
    maxWidth: "34ch",
  },
  "li[aria-selected] .cm-completionDetail": { color: "inherit" },
  ".cm-tooltip.cm-completionInfo": {
    padding: "8px 12px",
    font: "400 13px/1.5 var(--sans)",
    whiteSpace: "pre-wrap",
    maxHeight: "16em",
    overflow: "auto",
    width: "min(46ch, 80vw)",
  },
  ".wit-card": {
    padding: "8px 12px",
    font: "400 13px/1.5 var(--sans)",
    maxHeight: "min(24em, 55vh)",
    overflow: "auto",
  },
  ".wit-card pre": {
    margin: "0",
    font: "400 12.5px/1.5 var(--mono)",
    whiteSpace: "pre-wrap",
    overflowWrap: "anywhere",
  },
  ".wit-card .docs": { margin: "8px 0 0", whiteSpace: "pre-wrap" },
  ".wit-card .facts": { margin: "8px 0 0", color: "var(--ink-2)", fontSize: "12.5px" },
  ".wit-card table": { marginTop: "6px", borderCollapse: "collapse", fontSize: "12.5px" },
  ".wit-card caption": { textAlign: "left", color: "var(--ink-2)", fontSize: "12px" },
  ".wit-card th, .wit-card td": {
    padding: "1px 14px 1px 0",
    textAlign: "left",
    fontWeight: "400",
    borderTop: "1px solid var(--line)",
  },
  ".wit-card thead th": { borderTop: "none", color: "var(--ink-2)", fontSize: "12px" },
  ".wit-card td.number, .wit-card th.number": { textAlign: "right", fontVariantNumeric: "tabular-nums" },
  ".wit-card .mono": { fontFamily: "var(--mono)" },
  ".cm-searchMatch": { backgroundColor: "var(--warn-soft)", outline: "1px solid var(--warn)" },
});

interface StateOptions {
  text: string;
  label: string;
  readOnly?: boolean;
  onChange?: (text: string) => void;
  /** What this editor can besides. */
  extra?: Extension;
}

interface CodeOptions extends StateOptions {
  /** Where the editor goes; it gets a shadow root, so that its styles are adopted sheets and the page's policy can forbid inline ones. */
  host: HTMLElement;
}

/** The state of an editor on WIT: its text, its history, what it can. */
export function codeState({ text, label, readOnly, onChange, extra }: StateOptions): EditorState {
  const extensions: Extension[] = [
    extra ?? [],
    lineNumbers(),
    foldGutter({ openText: "⌄", closedText: "›" }),
    folding,
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
      closeBrackets(),
      highlightActiveLine(),
      lintGutter(),
      keymap.of([...closeBracketsKeymap, ...historyKeymap, ...lintKeymap]),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) onChange?.(update.state.doc.toString());
      }),
    );
  }
  return EditorState.create({ doc: text, extensions });
}

/** A CodeMirror view on WIT. */
export function makeCode({ host, ...options }: CodeOptions): EditorView {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  return new EditorView({ state: codeState(options), parent: root, root });
}

/** Blocks fold from the brace that ends a line to the one that closes it. */
const folding = foldService.of((state, _start, end) => {
  const line = state.doc.lineAt(end);
  const brace = /\{\s*(?:\/\/.*)?$/.exec(line.text);
  if (!brace) return null;
  const from = line.from + brace.index;
  const match = matchBrackets(state, from, 1);
  if (!match?.matched || !match.end || match.end.from <= line.to) return null;
  return { from: from + 1, to: match.end.from };
});

/** Replace what differs, so that the cursor stays where it can; undo brings the old text back. */
export function setText(view: EditorView, text: string): void {
  const old = view.state.doc.toString();
  if (old === text) return;
  let from = 0;
  while (from < old.length && from < text.length && old[from] === text[from]) from += 1;
  let end = 0;
  while (end < old.length - from && end < text.length - from && old.at(-1 - end) === text.at(-1 - end)) end += 1;
  view.dispatch({ changes: { from, to: old.length - end, insert: text.slice(from, text.length - end) } });
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
    const also = (one.related ?? []).map((place) => `${place.message} (${place.file})`);
    const message = [one.message, ...(one.hint ? [one.hint] : []), ...also].join("\n");
    return { from, to, severity: one.severity, message };
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
