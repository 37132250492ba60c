import type { JSX } from "preact";
import type { Companion } from "../store/beside";
import type { Store } from "../store/store";
import { splitArguments } from "../text/arguments";
import { counted, shortBytes } from "../text/bytes";
import { FileButton } from "../ui/FileButton";
import { Icon } from "../ui/Icon";
import { TrapCard } from "./CallPanel";
import { FailureText } from "./ComponentPanel";
import { Console } from "./Console";
import { GivenFiles } from "./GivenFiles";

/** Commands that run together with this one, on a network that only they are on: a server for a client, say. */
export function BesideCard({ store }: { store: Store }): JSX.Element {
  const { beside } = store.runs;
  const busy = store.session.busy.value;
  const companions = beside.companions.value;
  const refused = beside.refused.value;
  return (
    <details class="given" data-testid="beside" open={companions.length > 0 || refused !== null}>
      <summary>
        Run together with{" "}
        <span class="dim">{companions.length ? counted(companions.length, "other command") : "nothing else"}</span>
      </summary>
      <p class="quiet-note">
        A server and its client, say: they start from the top, this one last, and may use TCP, UDP and names on a
        network of their own in this tab, which nobody else is on: there each is found under its program's name. Stop
        ends all of them.
      </p>
      <ul class="plain companions" data-testid="companions">
        {companions.map((one) => (
          <One key={one.key} one={one} store={store} />
        ))}
      </ul>
      {refused ? (
        <div class="card error" role="alert" data-testid="companion-refused">
          <h3>{refused.name} cannot run beside it</h3>
          <FailureText failure={refused.failure} />
        </div>
      ) : null}
      <FileButton
        accept=".wasm"
        testId="add-companion"
        disabled={busy || beside.full.value}
        onFiles={([file]) => {
          if (file) store.attempt(beside.add(file.name, file));
        }}
      >
        <Icon name="fresh" /> Add a command…
      </FileButton>
    </details>
  );
}

/** One of them: its command line, and the files it is given. */
function One({ one, store }: { one: Companion; store: Store }): JSX.Element {
  const busy = store.session.busy.value;
  return (
    <li class="companion">
      <label class="stack">
        <span class="field-label">
          {one.name} <span class="dim">{shortBytes(one.blob.size)}</span>
        </span>
        <span class="prompt">
          <span class="mono dim" aria-hidden="true">
            $
          </span>
          <input
            class="field mono"
            autocomplete="off"
            spellcheck={false}
            value={one.line.value}
            data-testid="companion-line"
            aria-label={`Command line of ${one.name}`}
            disabled={busy}
            onInput={(event) => (one.line.value = event.currentTarget.value)}
          />
        </span>
      </label>
      <button
        type="button"
        class="button quiet icon-only"
        aria-label={`Remove ${one.name}`}
        disabled={busy}
        onClick={() => store.runs.beside.remove(one)}
      >
        <Icon name="close" />
      </button>
      <GivenFiles store={store} given={one.given} whose={one.name} />
    </li>
  );
}

/** What those beside it write, and how they ended. */
export function BesideConsoles({ store }: { store: Store }): JSX.Element | null {
  const { runs, session } = store;
  const { companions } = runs.beside;
  const running = session.busy.value;
  return (
    <>
      {companions.value
        .filter(({ key, transcript }) => running || runs.beside.ends.value[key] || transcript.chunks.value.length)
        .map((one) => (
          <div key={one.key} class="console-block">
            <OneConsole one={one} store={store} />
          </div>
        ))}
    </>
  );
}

function OneConsole({ one, store }: { one: Companion; store: Store }): JSX.Element {
  const end = store.runs.beside.ends.value[one.key];
  const name = splitArguments(one.line.value)[0] ?? one.name;
  return (
    <>
      <Console
        transcript={one.transcript}
        caption={`Console of ${name}`}
        ended={end !== undefined}
        stdout={end?.stdout ?? null}
        testId="companion-console"
      >
        {end ? (
          <span class={`exit ${end.exit === 0 ? "good" : "bad"}`} data-testid="companion-exit">
            {end.trap ? "trapped, " : ""}exit code <span class="mono">{end.exit}</span>
          </span>
        ) : null}
      </Console>
      {end?.trap ? <TrapCard trap={end.trap} name={name} /> : null}
    </>
  );
}
