import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { KEPT_AT } from "../store/given";
import type { FileAfter } from "../store/runs";
import type { Store } from "../store/store";
import { counted, exactBytes, grouped, shortBytes } from "../text/bytes";
import { readable } from "../text/headers";
import { plainName } from "../text/names";
import { Choice } from "../ui/Choice";
import { Icon } from "../ui/Icon";
import { saveFile } from "../ui/save";

const CHANGES: Readonly<Record<FileAfter["change"], string>> = {
  added: "added",
  changed: "changed",
  same: "as before",
  removed: "removed",
};
const SHOWN = 300;
/** How much of a file is shown as text, in bytes. */
const TEXT = 1 << 16;

/** What the run did to its files, and all that it left. */
export function LeftFiles({ store }: { store: Store }): JSX.Element | null {
  const { runs, session } = store;
  const [all, setAll] = useState(false);
  const last = runs.last.value;
  const files = last?.files ?? [];
  if (!last?.result || !files.length) return null;
  const changed = files.filter(({ change }) => change !== "same");
  const listed = all ? files : changed;
  const unkept = Object.entries(last.result.unkept ?? {});
  return (
    <section class="left-files" aria-label="Files after the run">
      <div class="result-head">
        <span class="caption">Files after the run</span>
        <Choice
          label="Which files to list"
          name="left"
          testId="left"
          value={all ? "all" : "changed"}
          options={[
            { value: "changed", text: `${grouped(changed.length)} changed` },
            { value: "all", text: `all ${grouped(files.length)}` },
          ]}
          onChange={(which) => setAll(which === "all")}
        />
        <span class="spacer" />
        <button
          type="button"
          class="button quiet small"
          data-testid="save-left"
          disabled={session.busy.value}
          onClick={() => store.attempt(runs.zipLeft().then((zip) => saveFile("files.zip", zip)))}
        >
          <Icon name="download" /> As a zip file
        </button>
        <button type="button" class="button quiet small" data-testid="keep-files" onClick={() => runs.keepFiles()}>
          Give them to the next run
        </button>
      </div>
      {unkept.map(([name, why]) => (
        <p key={name} class="field-error" role="alert">
          {name} could not be kept on this computer: {why}
        </p>
      ))}
      {listed.length ? null : <p class="quiet-note">It changed none of its files.</p>}
      <ul class="plain file-list" data-testid="files-after">
        {listed.slice(0, SHOWN).map((file) => (
          <Row key={file.path} file={file} />
        ))}
      </ul>
      {listed.length > SHOWN ? (
        <p class="quiet-note">
          and {counted(listed.length - SHOWN, "more entry", "more entries")}; the zip file has them
        </p>
      ) : null}
      {files.some(({ path }) => path.startsWith(`${KEPT_AT}/`)) && !unkept.length ? (
        <p class="quiet-note">What is below {KEPT_AT} is kept on this computer.</p>
      ) : null}
    </section>
  );
}

function Row({ file }: { file: FileAfter }): JSX.Element {
  const [open, setOpen] = useState(false);
  const bytes = file.data.bytes;
  const name = file.path.split("/").pop() ?? "file";
  return (
    <li class={open ? "opened" : ""}>
      <span class="mono">{plainName(file.path)}</span>
      <span class={`change ${file.change}`}>{CHANGES[file.change]}</span>
      <span class="dim">{sizes(file)}</span>
      {bytes ? (
        <>
          <button
            type="button"
            class="button quiet small"
            aria-expanded={open}
            aria-label={`${open ? "Hide" : "View"} ${file.path}`}
            onClick={() => setOpen(!open)}
          >
            {open ? "Hide" : "View"}
          </button>
          <button
            type="button"
            class="button quiet icon-only"
            aria-label={`Download ${file.path}`}
            title="Download"
            onClick={() => saveFile(name, new Blob([bytes as BlobPart]))}
          >
            <Icon name="download" />
          </button>
        </>
      ) : null}
      {open && bytes ? <Text bytes={bytes} path={file.path} /> : null}
    </li>
  );
}

function Text({ bytes, path }: { bytes: Uint8Array; path: string }): JSX.Element {
  let end = Math.min(bytes.length, TEXT);
  while (end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1; // not within a character
  const text = readable(bytes.subarray(0, end));
  return (
    <pre class="console file-text mono" tabIndex={0} aria-label={path} data-testid="file-text">
      {text ?? "It is no text; download it to see it."}
      {text !== null && bytes.length > end ? `\n… ${shortBytes(bytes.length - end)} more` : ""}
    </pre>
  );
}

function sizes({ data, change, before, after }: FileAfter): string {
  if (data.link !== undefined) return `link to ${plainName(data.link)}`;
  if (change === "removed") return before === null ? "" : `was ${exactBytes(before)}`;
  if (after === null) return "directory";
  return change === "changed" && before !== null ? `${grouped(before)} → ${exactBytes(after)}` : exactBytes(after);
}
