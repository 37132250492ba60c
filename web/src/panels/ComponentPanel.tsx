import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Failure, FuncItem, InterfaceItem, OpenResult } from "../protocol";
import { displayName } from "../store/calls";
import type { FailedFile } from "../store/opened";
import type { Store } from "../store/store";
import { MAIN } from "../wit/files";
import { counted, exactBytes, hexAddress, shortBytes } from "../text/bytes";
import { Choice } from "../ui/Choice";
import { makeCode } from "../ui/code";
import { CopyButton } from "../ui/CopyButton";
import { Icon } from "../ui/Icon";
import { ExampleButton } from "../ui/ExampleButton";
import { OpenButton } from "../ui/OpenButton";
import type { Panel, PanelProps } from "../ui/panel";
import { Words } from "../ui/Words";

function View({ store }: PanelProps): JSX.Element {
  const { opened, view } = store;
  const shown = opened.shown.value;
  const failed = opened.failed.value;
  const waiting = !shown && opened.file.value && !failed;
  return (
    <section class="component" aria-label="Component" data-testid="component-panel">
      {failed ? <FailedCard failed={failed} dismiss={() => (opened.failed.value = null)} /> : null}
      {shown ? (
        <>
          <header class="component-head">
            <div>
              <h2 class="component-name">{shown.name}</h2>
              <p class="component-kind" data-testid="component-kind">
                {shown.kind === "component"
                  ? shown.command
                    ? "A component that is a command"
                    : "A component"
                  : "A core module"}
                {" · "}
                {exactBytes(shown.size)}
                {shown.kind === "component"
                  ? ` · ${counted(shown.imports.length, "import")}, ${counted(shown.exports.length, "export")}`
                  : ""}
              </p>
            </div>
            {shown.kind === "component" ? (
              <Choice
                label="What to show of the component"
                name="part"
                testId="part"
                value={view.part.value}
                options={[
                  { value: "overview", text: "Overview" },
                  { value: "wit", text: "WIT" },
                ]}
                onChange={(part) => (view.part.value = part)}
              />
            ) : null}
          </header>
          {shown.kind === "module" ? (
            <ModuleCard />
          ) : view.part.value === "wit" ? (
            <WitOf shown={shown} store={store} />
          ) : (
            <Overview shown={shown} store={store} />
          )}
        </>
      ) : waiting ? (
        <p class="empty">Opening {opened.file.value?.name} as soon as Python is ready…</p>
      ) : failed ? null : (
        <div class="empty">
          <p class="lead">No component is open.</p>
          <p>
            Open a <code>.wasm</code> file, or drop one anywhere on the page. It stays in this browser.
          </p>
          <div class="row wrap">
            <ExampleButton store={store} look="primary" testId="example-empty" />
            <OpenButton store={store} look="plain" testId="open-empty" />
          </div>
        </div>
      )}
    </section>
  );
}

function FailedCard({ failed, dismiss }: { failed: FailedFile; dismiss: () => void }): JSX.Element {
  return (
    <div class="card error" role="alert" data-testid="open-error">
      <button type="button" class="button quiet icon-only corner" aria-label="Dismiss" onClick={dismiss}>
        <Icon name="close" />
      </button>
      <h2 class="card-title">
        {failed.name} did not open <span class="dim">({shortBytes(failed.size)})</span>
      </h2>
      <FailureText failure={failed.failure} />
    </div>
  );
}

const FAULTS: Readonly<Record<string, string>> = {
  Malformed: "The bytes are not in the format.",
  Invalid: "The bytes are well formed, but break a rule of validation.",
  Unlinkable: "The imports do not fit.",
  Exhaustion: "A limit was reached.",
  InternalError: "This is our fault, not the file's: please report it with the file.",
};

/** A failure in words: whose fault, what, where, and what to do. */
export function FailureText({ failure }: { failure: Failure }): JSX.Element {
  const where = failure.where;
  return (
    <div class="failure">
      <p class="failure-message">
        <Words text={failure.message} />
      </p>
      {where?.offset !== undefined ? (
        <p>
          at byte {where.offset.toLocaleString("en")} <span class="mono dim">({hexAddress(where.offset)})</span>
        </p>
      ) : null}
      {where?.line !== undefined ? (
        <p>
          at line {where.line}, column {where.column}
        </p>
      ) : null}
      {FAULTS[failure.kind] && !(failure.kind === "Malformed" && where?.line !== undefined) ? (
        <p class="dim">{FAULTS[failure.kind]}</p>
      ) : null}
      {failure.hint ? (
        <p class="hint">
          <Words text={failure.hint} />
        </p>
      ) : null}
    </div>
  );
}

function ModuleCard(): JSX.Element {
  return (
    <div class="card" data-testid="module-card">
      <h3>A core module has no WIT of its own</h3>
      <p>
        Its functions take and return only numbers, and nothing in it says what they mean. A <em>component</em> wraps
        such modules and says it: records, strings, lists, resources.
      </p>
      <p>To make a component of it, tell which world it was built for, then wrap it:</p>
      <pre class="command-lines">
        <code>
          {
            "pycm component embed world.wit module.wasm -o embedded.wasm\npycm component new embedded.wasm -o component.wasm"
          }
        </code>
      </pre>
      <p class="dim">
        A module for WASI preview 1 also needs the adapter: <code>--adapt wasi_snapshot_preview1.command.wasm</code>.
        Most toolchains make components on request: <code>--target wasm32-wasip2</code> in Rust and in wasi-sdk.
      </p>
    </div>
  );
}

function Overview({ shown, store }: { shown: OpenResult; store: Store }): JSX.Element {
  return (
    <div class="overview">
      {shown.missing.length ? (
        <div class="card warn" data-testid="missing">
          <h3>What is missing</h3>
          <ul>
            {shown.missing.map((one) => (
              <li key={one}>
                <Words text={one} />
              </li>
            ))}
          </ul>
        </div>
      ) : null}
      <h3 class="caption">Exports</h3>
      {store.servings.possible.value ? (
        <button
          type="button"
          class="export-command"
          onClick={() => {
            store.servings.put.value = false;
            choose(store, null);
          }}
          aria-pressed={store.calls.func.value === null && !store.servings.put.value}
        >
          <Icon name="play" /> Serve it: it answers HTTP requests
        </button>
      ) : null}
      {shown.command ? (
        <button
          type="button"
          class="export-command"
          onClick={() => {
            store.servings.put.value = true;
            choose(store, null);
          }}
          aria-pressed={store.calls.func.value === null && (store.servings.put.value || !store.servings.possible.value)}
        >
          <Icon name="play" /> Run it as a command
        </button>
      ) : null}
      <div data-testid="exports">
        {shown.exports.length ? (
          shown.exports.map((item) => <Exported key={item.name} item={item} store={store} />)
        ) : (
          <p class="quiet-note">It exports nothing, so there is nothing to call.</p>
        )}
      </div>
      <h3 class="caption">Imports</h3>
      <div data-testid="imports-overview">
        {shown.imports.length ? (
          <ul class="plain import-names">
            {shown.imports.map((item) => (
              <li key={item.name}>
                <span class="mono">
                  {item.name || [...item.funcs.map((one) => one.name), ...item.types].join(", ")}
                </span>
                <span class={`answered ${item.answered ?? "nobody"}`}>{answeredShort(item, store)}</span>
              </li>
            ))}
          </ul>
        ) : (
          <p class="quiet-note">None: it needs nothing from outside.</p>
        )}
        {shown.imports.length ? (
          <button type="button" class="button quiet small" onClick={() => store.view.show("imports")}>
            Who answers them…
          </button>
        ) : null}
      </div>
    </div>
  );
}

/** Who answers an import, in a word or two. */
function answeredShort(item: InterfaceItem, store: Store): string {
  if (item.answered === "wasi") return "WASI";
  if (item.funcs.length === 0) return "types only";
  const answered = item.funcs.filter((one) => store.imports.answered.value.includes(one.path)).length;
  if (answered === 0) return "nobody";
  return answered === item.funcs.length ? "this page" : `this page, ${answered} of ${item.funcs.length}`;
}

function choose(store: Store, func: FuncItem | null): void {
  store.calls.select(func?.path ?? null);
  store.view.tab.value = "call";
}

function Exported({ item, store }: { item: InterfaceItem; store: Store }): JSX.Element {
  const selected = store.calls.func.value?.path;
  return (
    <div class="exported">
      {item.name ? <h4 class="interface-name mono">{item.name}</h4> : null}
      <ul class="plain">
        {item.funcs.map((func) => (
          <li key={func.path}>
            <button
              type="button"
              class="export-func"
              aria-pressed={selected === func.path}
              data-testid={`export-${func.path}`}
              onClick={() => choose(store, func)}
            >
              <span class="func-name">{displayName(func)}</span>
              <Signature func={func} />
            </button>
          </li>
        ))}
      </ul>
      {item.types.length ? <p class="types-note">types: {item.types.join(", ")}</p> : null}
    </div>
  );
}

/** Parameters and result, as WIT writes them. */
export function Signature({ func }: { func: FuncItem }): JSX.Element {
  return (
    <span class="signature mono">
      ({func.params.map((param) => `${param.name}: ${param.type?.text ?? "_"}`).join(", ")})
      {func.result ? ` → ${func.result.text}` : ""}
    </span>
  );
}

function WitOf({ shown, store }: { shown: OpenResult; store: Store }): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!host.current) return undefined;
    const view = makeCode({ host: host.current, text: shown.wit, label: `WIT of ${shown.name}`, readOnly: true });
    return () => view.destroy();
  }, [shown]);
  const edit = (): void => {
    store.showText(MAIN, shown.wit, "The component's WIT is in the editor.");
  };
  return (
    <div class="component-wit">
      <div class="row bar">
        <span class="dim">{counted(shown.wit.split("\n").length, "line")}, read from the component's bytes</span>
        <span class="spacer" />
        <button type="button" class="button quiet small" onClick={edit}>
          <Icon name="edit" /> Edit a copy
        </button>
        <CopyButton text={() => shown.wit} label="Copy the WIT" />
      </div>
      <div class="editor-code" ref={host} data-testid="component-wit" />
    </div>
  );
}

/** What was opened: its kind, its WIT, what it offers and what it needs. */
export const componentPanel: Panel = {
  id: "component",
  title: "Component",
  badge: ({ opened }) => (opened.failed.value ? { text: "!", means: "a file did not open", tone: "error" } : null),
  View,
};
