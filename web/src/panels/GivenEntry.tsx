import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Given, GivenFile, TreeRow } from "../store/given";
import type { Store } from "../store/store";
import { shortBytes } from "../text/bytes";
import { readable } from "../text/headers";
import { plainName } from "../text/names";
import { Icon } from "../ui/Icon";

/** The largest file that is edited here, in bytes. */
const EDITABLE = 1 << 17;

interface Props {
  row: TreeRow;
  store: Store;
  given: Given;
  editing: boolean;
  /** Edit the file at a path, or none. */
  edit: (path: string | null) => void;
}

/** One file, directory or link of those that are given; a text can be edited in place. */
export function Entry({ row, store, given, editing, edit }: Props): JSX.Element {
  const busy = store.session.busy.value;
  const { path, parent, name, depth, file } = row;
  return (
    <li style={{ "--depth": depth }}>
      <span class="mono entry-name" title={plainName(path)}>
        <span class="aloud">{plainName(parent)}</span>
        {plainName(name)}
        {file === null ? "/" : ""}
      </span>
      <span class="dim">{described(file)}</span>
      {file instanceof Blob && file.size <= EDITABLE ? (
        <button
          type="button"
          class="button quiet small"
          aria-expanded={editing}
          aria-label={`${editing ? "Done with" : "Edit"} ${path}`}
          disabled={busy}
          onClick={() => edit(editing ? null : path)}
        >
          {editing ? "Done" : "Edit"}
        </button>
      ) : null}
      <button
        type="button"
        class="button quiet icon-only"
        aria-label={`Remove ${path}`}
        disabled={busy}
        onClick={() => given.remove(path)}
      >
        <Icon name="close" />
      </button>
      {editing && file instanceof Blob ? <Text key={path} path={path} file={file} store={store} given={given} /> : null}
    </li>
  );
}

function Text({ path, file, store, given }: { path: string; file: Blob; store: Store; given: Given }): JSX.Element {
  const [text, setText] = useState<string | null | undefined>(undefined);
  useEffect(() => {
    let here = true;
    void file.arrayBuffer().then((bytes) => {
      if (here) setText(readable(new Uint8Array(bytes)));
    });
    return () => {
      here = false;
    };
    // What is typed makes a new blob of the file; it is read once.
  }, [path]);
  if (text === undefined) return <p class="quiet-note file-text">…</p>;
  if (text === null) return <p class="quiet-note file-text">It is no text.</p>;
  return (
    <textarea
      class="field mono file-text"
      rows={Math.min(16, text.split("\n").length + 1)}
      spellcheck={false}
      aria-label={`Text of ${path}`}
      data-testid="edit-text"
      value={text}
      disabled={store.session.busy.value}
      onInput={(event) => {
        setText(event.currentTarget.value);
        given.add([{ path, blob: new Blob([event.currentTarget.value]) }]);
      }}
    />
  );
}

function described(file: GivenFile): string {
  if (file === null) return "";
  return file instanceof Blob ? shortBytes(file.size) : `link to ${plainName(file.link)}`;
}
