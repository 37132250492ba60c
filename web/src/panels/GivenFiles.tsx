import type { JSX } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import { type Given, KEPT_AT, treeOf } from "../store/given";
import type { Store } from "../store/store";
import { counted, shortBytes } from "../text/bytes";
import { FileButton } from "../ui/FileButton";
import { Icon } from "../ui/Icon";
import { plainName } from "../text/names";
import { saveFile } from "../ui/save";
import { Entry } from "./GivenEntry";

const SHOWN = 200;
const MEBI = 1 << 20;

/** The files that what runs is given: chosen, dropped, or out of a zip file; and a directory that is kept on this computer. */
export function GivenFiles({
  store,
  given = store.runs.given,
  whose,
}: {
  store: Store;
  given?: Given;
  /** Where there are several: who is given them. */
  whose?: string;
}): JSX.Element {
  const busy = store.session.busy.value;
  const paths = given.paths.value;
  const refused = given.refused.value;
  const rows = treeOf(given.files.value);
  const [editing, setEditing] = useState<string | null>(null);
  const [name, setName] = useState("");
  const create = (): void => {
    if (!name.trim()) return;
    const path = given.create(name);
    setName("");
    setEditing(path);
  };
  return (
    <details class="given" open={paths.length > 0 || given.keeping.value || refused !== null} data-testid="given-files">
      <summary>
        Files{whose ? ` of ${whose}` : ""}{" "}
        <span class="dim">
          {paths.length
            ? `${counted(paths.length, "entry", "entries")}, ${shortBytes(given.size.value)}, found at /`
            : "none"}
          {given.keeping.value ? `; kept: ${given.keptName.value} at ${KEPT_AT}` : ""}
        </span>
      </summary>
      <ul class="plain file-list" data-testid="files">
        {rows.slice(0, SHOWN).map((row) => (
          <Entry
            key={row.path}
            row={row}
            store={store}
            given={given}
            editing={editing === row.path}
            edit={setEditing}
          />
        ))}
      </ul>
      {rows.length > SHOWN ? (
        <p class="quiet-note">and {counted(rows.length - SHOWN, "more entry", "more entries")}</p>
      ) : null}
      {refused ? (
        <p class="field-error" role="alert" data-testid="zip-refused">
          {plainName(refused.name)} was not unpacked: {plainName(refused.message)}
        </p>
      ) : null}
      <div class="row wrap">
        <FileButton
          multiple
          testId="add-files"
          disabled={busy}
          onFiles={(files) => given.add(files.map((file) => ({ path: file.name, blob: file })))}
        >
          <Icon name="fresh" /> Add files…
        </FileButton>
        <FileButton
          folder
          testId="add-folder"
          disabled={busy}
          onFiles={(files) =>
            given.add(files.map((file) => ({ path: file.webkitRelativePath || file.name, blob: file })))
          }
        >
          Add a folder…
        </FileButton>
        <FileButton
          accept=".zip,application/zip"
          testId="add-zip"
          disabled={busy}
          onFiles={([file]) => {
            if (file) store.attempt(given.unpack(file.name, file));
          }}
        >
          Unpack a zip file…
        </FileButton>
        {paths.length ? (
          <>
            <button
              type="button"
              class="button quiet small"
              disabled={busy}
              data-testid="save-given"
              onClick={() => store.attempt(given.zip(given.data()).then((zip) => saveFile("files.zip", zip)))}
            >
              <Icon name="download" /> As a zip file
            </button>
            <button type="button" class="button quiet small" disabled={busy} onClick={() => given.clear()}>
              Remove all
            </button>
          </>
        ) : null}
      </div>
      <div class="row">
        <input
          class="field mono"
          autocomplete="off"
          spellcheck={false}
          placeholder="/notes.txt"
          aria-label={`Path of a new text file${whose ? ` of ${whose}` : ""}`}
          value={name}
          disabled={busy}
          data-testid="new-file-name"
          onInput={(event) => setName(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            event.preventDefault();
            event.stopPropagation();
            create();
          }}
        />
        <button
          type="button"
          class="button plain small"
          disabled={busy || !name.trim()}
          data-testid="new-file"
          onClick={create}
        >
          New text file
        </button>
      </div>
      <div class="row wrap">
        <label class="row tick">
          <input
            type="checkbox"
            checked={given.readOnly.value}
            disabled={busy}
            data-testid="read-only"
            onChange={(event) => {
              given.readOnly.value = event.currentTarget.checked;
            }}
          />
          <span>It may only read them</span>
        </label>
        <label class="row tick">
          <span>They may come to</span>
          <input
            type="number"
            class="field quota"
            min="0"
            step="any"
            placeholder="512"
            value={given.quota.value === null ? "" : given.quota.value / MEBI}
            disabled={busy || given.readOnly.value}
            data-testid="quota"
            onChange={(event) => {
              const count = event.currentTarget.valueAsNumber;
              given.quota.value = Number.isFinite(count) && count >= 0 ? Math.round(count * MEBI) : null;
            }}
          />
          <span>MiB</span>
        </label>
      </div>
      <KeptDirectory store={store} given={given} />
    </details>
  );
}

/** A directory that stays in this browser when the page is closed. */
function KeptDirectory({ store, given }: { store: Store; given: Given }): JSX.Element | null {
  const busy = store.session.busy.value;
  useEffect(() => {
    if (given.kept.value === null) void given.lookAtKept();
  }, [given]);
  const list = useId();
  if (!given.canKeep) return null;
  const kept = given.kept.value ?? [];
  const problem = given.keptProblem.value;
  return (
    <fieldset class="kept-directory" data-testid="kept">
      <legend class="aloud">A directory that is kept</legend>
      <label class="row tick">
        <input
          type="checkbox"
          checked={given.keeping.value}
          disabled={busy}
          data-testid="keep"
          onChange={(event) => {
            given.keeping.value = event.currentTarget.checked;
          }}
        />
        <span>
          Give it a directory that is kept on this computer, at <code>{KEPT_AT}</code>
        </span>
      </label>
      {given.keeping.value ? (
        <>
          <label class="stack">
            <span class="field-label">Kept as</span>
            <input
              class="field"
              list={list}
              autocomplete="off"
              spellcheck={false}
              value={given.keptName.value}
              disabled={busy}
              data-testid="kept-name"
              aria-invalid={problem !== null}
              onInput={(event) => {
                given.keptName.value = event.currentTarget.value;
              }}
            />
            <datalist id={list}>
              {kept.map(({ name }) => (
                <option key={name} value={name} />
              ))}
            </datalist>
            {problem ? <span class="field-error">{problem}</span> : null}
          </label>
          <p class="quiet-note">
            It may read and change what is there. What a run leaves is there again at the next visit, also what it wrote
            before it was stopped. No link carries it.
          </p>
        </>
      ) : null}
      {kept.length ? (
        <ul class="plain file-list" data-testid="kept-list" aria-label="Kept on this computer">
          {kept.map(({ name, size }) => (
            <li key={name}>
              <span>{name}</span>
              <span class="dim">kept, {shortBytes(size)} as a zip file</span>
              <button
                type="button"
                class="button quiet icon-only"
                aria-label={`Download ${name}`}
                title="Download"
                onClick={() =>
                  void given.keptFile(name).then((file) => {
                    if (file) saveFile(`${name}.zip`, file);
                  })
                }
              >
                <Icon name="download" />
              </button>
              <button
                type="button"
                class="button quiet icon-only"
                aria-label={`Forget ${name}`}
                title="Forget"
                disabled={busy}
                onClick={() => forget(store, given, name)}
              >
                <Icon name="close" />
              </button>
            </li>
          ))}
        </ul>
      ) : null}
    </fieldset>
  );
}

/** Forgetting can be undone while the notice is there. */
function forget(store: Store, given: Given, name: string): void {
  void given.keptFile(name).then(async (file) => {
    const bytes = file ? await file.arrayBuffer() : null;
    await given.forget(name);
    store.view.notify(`${name} is forgotten.`, {
      ...(bytes ? { act: { label: "Undo", run: () => void given.remember(name, new Blob([bytes])) } } : {}),
    });
  });
}
