import { type Signal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { Need } from "../store/grants";
import type { Store } from "../store/store";
import { counted } from "../text/bytes";
import { Choice } from "../ui/Choice";

/** What the open component could reach, import by import, and what the visitor allows. Nothing runs before it is answered. */
export function GrantsDialog({ store }: { store: Store }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const { grants, opened } = store;
  const asking = grants.asking.value;
  useSignalEffect(() => {
    if (grants.asking.value) {
      if (!dialog.current?.open) dialog.current?.showModal();
    } else dialog.current?.close();
  });
  const obstacle = grants.obstacle.value;
  return (
    <dialog
      class="dialog grants"
      ref={dialog}
      aria-labelledby="grants-title"
      data-testid="grants"
      onCancel={(event) => {
        event.preventDefault();
        asking?.answer(false);
      }}
    >
      {asking ? (
        <form
          class="dialog-body"
          onSubmit={(event) => {
            event.preventDefault();
            if (!obstacle) asking.answer(true);
          }}
        >
          <h2 id="grants-title">What may {opened.file.value?.name ?? "it"} reach?</h2>
          <p>
            It runs in a machine inside this tab, and reaches nothing but what you allow. This holds until another
            component is opened; no link can decide it for you.
          </p>
          {grants.needs.value.map((need) => (
            <Row key={need.kind} need={need} store={store} />
          ))}
          {grants.needs.value.length === 0 ? <p class="quiet-note">It asks for nothing.</p> : null}
          <Bounded store={store} />
          <p class="quiet-note">
            Files, arguments, environment and input are those you give it here; its files are in memory.
          </p>
          {obstacle ? (
            <p class="field-error" role="status">
              {obstacle}
            </p>
          ) : null}
          <div class="row wrap dialog-foot">
            <button type="submit" class="button primary" data-testid="grants-ok" disabled={obstacle !== null}>
              {asking.action}
            </button>
            <button
              type="button"
              class="button plain"
              data-testid="grants-deny"
              onClick={() => {
                grants.deny();
                asking.answer(true);
              }}
            >
              {asking.action === "Done" ? "Deny everything" : `Deny everything, and ${asking.action.toLowerCase()}`}
            </button>
            <button type="button" class="button quiet" data-testid="grants-cancel" onClick={() => asking.answer(false)}>
              Cancel
            </button>
          </div>
        </form>
      ) : null}
    </dialog>
  );
}

/** What it may use up. */
function Bounded({ store }: { store: Store }): JSX.Element {
  const { memory, time } = store.grants;
  return (
    <section class="grant" aria-labelledby="bounds-title" data-testid="bounds">
      <h3 id="bounds-title">Use up</h3>
      <p>
        A memory that may not grow tells the program so. When the time is over, it is ended. This browser's engine does
        not count instructions, so there is no fuel: time stands for it.
      </p>
      <div class="row wrap">
        <Amount label="Memory" unit="MiB" value={memory} testId="bound-memory" />
        <Amount label="Time" unit="seconds" value={time} testId="bound-time" />
      </div>
    </section>
  );
}

function Amount({
  label,
  unit,
  value,
  testId,
}: {
  label: string;
  unit: string;
  value: Signal<number | null>;
  testId: string;
}): JSX.Element {
  return (
    <label class="row tick">
      <span>{label}</span>
      <input
        type="number"
        class="field quota"
        min="0"
        step="any"
        placeholder="any"
        value={value.value ?? ""}
        data-testid={testId}
        onInput={(event) => {
          const number = event.currentTarget.valueAsNumber;
          value.value = Number.isFinite(number) && number > 0 ? number : null;
        }}
      />
      <span>{unit}</span>
    </label>
  );
}

function Row({ need, store }: { need: Need; store: Store }): JSX.Element {
  return (
    <section class="grant" aria-labelledby={`grant-${need.kind}-title`} data-testid={`grant-row-${need.kind}`}>
      <div class="row wrap">
        <h3 id={`grant-${need.kind}-title`}>{TITLES[need.kind]}</h3>
        <span class={`reach ${need.outside ? "outside" : ""}`}>
          {need.outside ? "reaches outside this tab" : "stays in this tab"}
        </span>
      </div>
      {ROWS[need.kind]({ store })}
      <details class="grant-imports">
        <summary>
          {counted(need.imports.length, "import")} <span class="dim">that can do this</span>
        </summary>
        <ul class="plain mono">
          {need.imports.map((name) => (
            <li key={name}>{name}</li>
          ))}
        </ul>
      </details>
    </section>
  );
}

const TITLES: Readonly<Record<Need["kind"], string>> = {
  http: "Send requests over HTTP",
  network: "Open sockets",
  clock: "Know the time",
  random: "Draw random numbers",
};

function Http({ store }: { store: Store }): JSX.Element {
  const { http, hosts, exchanges } = store.grants;
  const recorded = exchanges.value.length;
  return (
    <>
      <p>
        Requests leave from this browser, with your network address and without cookies, to the hosts you name. A host
        has to let this site read its answers (CORS), or the request fails.
      </p>
      <Choice
        label="Requests over HTTP"
        name="grant-http"
        testId="grant-http"
        value={http.value}
        options={[
          { value: "deny" as const, text: "Deny" },
          { value: "allow" as const, text: "Allow hosts" },
          ...(recorded ? [{ value: "replay" as const, text: `Play back ${counted(recorded, "answer")}` }] : []),
        ]}
        onChange={(value) => {
          http.value = value;
        }}
      />
      {http.value === "allow" ? (
        <label class="stack">
          <span class="field-label">Hosts, such as api.example.org or localhost:8000; * is every host</span>
          <input
            class="field mono"
            autocomplete="off"
            spellcheck={false}
            value={hosts.value}
            data-testid="grant-hosts"
            onInput={(event) => {
              hosts.value = event.currentTarget.value;
            }}
          />
        </label>
      ) : null}
    </>
  );
}

function Network({ store }: { store: Store }): JSX.Element {
  const { network } = store.grants;
  return (
    <>
      <p>TCP, UDP and names on a network that exists only in this tab, shared by the components you open here.</p>
      <Choice
        label="Sockets"
        name="grant-network"
        testId="grant-network"
        value={network.value}
        options={[
          { value: "deny", text: "Deny" },
          { value: "allow", text: "Allow" },
        ]}
        onChange={(value) => {
          network.value = value;
        }}
      />
    </>
  );
}

function Clock({ store }: { store: Store }): JSX.Element {
  const { clock } = store.grants;
  return (
    <>
      <p>
        The virtual clock starts at the same moment in every run, and sleeping takes no time. The real one is yours.
      </p>
      <Choice
        label="Clock"
        name="grant-clock"
        testId="grant-clock"
        value={clock.value}
        options={[
          { value: "virtual", text: "Virtual" },
          { value: "real", text: "Real" },
        ]}
        onChange={(value) => {
          clock.value = value;
        }}
      />
    </>
  );
}

function Random({ store }: { store: Store }): JSX.Element {
  const { random } = store.grants;
  return (
    <>
      <p>Seeded ones are the same in every run, so that a run can be repeated. Real ones are your browser's.</p>
      <Choice
        label="Random numbers"
        name="grant-random"
        testId="grant-random"
        value={random.value}
        options={[
          { value: "seeded", text: "Seeded" },
          { value: "real", text: "Real" },
        ]}
        onChange={(value) => {
          random.value = value;
        }}
      />
    </>
  );
}

const ROWS: Readonly<Record<Need["kind"], (props: { store: Store }) => JSX.Element>> = {
  http: Http,
  network: Network,
  clock: Clock,
  random: Random,
};
