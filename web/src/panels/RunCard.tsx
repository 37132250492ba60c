import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Store } from "../store/store";
import type { FileAfter } from "../store/runs";
import { splitArguments } from "../text/arguments";
import { counted, exactBytes, grouped, shortBytes } from "../text/bytes";
import { visible } from "../text/console";
import { Choice } from "../ui/Choice";
import { Icon } from "../ui/Icon";
import { saveFile } from "../ui/save";
import { FailureText } from "./ComponentPanel";
import { TrapCard } from "./CallPanel";
import { RequestLog } from "./RequestLog";
import { Terminal } from "./Terminal";

/** Running a command: arguments, environment, standard input, files; then its console and what it left. */
export function RunCard({ store }: { store: Store }): JSX.Element {
  const { runs, session } = store;
  const busy = session.busy.value;
  const wrong = runs.envProblems.value;
  const run = async (): Promise<void> => {
    await runs.run();
    store.projects.arrival.value = null;
  };
  return (
    <form
      class="run-form"
      data-testid="run-card"
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
          event.preventDefault();
          void run();
        }
      }}
    >
      <label class="stack">
        <span class="field-label">Command line</span>
        <span class="prompt">
          <span class="mono dim" aria-hidden="true">
            $
          </span>
          <input
            class="field mono"
            autocomplete="off"
            spellcheck={false}
            value={runs.lineShown.value}
            data-testid="argv"
            onInput={(event) => {
              runs.line.value = event.currentTarget.value;
            }}
          />
        </span>
        <span class="range">
          {counted(splitArguments(runs.lineShown.value).length, "argument")}, the first is the program's name
        </span>
      </label>
      <div class="run-inputs">
        <div class="stack">
          <div class="row wrap">
            <span class="field-label" id="stdin-label">
              Standard input
            </span>
            <Choice
              label="Where the standard input comes from"
              name="stdin-from"
              testId="stdin-from"
              value={runs.live.value ? "live" : "prepared"}
              options={[
                { value: "prepared", text: "Prepared" },
                { value: "live", text: "Typed", title: "You type while it runs; it waits for you" },
              ]}
              onChange={(from) => {
                runs.live.value = from === "live";
              }}
            />
          </div>
          {runs.live.value ? (
            <p class="quiet-note">You type it under the console while the command runs; it waits for you.</p>
          ) : (
            <textarea
              class="field mono"
              rows={3}
              spellcheck={false}
              placeholder="empty"
              aria-labelledby="stdin-label"
              value={runs.stdin.value}
              data-testid="stdin"
              onInput={(event) => {
                runs.stdin.value = event.currentTarget.value;
              }}
            />
          )}
        </div>
        <label class="stack">
          <span class="field-label">Environment</span>
          <textarea
            class="field mono"
            rows={3}
            spellcheck={false}
            placeholder={"NAME=value"}
            value={runs.env.value}
            data-testid="env"
            aria-invalid={wrong.length > 0}
            onInput={(event) => {
              runs.env.value = event.currentTarget.value;
            }}
          />
          {wrong.length ? <span class="field-error">line {wrong.join(", ")}: expected NAME=value</span> : null}
        </label>
      </div>
      <Files store={store} />
      <div class="call-bar">
        {busy ? (
          <button type="button" class="button stop" data-testid="stop-call" onClick={() => void session.stop()}>
            <Icon name="stop" /> Stop
          </button>
        ) : (
          <button
            type="submit"
            class="button primary"
            data-testid="run"
            disabled={wrong.length > 0}
            title="Ctrl + Enter"
          >
            <Icon name="play" /> Run
          </button>
        )}
        <Ended store={store} />
      </div>
      <Granted store={store} />
      <Console store={store} />
      <RequestLog store={store} />
      <Left store={store} />
    </form>
  );
}

/** What the command may reach, in a line, and the way to change it. */
export function Granted({ store }: { store: Store }): JSX.Element | null {
  const { grants, session } = store;
  if (!grants.needs.value.length) return null;
  return (
    <p class="granted" data-testid="granted">
      <span class="dim">It reaches:</span> {grants.summary.value}.{" "}
      <button
        type="button"
        class="link"
        data-testid="change-grants"
        disabled={session.busy.value}
        onClick={() => void grants.ask("Done")}
      >
        Change
      </button>
    </p>
  );
}

function Ended({ store }: { store: Store }): JSX.Element | null {
  const last = store.runs.last.value;
  if (!last) return null;
  if (!last.result) return null;
  const { exit, trap } = last.result;
  return (
    <span class={`exit ${exit === 0 ? "good" : "bad"}`} role="status" data-testid="exit">
      {trap ? "trapped, " : ""}exit code <span class="mono">{exit}</span>
      <span class="dim">
        {" "}
        after {last.took < 1000 ? `${Math.round(last.took)} ms` : `${(last.took / 1000).toFixed(1)} s`}
      </span>
    </span>
  );
}

function Files({ store }: { store: Store }): JSX.Element {
  const { runs } = store;
  const paths = Object.keys(runs.files.value).sort();
  return (
    <details class="files" open={paths.length > 0}>
      <summary>
        Files{" "}
        <span class="dim">{paths.length ? counted(paths.length, "entry", "entries") : "none"}, preopened at /</span>
      </summary>
      <ul class="plain file-list" data-testid="files">
        {paths.map((path) => {
          const blob = runs.files.value[path];
          return (
            <li key={path}>
              <span class="mono">{path}</span>
              <span class="dim">{blob ? shortBytes(blob.size) : "directory"}</span>
              <button
                type="button"
                class="button quiet icon-only"
                aria-label={`Remove ${path}`}
                onClick={() => runs.removeFile(path)}
              >
                <Icon name="close" />
              </button>
            </li>
          );
        })}
      </ul>
      <label class="button plain small file-button">
        <Icon name="fresh" /> Add files…
        <input
          type="file"
          multiple
          class="aloud"
          data-testid="add-files"
          onChange={(event) => {
            runs.addFiles(
              [...(event.currentTarget.files ?? [])].map((file) => ({
                path: file.webkitRelativePath || file.name,
                blob: file,
              })),
            );
            event.currentTarget.value = "";
          }}
        />
      </label>
    </details>
  );
}

const TITLES = { stdout: undefined, stderr: "standard error", typed: "you typed this" } as const;

function Console({ store }: { store: Store }): JSX.Element | null {
  const { runs, session } = store;
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const chunks = runs.chunks.value;
  useLayoutEffect(() => {
    if (box.current && atEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [chunks]);
  const last = runs.last.value;
  if (!chunks.length && !last && !session.busy.value) return null;
  return (
    <div class="console-block">
      <div class="result-head">
        <span class="caption">Console</span>
        {runs.dropped.value ? (
          <span class="dim">{grouped(runs.dropped.value)} earlier characters are not shown</span>
        ) : null}
        <span class="spacer" />
        {last?.result ? (
          <button
            type="button"
            class="button quiet small"
            onClick={() => saveFile("stdout.txt", new Blob([last.result?.stdout as BlobPart]))}
            disabled={!last.result.stdout.length}
          >
            <Icon name="download" /> stdout <span class="dim">{shortBytes(last.result.stdout.length)}</span>
          </button>
        ) : null}
      </div>
      <div
        class="console mono"
        role="log"
        aria-label="Console"
        tabIndex={0}
        data-testid="console"
        ref={box}
        onScroll={(event) => {
          const element = event.currentTarget;
          atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < 8;
        }}
      >
        {chunks.length === 0 ? <span class="dim">{last ? "It wrote nothing." : "…"}</span> : null}
        {chunks.map((chunk) => (
          <span
            key={chunk.key}
            class={`${chunk.stream} ${chunk.style}`}
            data-stream={chunk.stream}
            title={TITLES[chunk.stream]}
          >
            {visible(chunk.text)}
          </span>
        ))}
      </div>
      <Terminal store={store} />
      {last?.result?.trap ? <TrapCard trap={last.result.trap} name="The command" /> : null}
      {last?.failure && last.failure.kind !== "Stopped" ? (
        <div class="card error" data-testid="run-error">
          <h3>The command did not run</h3>
          <FailureText failure={last.failure} />
        </div>
      ) : null}
      {last?.failure?.kind === "Stopped" ? (
        <p class="quiet-note">Stopped. What it had written until then is above.</p>
      ) : null}
    </div>
  );
}

const CHANGES: Readonly<Record<FileAfter["change"], string>> = {
  new: "new",
  changed: "changed",
  same: "as before",
  removed: "removed",
};

/** The files after the run. */
function Left({ store }: { store: Store }): JSX.Element | null {
  const files = store.runs.last.value?.files ?? [];
  if (!files.length) return null;
  return (
    <div class="left-files">
      <div class="result-head">
        <span class="caption">Files after the run</span>
        <span class="spacer" />
        <button type="button" class="button quiet small" onClick={() => store.runs.keepFiles()}>
          Give them to the next run
        </button>
      </div>
      <ul class="plain file-list" data-testid="files-after">
        {files.map((file) => (
          <li key={file.path}>
            <span class="mono">{file.path}</span>
            <span class={`change ${file.change}`}>{CHANGES[file.change]}</span>
            <span class="dim">
              {file.bytes ? exactBytes(file.bytes.length) : file.change === "removed" ? "" : "directory"}
            </span>
            {file.bytes ? (
              <button
                type="button"
                class="button quiet icon-only"
                aria-label={`Download ${file.path}`}
                title="Download"
                onClick={() => saveFile(file.path.split("/").pop() ?? "file", new Blob([file.bytes as BlobPart]))}
              >
                <Icon name="download" />
              </button>
            ) : null}
          </li>
        ))}
      </ul>
    </div>
  );
}
