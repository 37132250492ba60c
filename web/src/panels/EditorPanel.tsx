import type { EditorState } from "@codemirror/state";
import type { EditorView } from "@codemirror/view";
import { useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { WitLocation } from "../protocol";
import type { BuiltIn } from "../store/editor";
import type { Store } from "../store/store";
import { counted } from "../text/bytes";
import { toUtf16 } from "../text/units";
import { codeState, makeCode, reveal, setText, showDiagnostics } from "../ui/code";
import { Icon } from "../ui/Icon";
import type { Panel, PanelProps } from "../ui/panel";
import { FileBar } from "../wit/FileBar";
import { checkFileName } from "../wit/files";
import { KeysDialog } from "../wit/KeysDialog";
import { cursor, explain, witLanguage, type Actions } from "../wit/language";
import { NameBar, type Naming } from "../wit/NameBar";
import { Outline } from "../wit/Outline";
import { Problems } from "../wit/Problems";
import { References } from "../wit/References";

function View({ store }: PanelProps): JSX.Element {
  const { editor } = store;
  const host = useRef<HTMLDivElement>(null);
  const outline = useRef<HTMLElement>(null);
  const view = useRef<EditorView | null>(null);
  /** The text in the view, and the states of those that were there before: each keeps its own history. */
  const shown = useRef("");
  const states = useRef(new Map<string, EditorState>());
  const [naming, setNaming] = useState<Naming | null>(null);
  const [keys, setKeys] = useState(false);
  const [said, setSaid] = useState("");
  const focus = (): void => view.current?.focus();

  const actions = useMemo((): Actions => makeActions(store, setNaming, () => setKeys(true), setSaid, outline), [store]);
  const options = (name: string): Parameters<typeof codeState>[0] => ({
    text: editor.files.peek()[name] ?? "",
    label: `WIT text ${name}`,
    extra: witLanguage(editor, actions),
    onChange: (text) => editor.write(name, text),
  });
  const mark = (): void => {
    const name = editor.current.value;
    if (view.current && editor.checked.value?.[name] === view.current.state.doc.toString())
      showDiagnostics(view.current, editor.diagnostics.value[name] ?? []);
  };

  useEffect(() => {
    if (!host.current) return undefined;
    shown.current = editor.current.peek();
    const made = makeCode({ host: host.current, ...options(shown.current) });
    view.current = made;
    mark();
    return () => made.destroy();
  }, [editor]);

  useSignalEffect(() => {
    const name = editor.current.value;
    const text = editor.text.value;
    const made = view.current;
    if (!made) return;
    if (name !== shown.current) {
      states.current.set(shown.current, made.state);
      const before = states.current.get(name);
      made.setState(before?.doc.toString() === text ? before : codeState(options(name)));
      shown.current = name;
      mark();
    } else setText(made, text);
  });
  useSignalEffect(mark);
  useSignalEffect(() => {
    const jump = editor.jump.value;
    if (!jump || !view.current || jump.file !== editor.current.peek()) return;
    const text = editor.text.peek();
    reveal(view.current, toUtf16(text, jump.start), toUtf16(text, jump.end));
  });

  const format = (): void => actions.format();
  const visit = (location: WitLocation): void => void editor.visit(location);
  const addFile = (): void =>
    setNaming({
      label: "Path of the new file",
      initial: editor.names.value.includes("types.wit") ? "deps/other.wit" : "types.wit",
      button: "Add",
      take: (typed) => {
        const { name, error } = checked(typed, editor.names.peek());
        if (name !== null) editor.add(name);
        return error;
      },
    });
  const renameFile = (): void => {
    const from = editor.current.peek();
    setNaming({
      label: `New path of \`${from}\``,
      initial: from,
      button: "Rename",
      take: (typed) => {
        const others = editor.names.peek().filter((name) => name !== from);
        const { name, error } = checked(typed, others);
        if (name !== null && name !== from) editor.rename(from, name);
        return error;
      },
    });
  };
  const removeFile = (): void => {
    const name = editor.current.peek();
    const text = editor.remove(name);
    if (text === null) return;
    store.view.notify(`${name} was deleted.`, { act: { label: "Undo", run: () => editor.add(name, text) } });
    focus();
  };

  const builtIn = editor.builtIn.value;
  return (
    <section class="editor" aria-label="WIT editor">
      <FileBar editor={editor} add={addFile} rename={renameFile} remove={removeFile}>
        <button type="button" class="button quiet small" data-testid="format" title="Shift-Alt-F" onClick={format}>
          Format
        </button>
        <button
          type="button"
          class="button quiet small"
          data-testid="show-keys"
          title="F1"
          onClick={() => setKeys(true)}
        >
          Keys
        </button>
      </FileBar>
      <AtCursor
        acts={[
          ["Explain", () => void (view.current && explain(editor, view.current, setSaid))],
          ["Definition", () => view.current && actions.define(cursor(view.current))],
          ["Places", () => view.current && actions.references(cursor(view.current))],
          ["Rename", () => view.current && actions.rename(cursor(view.current))],
        ]}
      />
      {naming ? (
        <NameBar
          naming={naming}
          close={() => {
            setNaming(null);
            focus();
          }}
        />
      ) : null}
      {builtIn ? (
        <BuiltInText
          builtIn={builtIn}
          back={() => {
            editor.builtIn.value = null;
            requestAnimationFrame(focus);
          }}
        />
      ) : null}
      <div class={builtIn ? "editor-code gone" : "editor-code"} ref={host} data-testid="wit-editor" />
      <References
        editor={editor}
        visit={visit}
        close={() => {
          editor.references.value = null;
          focus();
        }}
      />
      <div class="editor-side">
        <Problems store={store} />
        <nav class="editor-outline" aria-label="Outline" data-testid="outline" ref={outline}>
          <h2 class="caption">Outline</h2>
          <OutlineOf store={store} leave={focus} />
        </nav>
      </div>
      <p class="aloud" role="status" data-testid="said">
        {said}
      </p>
      {keys ? (
        <KeysDialog
          close={() => {
            setKeys(false);
            focus();
          }}
        />
      ) : null}
    </section>
  );
}

/** What keys do with the name at the cursor, for hands without keys; shown where the pointer is coarse or the page narrow. */
function AtCursor({ acts }: { acts: readonly (readonly [label: string, act: () => void])[] }): JSX.Element {
  return (
    <div class="at-cursor row" role="group" aria-label="At the cursor" data-testid="at-cursor">
      <span class="quiet-note">At the cursor:</span>
      {acts.map(([label, act]) => (
        <button
          type="button"
          class="button quiet small"
          key={label}
          // The cursor stays where it is, and so does what the card hangs on.
          onMouseDown={(event) => event.preventDefault()}
          onClick={act}
        >
          {label}
        </button>
      ))}
    </div>
  );
}

function checked(typed: string, taken: readonly string[]): { name: string | null; error: string | null } {
  const found = checkFileName(typed, taken);
  return "name" in found ? found : { name: null, error: found.error };
}

/** What keys and buttons do. */
function makeActions(
  store: Store,
  name: (naming: Naming) => void,
  keys: () => void,
  say: (words: string) => void,
  outline: { current: HTMLElement | null },
): Actions {
  const { editor } = store;
  const word = (start: number, end: number): string => {
    const text = editor.text.peek();
    return text.slice(toUtf16(text, start), toUtf16(text, end));
  };
  return {
    define: (at) => {
      void editor.ask("wit-definition", { at }).then((answer) => {
        if (answer?.location) void editor.visit(answer.location);
        else say("There is no definition to go to.");
      });
    },
    references: (at) => {
      void editor.ask("wit-references", { at }).then((answer) => {
        const first = answer?.locations[0];
        if (!answer || !first) {
          say("There is no name here.");
          return;
        }
        editor.references.value = { ...answer, name: wordAt(editor.text.peek(), at) };
      });
    },
    rename: (at) => {
      void editor.ask("wit-rename", { at }).then((asked) => {
        if (!asked) return;
        if (asked.problem) {
          store.view.notify("Nothing to rename.", { hint: asked.problem });
          return;
        }
        const old = word(asked.start, asked.end);
        name({
          label: `New name of \`${old}\``,
          initial: old.replace(/^%/, ""),
          button: "Rename",
          take: async (wanted) => {
            if (wanted === old) return null;
            const answer = await editor.ask("wit-rename", { at, name: wanted });
            if (!answer) return "The text has changed; try again.";
            if (answer.problem) return answer.problem;
            editor.edit(answer.edits);
            const files = new Set(answer.edits.map((edit) => edit.file)).size;
            say(`Renamed in ${counted(answer.edits.length, "place")}${files > 1 ? ` of ${files} files` : ""}.`);
            return null;
          },
        });
      });
    },
    format: () => {
      const file = editor.current.peek();
      const before = editor.text.peek();
      void editor.format(before).then((answer) => {
        if ("error" in answer) {
          store.view.notify("The text cannot be formatted before it parses.", { hint: answer.error });
        } else if (editor.files.peek()[file] === before) {
          editor.write(file, answer.text);
          say(answer.text === before ? "Nothing to format." : "Formatted.");
        }
      });
    },
    outline: () => outline.current?.querySelector<HTMLElement>(".outline-item")?.focus(),
    keys,
    say,
  };
}

/** The identifier at a place, as words for a heading. */
function wordAt(text: string, at: number): string {
  const place = toUtf16(text, at);
  const before = /[\w%-]*$/.exec(text.slice(0, place))?.[0] ?? "";
  const after = /^[\w-]*/.exec(text.slice(place))?.[0] ?? "";
  return before + after;
}

/** The outline of the text that is shown; apart, so that typing does not draw the rest anew. */
function OutlineOf({ store, leave }: { store: Store; leave: () => void }): JSX.Element {
  const { editor, session } = store;
  const items = editor.outline.value;
  return useMemo(
    () =>
      items.length ? (
        <Outline
          items={items}
          go={(number) => editor.go(editor.current.peek(), ...editor.place(number))}
          leave={leave}
        />
      ) : (
        <p class="quiet-note">{session.hello.value ? "Nothing is defined yet." : "Appears when Python is ready."}</p>
      ),
    [items, session.hello.value],
  );
}

/** A text of a built-in package, read only. */
function BuiltInText({ builtIn, back }: { builtIn: BuiltIn; back: () => void }): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!host.current) return undefined;
    const view = makeCode({
      host: host.current,
      text: builtIn.text,
      label: `${builtIn.name}, read only`,
      readOnly: true,
    });
    reveal(view, toUtf16(builtIn.text, builtIn.start), toUtf16(builtIn.text, builtIn.end));
    return () => view.destroy();
  }, [builtIn]);
  return (
    <>
      <div class="built-in-bar row" data-testid="built-in">
        <button type="button" class="button small" onClick={back}>
          <Icon name="back" />
          Back
        </button>
        <span>
          <code>{builtIn.name}</code> is built in: read only. Escape leads back.
        </span>
      </div>
      <div
        class="editor-code"
        ref={host}
        data-testid="built-in-text"
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.preventDefault();
          back();
        }}
      />
    </>
  );
}

/** The WIT one writes: editor, problems, outline. */
export const editorPanel: Panel = {
  id: "wit",
  title: "WIT",
  badge: ({ editor }) => {
    const count = editor.count.value;
    return count ? { text: String(count), means: counted(count, "problem"), tone: "error" } : null;
  },
  View,
};
