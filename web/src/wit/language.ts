import {
  acceptCompletion,
  autocompletion,
  completionKeymap,
  type Completion,
  type CompletionContext,
  type CompletionResult,
} from "@codemirror/autocomplete";
import { StateEffect, StateField, type Extension } from "@codemirror/state";
import { EditorView, hoverTooltip, keymap, showTooltip, type Tooltip } from "@codemirror/view";
import type { WitHover } from "../protocol";
import type { Editor } from "../store/editor";
import { toCodePoint, toUtf16 } from "../text/units";
import { card, spoken } from "./card";

/** What the editor does when a key asks for it; the panel has these. `at` counts code points. */
export interface Actions {
  define: (at: number) => void;
  references: (at: number) => void;
  rename: (at: number) => void;
  format: () => void;
  outline: () => void;
  keys: () => void;
  /** Say something to those who listen. */
  say: (words: string) => void;
}

/** The keys, in the words of the help. `Mod` is Ctrl, or ⌘ on a Mac. */
export const KEYS: readonly (readonly [key: string, means: string])[] = [
  ["Ctrl-Space", "complete what is being typed; Enter or Tab takes a proposal, Escape closes the list"],
  ["Mod-i", "explain the name at the cursor: definition, documentation, layout"],
  ["F12", "go to the definition, in built-in packages too"],
  ["Shift-F12", "list every place that uses the name"],
  ["F2", "rename everywhere"],
  ["Shift-Alt-f", "format the text"],
  ["F8", "go to the next problem"],
  ["Mod-Shift-o", "go to the outline; arrow keys move in it, Enter goes to an item"],
  ["Ctrl-Shift-[", "fold the block at the cursor; Ctrl-Shift-] unfolds it"],
  ["Mod-f", "search and replace"],
  ["Mod-z", "undo; Mod-y or Mod-Shift-z does it again"],
  ["F1", "show these keys"],
  ["Escape, then Tab", "leave the editor"],
];

/** Sorts kinds of proposals: what the project defines, then types, then keywords. */
const RANK: Readonly<Record<string, number>> = {
  type: 3,
  resource: 3,
  interface: 3,
  world: 3,
  primitive: 1,
  keyword: 0,
};

/** Where proposals come unasked: in a word, and behind what only a name can follow. */
const UNASKED = /[\w%-]$|[@/<]$|(?:^|\s)(?:use|import|export|include)\s$|[\w)]: ?$|-> ?$|\.\{(?:[^}]*,)? ?$/;

/** The WIT language service on an editor: completion, hover, definition, references, rename, format. */
export function witLanguage(editor: Editor, actions: Actions): Extension {
  const at = (view: EditorView, pos = view.state.selection.main.head): number =>
    toCodePoint(view.state.doc.toString(), pos);
  const does =
    (action: (at: number) => void) =>
    (view: EditorView): boolean => {
      action(at(view));
      return true;
    };

  async function complete(context: CompletionContext): Promise<CompletionResult | null> {
    const line = context.state.doc.lineAt(context.pos);
    const before = line.text.slice(0, context.pos - line.from);
    if (!context.explicit && !UNASKED.test(before)) return null;
    const text = context.state.doc.toString();
    const answer = await editor.ask("wit-complete", { at: toCodePoint(text, context.pos) });
    if (!answer?.items.length || context.aborted) return null;
    return {
      from: toUtf16(text, answer.start),
      options: answer.items.map((item): Completion => {
        const { docs } = item;
        return {
          label: item.text,
          detail: item.detail ?? item.kind,
          type: item.kind,
          boost: RANK[item.kind] ?? 2,
          ...(docs ? { info: () => ({ dom: document.createTextNode(docs) }) } : {}),
        };
      }),
      validFor: /^[%\w:/@-]*$/,
    };
  }

  return [
    autocompletion({
      override: [complete],
      icons: false,
      activateOnTypingDelay: 60,
      // The list shows what the core knows at once; nothing is fetched.
      maxRenderedOptions: 200,
    }),
    hoverTooltip(
      async (view, pos) => {
        const found = await hoverAt(editor, view, pos);
        return found
          ? { pos: found.from, end: found.to, above: true, create: () => ({ dom: card(found.hover) }) }
          : null;
      },
      { hoverTime: 350 },
    ),
    explanation,
    keymap.of([
      ...completionKeymap,
      { key: "Tab", run: acceptCompletion },
      {
        key: "Mod-i",
        run: (view) => {
          void explain(editor, view, actions.say);
          return true;
        },
        preventDefault: true,
      },
      { key: "F12", run: does(actions.define), preventDefault: true },
      { key: "Shift-F12", run: does(actions.references), preventDefault: true },
      { key: "F2", run: does(actions.rename), preventDefault: true },
      { key: "Shift-Alt-f", run: does(actions.format), preventDefault: true },
      { key: "Mod-Shift-o", run: does(actions.outline), preventDefault: true },
      { key: "F1", run: does(actions.keys), preventDefault: true },
      {
        key: "Escape",
        run: (view) => {
          if (!view.state.field(explanation)) return false;
          view.dispatch({ effects: explained.of(null) });
          return true;
        },
      },
    ]),
    EditorView.domEventHandlers({
      mousedown: (event, view) => {
        if (!(event.ctrlKey || event.metaKey) || event.button !== 0) return false;
        const pos = view.posAtCoords(event);
        if (pos === null) return false;
        event.preventDefault();
        actions.define(at(view, pos));
        return true;
      },
    }),
  ];
}

/** What is known about a place: `pos` counts UTF-16 units. */
async function hoverAt(
  editor: Editor,
  view: EditorView,
  pos: number,
): Promise<{ hover: WitHover; from: number; to: number } | null> {
  const text = view.state.doc.toString();
  const answer = await editor.ask("wit-hover", { at: toCodePoint(text, pos) });
  if (!answer?.hover || view.state.doc.toString() !== text) return null;
  return { hover: answer.hover, from: toUtf16(text, answer.hover.start), to: toUtf16(text, answer.hover.end) };
}

/** Where the cursor is, in code points. */
export function cursor(view: EditorView): number {
  return toCodePoint(view.state.doc.toString(), view.state.selection.main.head);
}

/** Show what is known about the name at the cursor, and say it. */
export async function explain(editor: Editor, view: EditorView, say: (words: string) => void): Promise<void> {
  const found = await hoverAt(editor, view, view.state.selection.main.head);
  say(found ? spoken(found.hover) : "Nothing is known about this place.");
  if (!found) return;
  view.dispatch({
    effects: explained.of({
      pos: found.from,
      end: found.to,
      above: true,
      create: () => ({ dom: card(found.hover) }),
    }),
  });
}

const explained = StateEffect.define<Tooltip | null>();

/** The card that a key asked for: it stays until the cursor moves or the text changes. */
const explanation = StateField.define<Tooltip | null>({
  create: () => null,
  update: (shown, transaction) => {
    for (const effect of transaction.effects) if (effect.is(explained)) return effect.value;
    return transaction.docChanged || transaction.selection ? null : shown;
  },
  provide: (field) => showTooltip.from(field),
});
