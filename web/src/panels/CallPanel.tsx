import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { FuncItem, TrapInfo } from "../protocol";
import { displayName, usesHandles, type Argument, type PastCall } from "../store/calls";
import type { Store } from "../store/store";
import { counted, exactBytes } from "../text/bytes";
import { toUtf16 } from "../text/units";
import { Choice } from "../ui/Choice";
import { CopyButton } from "../ui/CopyButton";
import { Icon } from "../ui/Icon";
import { StopButton } from "../ui/StopButton";
import type { Panel, PanelProps } from "../ui/panel";
import { Words } from "../ui/Words";
import { editable } from "../wave/value";
import { ValueForm } from "../form/ValueForm";
import { FailureText } from "./ComponentPanel";
import { GivenFiles } from "./GivenFiles";
import { Granted, RunCard } from "./RunCard";
import { ServeCard } from "./ServeCard";
import { Welcome } from "./Welcome";

function View({ store }: PanelProps): JSX.Element {
  const { opened, calls, projects } = store;
  const shown = opened.shown.value;
  return (
    <section class="call" aria-label="Call" data-testid="call-panel">
      {projects.arrival.value ? <ArrivalCard store={store} /> : null}
      {!shown ? (
        opened.file.value && !opened.failed.value ? (
          <p class="empty">{opened.file.value.name} opens as soon as Python is ready.</p>
        ) : (
          <Welcome store={store} />
        )
      ) : shown.kind === "module" ? (
        <p class="empty">
          A core module has nothing that can be called with values. The Component tab says what would make it a
          component.
        </p>
      ) : (
        <>
          <h2 class="unseen">Use the component</h2>
          <Deeds store={store} />
          {calls.func.value || !whole(store) ? (
            <CallCard store={store} />
          ) : whole(store) === "serve" ? (
            <ServeCard store={store} />
          ) : (
            <RunCard store={store} />
          )}
        </>
      )}
    </section>
  );
}

/** What else than a call one can do with what is open: serve it, or run it. Nothing where it is neither. */
export function whole(store: Store): "run" | "serve" | null {
  const { opened, servings } = store;
  if (servings.possible.value && !(opened.shown.value?.command && servings.put.value)) return "serve";
  return opened.shown.value?.command ? "run" : null;
}

/** The choice between them. */
function Deeds({ store }: { store: Store }): JSX.Element | null {
  const { opened, calls, servings } = store;
  const command = opened.shown.value?.command ?? false;
  const serves = servings.possible.value;
  if (!command && !serves) return null;
  return (
    <Choice
      label="What to do with the component"
      name="do"
      testId="do"
      value={calls.func.value ? "call" : (whole(store) ?? "call")}
      options={[
        ...(serves ? [{ value: "serve" as const, text: "Serve it" }] : []),
        ...(command ? [{ value: "run" as const, text: "Run the command" }] : []),
        { value: "call", text: "Call a function" },
      ]}
      onChange={(what) => {
        servings.put.value = what === "run";
        calls.select(what === "call" ? (opened.functions.value[0]?.path ?? null) : null);
      }}
    />
  );
}

/** What a link or a file brought, before anything runs. */
function ArrivalCard({ store }: { store: Store }): JSX.Element {
  const arrival = store.projects.arrival.value;
  if (!arrival) return <></>;
  const dismiss = (): void => {
    store.projects.arrival.value = null;
  };
  return (
    <div class="card arrival" data-testid="arrival">
      <button type="button" class="button quiet icon-only corner" aria-label="Dismiss" onClick={dismiss}>
        <Icon name="close" />
      </button>
      <h2 class="card-title">{arrival.from === "link" ? "Opened from a link" : "Opened from a project file"}</h2>
      <p>
        It contains {arrival.contents.length ? arrival.contents.join(", ") : "nothing"}.{" "}
        <strong>Nothing has run.</strong>
        {arrival.offer ? " Look at it, then run it if you like." : ""}
      </p>
    </div>
  );
}

function CallCard({ store }: { store: Store }): JSX.Element {
  const { opened, calls } = store;
  const func = calls.func.value;
  const groups = opened.shown.value?.exports.filter((item) => item.funcs.length) ?? [];
  if (!groups.length) return <p class="empty">This component exports no function, so there is nothing to call.</p>;
  return (
    <form
      class="call-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void makeCall(store);
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
          event.preventDefault();
          void makeCall(store);
        }
      }}
    >
      <div class="call-scroll">
        <div class="func-choice">
          <label class="aloud" for="func">
            Function
          </label>
          <select
            id="func"
            class="field func-select"
            data-testid="func"
            value={func?.path ?? ""}
            onChange={(event) => calls.select(event.currentTarget.value)}
          >
            {func ? null : <option value="">Choose a function…</option>}
            {groups.map((item) =>
              item.name ? (
                <optgroup key={item.name} label={item.name}>
                  {item.funcs.map(option)}
                </optgroup>
              ) : (
                item.funcs.map(option)
              ),
            )}
          </select>
          {func ? <code class="func-wit">{func.wit}</code> : null}
        </div>
        {func ? <Arguments func={func} store={store} /> : <p class="empty">Choose a function to call it.</p>}
        {store.opened.findsFiles.value ? <GivenFiles store={store} /> : null}
        <History store={store} />
      </div>
      <div class="call-foot">
        {func ? <CallBar store={store} func={func} /> : null}
        <Result store={store} />
      </div>
    </form>
  );
}

async function makeCall(store: Store): Promise<void> {
  await store.calls.call();
  store.projects.arrival.value = null;
}

function option(func: FuncItem): JSX.Element {
  return (
    <option key={func.path} value={func.path}>
      {displayName(func)}
    </option>
  );
}

function Arguments({ func, store }: { func: FuncItem; store: Store }): JSX.Element {
  const list = store.calls.arguments_.value;
  if (!list.length) return <p class="quiet-note">It takes no arguments.</p>;
  return (
    <div class="arguments" data-testid="arguments">
      {list.map((argument, index) => (
        <ArgumentRow key={`${func.path} ${index}`} argument={argument} index={index} store={store} />
      ))}
    </div>
  );
}

function ArgumentRow({ argument, index, store }: { argument: Argument; index: number; store: Store }): JSX.Element {
  const { param } = argument;
  const error = argument.error.value;
  const text = argument.text.value;
  const id = `wave-${index}`;
  return (
    <div class="argument" role="group" aria-label={`argument ${param.name}`}>
      <div class="argument-name">
        <span class="mono name">{param.name}</span>
        <span class="type-note">{param.type?.text ?? ""}</span>
      </div>
      <div class={`argument-form ${error ? "stale" : ""}`} data-testid={`form-${param.name}`}>
        {param.type && editable(param.type) ? (
          <ValueForm
            type={param.type}
            value={argument.value.value}
            path={param.name}
            onChange={(value) => argument.setValue(value)}
            handles={store.calls.instance.value?.handles ?? []}
          />
        ) : (
          <p class="quiet-note">No form for this type; write it as WAVE.</p>
        )}
      </div>
      <div class="argument-wave">
        <label class="wave-label" for={id}>
          WAVE<span class="aloud"> of {param.name}</span>
        </label>
        <textarea
          id={id}
          class="field mono wave"
          rows={Math.max(1, Math.min(6, Math.ceil(text.length / 42)))}
          spellcheck={false}
          autocomplete="off"
          value={text}
          aria-invalid={error !== null}
          aria-describedby={error ? `${id}-wrong` : undefined}
          data-testid={`wave-${param.name}`}
          onInput={(event) => argument.setText(event.currentTarget.value)}
        />
        {error ? (
          <span class="field-error" id={`${id}-wrong`}>
            <Words text={error.message} />
            {error.end > error.start ? (
              <>
                {" "}
                at <mark class="mono">{text.slice(toUtf16(text, error.start), toUtf16(text, error.end))}</mark>
              </>
            ) : (
              ` at character ${error.start + 1}`
            )}
            {error.hint ? (
              <span class="hint">
                <Words text={error.hint} />
              </span>
            ) : null}
          </span>
        ) : null}
      </div>
    </div>
  );
}

function CallBar({ store, func }: { store: Store; func: FuncItem }): JSX.Element {
  const { calls, session, imports } = store;
  const obstacle = calls.obstacle.value;
  const busy = session.busy.value;
  const instance = calls.instance.value;
  return (
    <div class="call-bar">
      {busy ? (
        <StopButton testId="stop-call" stop={() => session.stop()} />
      ) : (
        <button
          type="submit"
          class="button primary"
          data-testid="call"
          disabled={obstacle !== null}
          title="Ctrl + Enter"
        >
          <Icon name="play" /> Call
        </button>
      )}
      <Choice
        label="Instance"
        name="keep"
        testId="keep"
        value={calls.keep.value ? "kept" : "fresh"}
        options={[
          {
            value: "fresh",
            text: "Fresh instance",
            title: "Every call starts from nothing, so it can be repeated exactly",
          },
          { value: "kept", text: "Keep instance", title: "Calls share one instance: its memory, its resources" },
        ]}
        onChange={(keep) => {
          calls.keep.value = keep === "kept";
        }}
      />
      {calls.keep.value ? (
        <span class="instance-note" data-testid="instance">
          {instance ? (
            <>
              {counted(instance.calls, "call")}
              {instance.handles.length ? `, ${counted(instance.handles.length, "handle")} alive` : ""}
              <button type="button" class="button quiet small" disabled={busy} onClick={() => calls.renew()}>
                Renew
              </button>
            </>
          ) : (
            "made by the next call"
          )}
        </span>
      ) : usesHandles(func) ? (
        <span class="instance-note">Handles live only in a kept instance.</span>
      ) : null}
      <Granted store={store} />
      {obstacle ? (
        <p class="obstacle" role="status">
          <Words text={obstacle} />
        </p>
      ) : null}
      {imports.functions.value.length > imports.answered.value.length ? (
        <p class="quiet-note">
          {counted(imports.functions.value.length - imports.answered.value.length, "import")} that nobody answers would
          trap if called.{" "}
          <button type="button" class="link" onClick={() => store.view.show("imports")}>
            Answer them
          </button>
        </p>
      ) : null}
    </div>
  );
}

function Result({ store }: { store: Store }): JSX.Element | null {
  const last = store.calls.last.value;
  const block = useRef<HTMLDivElement>(null);
  const seen = useRef(last);
  // On a small page a new result is below what one sees.
  useEffect(() => {
    if (seen.current !== last) block.current?.scrollIntoView({ block: "nearest" });
    seen.current = last;
  }, [last]);
  if (!last) return null;
  const { answer, failure, func } = last;
  return (
    <div ref={block} class="result-block" role="status" data-testid="result-block">
      {answer?.trap ? (
        <TrapCard trap={answer.trap} name={displayName(func)} store={store} />
      ) : failure ? (
        <div class="card error" data-testid="call-error">
          <h3>The call was not made</h3>
          <FailureText failure={failure} />
        </div>
      ) : (
        <div class="result">
          <div class="result-head">
            <span class="caption">Result</span>
            <span class="dim">
              {displayName(func)}
              {func.result ? ` → ${func.result.text}` : ""}
            </span>
            <span class="spacer" />
            <span class="dim">{took(last.took)}</span>
            <CopyButton text={() => answer?.result ?? ""} label="Copy the result" />
          </div>
          <output class="result-value mono" data-testid="result">
            {answer?.result === "" || answer?.result === undefined ? (
              <span class="dim">it returned nothing</span>
            ) : (
              answer.result
            )}
          </output>
        </div>
      )}
      {last.asked.length ? (
        <details class="import-log" data-testid="import-log">
          <summary>{counted(last.asked.length, "call")} of imports answered by this page</summary>
          <ol class="mono">
            {last.asked.map((one, index) => (
              <li key={index}>
                {one.func}({one.args.join(", ")}) → {one.error ? `refused: ${one.error}` : one.result || "nothing"}
              </li>
            ))}
          </ol>
        </details>
      ) : null}
    </div>
  );
}

function took(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.max(1, Math.round(milliseconds))} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

/** A trap: what the guest did, which rule fired, and what to do. */
export function TrapCard({ trap, name, store }: { trap: TrapInfo; name: string; store?: Store }): JSX.Element {
  const answerable = store && trap.kind === "unanswered-import" ? store : null;
  return (
    <div class="card error trap" data-testid="trap">
      <h3>
        <span class="trap-sign" aria-hidden="true">
          ×
        </span>{" "}
        {name} trapped
      </h3>
      <p class="failure-message">
        <Words text={trap.message} />
      </p>
      {answerable ? (
        <p class="row wrap">
          <button type="button" class="button plain small" onClick={() => answerable.view.show("imports")}>
            Answer it
          </button>
          <span class="hint">write what it returns, or be asked each time</span>
        </p>
      ) : trap.hint ? (
        <p class="hint">
          <Words text={trap.hint} />
        </p>
      ) : null}
      <dl class="facts">
        <dt>kind</dt>
        <dd>{trap.kind}</dd>
        {trap.rule ? (
          <>
            <dt>rule</dt>
            <dd>{trap.rule}</dd>
          </>
        ) : null}
        {trap.where?.offset !== undefined ? (
          <>
            <dt>at</dt>
            <dd>{exactBytes(trap.where.offset)} into the file</dd>
          </>
        ) : null}
      </dl>
      <p class="dim">After a trap an instance may not be entered again; the next call makes a new one.</p>
    </div>
  );
}

function History({ store }: { store: Store }): JSX.Element | null {
  const { calls } = store;
  if (calls.history.value.length < 1) return null;
  const again = (past: PastCall): void => {
    calls.select(past.func);
    calls.setArguments(past.func, past.args);
  };
  return (
    <details class="history" data-testid="history">
      <summary>History, {counted(calls.history.value.length, "call")}</summary>
      <ol class="plain">
        {[...calls.history.value].reverse().map((past) => (
          <li key={past.number}>
            <button
              type="button"
              class="past"
              title="Put these arguments back into the form"
              onClick={() => again(past)}
            >
              <span class="past-number">{past.number}</span>
              <span class="mono past-call">
                {past.name}({past.args.join(", ")})
              </span>
              <span class={`mono past-outcome ${past.ended}`}>
                {past.ended === "result" ? "→" : past.ended === "trap" ? "× trap:" : "failed:"}{" "}
                {past.outcome || "nothing"}
              </span>
            </button>
          </li>
        ))}
      </ol>
    </details>
  );
}

/** Call a function, or run a command, and see what it gives. */
export const callPanel: Panel = {
  id: "call",
  title: "Call",
  badge: ({ projects }) => (projects.arrival.value?.offer ? { text: "•", means: "something waits to be run" } : null),
  View,
};
