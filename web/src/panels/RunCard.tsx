import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { KEPT_AT } from "../store/given";
import type { LastRun } from "../store/runs";
import type { Store } from "../store/store";
import { splitArguments } from "../text/arguments";
import { counted } from "../text/bytes";
import { Choice } from "../ui/Choice";
import { Icon } from "../ui/Icon";
import { StopButton } from "../ui/StopButton";
import { BesideCard, BesideConsoles } from "./BesideCard";
import { FailureText } from "./ComponentPanel";
import { TrapCard } from "./CallPanel";
import { Console } from "./Console";
import { GivenFiles } from "./GivenFiles";
import { LeftFiles } from "./LeftFiles";
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
      <GivenFiles store={store} />
      <BesideCard store={store} />
      <div class="call-bar">
        {busy ? (
          <StopButton testId="stop-call" stop={() => session.stop()} />
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
      {runs.transcript.chunks.value.length || runs.last.value || busy ? <Written store={store} /> : null}
      <BesideConsoles store={store} />
      <RequestLog store={store} requests={runs.requests} recorded={runs.last.value?.result?.exchanges ?? []} />
      <LeftFiles store={store} />
    </form>
  );
}

/** What the component may reach, in a line, and the way to change it; or `fixed`, what has to come before. */
export function Granted({ store, fixed }: { store: Store; fixed?: string }): JSX.Element | null {
  const { grants, session } = store;
  const bounds = grants.boundsInWords.value;
  return (
    <p class="granted" data-testid="granted">
      <span class="dim">It reaches:</span> {grants.summary.value || "nothing outside its machine"}.{" "}
      {bounds ? (
        <>
          <span class="dim">At most</span> {bounds}.{" "}
        </>
      ) : null}
      {fixed ? (
        <span class="dim">{fixed}</span>
      ) : (
        <button
          type="button"
          class="link"
          data-testid="change-grants"
          disabled={session.busy.value}
          onClick={() => void grants.ask("Done")}
        >
          Change
        </button>
      )}
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

function keptInWords(after: LastRun["keptAfter"]["value"]): string {
  if (after === "nothing") return "";
  if (after === "kept") return `; what it had written to ${KEPT_AT} is kept`;
  return `; what it had written to ${KEPT_AT} could not be kept: ${after.problem}`;
}

/** What it writes, and why it ended where it did not end well. */
function Written({ store }: { store: Store }): JSX.Element {
  const { runs } = store;
  const last = runs.last.value;
  const busy = store.session.busy.value;
  const block = useRef<HTMLDivElement>(null);
  // On a small page the console is below what one sees, when it begins and when it is full.
  const ran = useRef(false);
  useEffect(() => {
    if (busy || ran.current) block.current?.scrollIntoView({ block: "nearest" });
    ran.current = busy;
  }, [busy]);
  return (
    <div class="console-block" ref={block}>
      <Console
        transcript={runs.transcript}
        caption={runs.beside.some.value ? `Console of ${splitArguments(runs.lineShown.value)[0] ?? "it"}` : "Console"}
        ended={last !== null}
        stdout={last?.result?.stdout ?? null}
        testId="console"
      />
      <Terminal store={store} />
      {last?.result?.trap ? <TrapCard trap={last.result.trap} name="The command" store={store} /> : null}
      {last?.failure && last.failure.kind !== "Stopped" ? (
        <div class="card error" data-testid="run-error">
          <h3>{last.failure.kind === "Exhaustion" ? "The command was ended" : "The command did not run"}</h3>
          <FailureText failure={last.failure} />
        </div>
      ) : null}
      {last?.failure?.kind === "Stopped" ? (
        <p class="quiet-note">Stopped. What it had written until then is above{keptInWords(last.keptAfter.value)}.</p>
      ) : null}
    </div>
  );
}
