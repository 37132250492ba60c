import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Exchange } from "../serve/server";
import type { Store } from "../store/store";
import { counted, shortBytes } from "../text/bytes";
import { readable } from "../text/headers";
import { Choice } from "../ui/Choice";
import { CopyButton } from "../ui/CopyButton";
import { Icon } from "../ui/Icon";
import { saveFile } from "../ui/save";
import { Words } from "../ui/Words";
import { TrapCard } from "./CallPanel";
import { FailureText } from "./ComponentPanel";
import { GivenFiles } from "./GivenFiles";
import { RequestLog } from "./RequestLog";
import { Granted } from "./RunCard";

/**
 * A served page has this site's origin, so nothing of it may run: no `allow-scripts` (RATIONALE.md, "Why do served pages run no scripts?").
 * The service worker says the same in each response.
 */
const SANDBOX = "allow-same-origin allow-forms";

/** A component that answers HTTP requests: in a frame with an address bar, or asked by hand; and the log of what it answered. */
export function ServeCard({ store }: { store: Store }): JSX.Element {
  const [how, setHow] = useState<"frame" | "hand">("frame");
  return (
    <div class="serve" data-testid="serve-card">
      <Choice
        label="How to ask"
        name="ask"
        testId="ask"
        value={how}
        options={[
          { value: "frame", text: "In a frame" },
          { value: "hand", text: "By hand" },
        ]}
        onChange={setHow}
      />
      {how === "frame" ? <Framed store={store} /> : <ByHand store={store} />}
    </div>
  );
}

function Framed({ store }: { store: Store }): JSX.Element {
  const { servings } = store;
  const current = servings.current.value;
  const failure = servings.failure.value;
  const serve = async (): Promise<void> => {
    await servings.start();
    store.projects.arrival.value = null;
  };
  return (
    <>
      {current ? (
        <Browser store={store} />
      ) : (
        <div class="serve-start">
          <Given store={store} />
          <button
            type="button"
            class="button primary"
            data-testid="serve"
            disabled={servings.starting.value}
            onClick={() => void serve()}
          >
            <Icon name="play" /> {servings.starting.value ? "Starting…" : "Serve"}
          </button>
          <p class="quiet-note">
            It gets an address on this site that only this browser knows. Each request is answered by a fresh instance;
            scripts of its pages do not run.
          </p>
        </div>
      )}
      {failure ? (
        <div class="card error" role="alert" data-testid="serve-error">
          <h3>It is not served</h3>
          <FailureText failure={failure} />
        </div>
      ) : null}
      {current ? <Granted store={store} fixed="Stop serving to change it." /> : <Granted store={store} />}
      <Log store={store} />
      <RequestLog store={store} requests={servings.requests} />
    </>
  );
}

/** What each request's machine is given, where the component asks for such things. */
function Given({ store }: { store: Store }): JSX.Element | null {
  return store.opened.findsFiles.value ? <GivenFiles store={store} /> : null;
}

/** The frame, its address bar, and what ends it. */
function Browser({ store }: { store: Store }): JSX.Element {
  const { servings } = store;
  const frame = useRef<HTMLIFrameElement>(null);
  const [text, setText] = useState<string | null>(null);
  const [loading, setLoading] = useState(true);
  const visit = servings.visit.value;
  useEffect(() => {
    if (!visit || !frame.current) return;
    setLoading(true);
    setText(null);
    const inside = frame.current.contentWindow;
    // Not by `src`: what the frame has visited stays out of this page's own history.
    if (inside) inside.location.replace(visit.url);
  }, [visit]);
  const loaded = (): void => {
    const url = addressOf(frame.current);
    if (url === "about:blank") return;
    setLoading(false);
    // Who is writing an address keeps it.
    if (!document.activeElement?.closest(".address-bar")) setText(null);
    if (url) servings.arrived(url);
  };
  return (
    <div class="browser">
      <form
        class="address-bar"
        onSubmit={(event) => {
          event.preventDefault();
          servings.go(text ?? servings.address.value);
        }}
      >
        <button
          type="button"
          class="button quiet icon-only"
          aria-label="Back"
          title="Back"
          data-testid="frame-back"
          disabled={servings.trail.value.length < 2}
          onClick={() => servings.back()}
        >
          <Icon name="back" />
        </button>
        <button
          type="button"
          class="button quiet icon-only"
          aria-label="Reload"
          title="Reload"
          data-testid="frame-reload"
          onClick={() => servings.reload()}
        >
          <Icon name="reload" />
        </button>
        <label class="aloud" for="address">
          Path
        </label>
        <input
          id="address"
          class="field mono"
          autocomplete="off"
          spellcheck={false}
          data-testid="address"
          value={text ?? servings.address.value}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button type="submit" class="button plain small">
          Go
        </button>
      </form>
      <iframe
        class="served"
        ref={frame}
        title={`What ${store.opened.shown.value?.name ?? "the component"} serves`}
        sandbox={SANDBOX}
        data-testid="served"
        aria-busy={loading}
        onLoad={loaded}
      />
      <div class="row wrap serve-foot">
        <span class="dim" role="status" data-testid="frame-state">
          {loading ? "Waiting for the component…" : "Served in this browser"}
        </span>
        <span class="spacer" />
        <a class="button quiet small" href={visit?.url} target="_blank" rel="noopener">
          <Icon name="open" /> In a tab<span class="aloud"> of its own</span>
        </a>
        <CopyButton text={() => visit?.url ?? ""} label="Copy the address" />
        <button type="button" class="button stop small" data-testid="unserve" onClick={() => servings.end()}>
          <Icon name="stop" /> Stop serving
        </button>
      </div>
    </div>
  );
}

/** Where a frame is; null for what this page may not see. */
function addressOf(frame: HTMLIFrameElement | null): string | null {
  try {
    return frame?.contentWindow?.location.href ?? null;
  } catch {
    return null;
  }
}

const STATES: Readonly<Record<Exchange["state"], string>> = {
  waiting: "waits for its turn",
  answering: "being answered",
  done: "",
  failed: "failed",
  stopped: "stopped",
  left: "left by the reader",
};

function Log({ store }: { store: Store }): JSX.Element | null {
  const { servings } = store;
  const log = servings.log.value;
  if (!log.length) return null;
  return (
    <section class="serve-log" aria-labelledby="serve-log-title">
      <h3 class="caption" id="serve-log-title">
        Requests
      </h3>
      <ol class="plain" data-testid="serve-log" aria-live="off">
        {log.map((one) => (
          <li key={one.number} class={`exchange ${one.state}`} data-state={one.state}>
            <span class="exchange-asked mono">
              <b>{one.method}</b> {one.path}
            </span>
            <span class="exchange-status mono">{one.status ?? "–"}</span>
            <span class="exchange-size dim">
              {one.status === null ? "" : shortBytes(one.bytes)}
              {one.took === null ? "" : `, ${took(one.took)}`}
            </span>
            {STATES[one.state] ? <span class="exchange-state">{STATES[one.state]}</span> : null}
            {one.took === null ? (
              <button
                type="button"
                class="button stop small"
                aria-label={`Stop ${one.method} ${one.path}`}
                onClick={() => servings.stop(one)}
              >
                <Icon name="stop" /> Stop
              </button>
            ) : null}
            {one.notes.length ? (
              <ul class="exchange-notes">
                {one.notes.map((note) => (
                  <li key={note}>
                    <Words text={note} />
                  </li>
                ))}
              </ul>
            ) : null}
            {one.written ? (
              <details class="exchange-notes">
                <summary>what it wrote to its standard streams</summary>
                <pre class="mono">{one.written}</pre>
              </details>
            ) : null}
          </li>
        ))}
      </ol>
    </section>
  );
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** A request by hand, and all of its response, also what no browser shows. */
function ByHand({ store }: { store: Store }): JSX.Element {
  const { servings, session } = store;
  const wrong = servings.wrongHeaders.value;
  return (
    <form
      class="run-form"
      data-testid="request-form"
      onSubmit={(event) => {
        event.preventDefault();
        void servings.ask();
      }}
    >
      <div class="request-line">
        <label class="stack">
          <span class="field-label">Method</span>
          <input
            class="field mono"
            list="methods"
            autocomplete="off"
            data-testid="request-method"
            value={servings.method.value}
            onInput={(event) => (servings.method.value = event.currentTarget.value.trim())}
          />
          <datalist id="methods">
            {METHODS.map((method) => (
              <option key={method} value={method} />
            ))}
          </datalist>
        </label>
        <label class="stack">
          <span class="field-label">Path</span>
          <input
            class="field mono"
            autocomplete="off"
            spellcheck={false}
            data-testid="request-path"
            value={servings.path.value}
            onInput={(event) => (servings.path.value = event.currentTarget.value)}
          />
        </label>
      </div>
      <div class="run-inputs">
        <label class="stack">
          <span class="field-label">Headers</span>
          <textarea
            class="field mono"
            rows={3}
            spellcheck={false}
            placeholder="name: value"
            data-testid="request-headers"
            aria-invalid={wrong.length > 0}
            value={servings.headers.value}
            onInput={(event) => (servings.headers.value = event.currentTarget.value)}
          />
          {wrong.length ? <span class="field-error">line {wrong.join(", ")}: expected name: value</span> : null}
        </label>
        <label class="stack">
          <span class="field-label">Body</span>
          <textarea
            class="field mono"
            rows={3}
            spellcheck={false}
            placeholder="empty"
            data-testid="request-body"
            value={servings.body.value}
            onInput={(event) => (servings.body.value = event.currentTarget.value)}
          />
        </label>
      </div>
      <div class="call-bar">
        {session.busy.value ? (
          <button type="button" class="button stop" data-testid="stop-request" onClick={() => void session.stop()}>
            <Icon name="stop" /> Stop
          </button>
        ) : (
          <button type="submit" class="button primary" data-testid="request" disabled={wrong.length > 0}>
            <Icon name="play" /> Send
          </button>
        )}
      </div>
      <Granted store={store} />
      <Answered store={store} />
      <RequestLog store={store} requests={servings.requests} />
    </form>
  );
}

function Answered({ store }: { store: Store }): JSX.Element | null {
  const answer = store.servings.answer.value;
  if (!answer) return null;
  const { result, failure } = answer;
  if (failure) {
    return failure.kind === "Stopped" ? (
      <p class="quiet-note" role="status">
        Stopped before there was a response.
      </p>
    ) : (
      <div class="card error" role="alert" data-testid="request-error">
        <h3>The request was not made</h3>
        <FailureText failure={failure} />
      </div>
    );
  }
  if (!result) return null;
  if (result.trap) return <TrapCard trap={result.trap} name="The handler" />;
  const text = readable(result.body);
  return (
    <div class="result-block" role="status" data-testid="response">
      {result.error ? (
        <div class="card error">
          <h3>There is no complete response</h3>
          <p>{result.error}</p>
        </div>
      ) : null}
      <div class="result-head">
        <span class="caption">Response</span>
        <span class="mono" data-testid="response-status">
          {result.status}
        </span>
        <span class="spacer" />
        <span class="dim">
          {shortBytes(result.body.length)}, {took(answer.took)}
        </span>
        <button
          type="button"
          class="button quiet small"
          disabled={!result.body.length}
          onClick={() => saveFile("body", new Blob([result.body as BlobPart]))}
        >
          <Icon name="download" /> Body
        </button>
      </div>
      <dl class="facts mono" data-testid="response-headers">
        {[...result.headers, ...result.trailers].map(([name, value], index) => (
          <div key={index} class="fact">
            <dt>
              {name}
              {index >= result.headers.length ? " (trailer)" : ""}
            </dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <pre class="console response-body mono" tabIndex={0} data-testid="response-body">
        {text ?? `${counted(result.body.length, "byte")} that are no text; download them to see them`}
      </pre>
    </div>
  );
}

function took(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.max(1, Math.round(milliseconds))} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
