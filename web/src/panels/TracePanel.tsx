import type { JSX } from "preact";
import type { TraceEvent } from "../protocol";
import type { Store } from "../store/store";
import { counted, exactBytes, fromHex, grouped, hexAddress } from "../text/bytes";
import { readAs, readAsText } from "../trace/decode";
import { familiesOf, traceText } from "../trace/filter";
import { LEGEND, lookOf } from "../trace/kinds";
import { CopyButton } from "../ui/CopyButton";
import { Icon } from "../ui/Icon";
import type { Panel, PanelProps } from "../ui/panel";
import { Words } from "../ui/Words";
import { VirtualList } from "../ui/VirtualList";
import { MemoryStrip } from "./MemoryStrip";

const ROW_HEIGHT = 26;
/** Deeper than this is drawn as this. */
const DEEPEST = 8;

function View({ store }: PanelProps): JSX.Element {
  const { traces } = store;
  const events = traces.events.value;
  return (
    <section class="trace" aria-label="Trace" data-testid="trace-panel">
      {events.length ? (
        <Trace store={store} events={events} />
      ) : (
        <EmptyTrace called={store.calls.last.value !== null} />
      )}
    </section>
  );
}

function EmptyTrace({ called }: { called: boolean }): JSX.Element {
  return (
    <div class="trace-empty">
      <h2 class="caption">Trace</h2>
      <p class="lead">{called ? "The last call left no trace." : "Every step of a call appears here."}</p>
      <ul class="legend">
        {LEGEND.map((look) => (
          <li key={look.family}>
            <span class={`sign k-${look.family}`} aria-hidden="true">
              {look.sign}
            </span>
            {look.means}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Trace({ store, events }: { store: Store; events: readonly TraceEvent[] }): JSX.Element {
  const { traces } = store;
  const indices = traces.indices.value;
  const position = traces.position.value;
  const chosen = traces.chosen.value;
  const event = chosen === null ? null : (events[chosen] ?? null);

  const key = (pressed: KeyboardEvent): void => {
    const to = {
      ArrowDown: position + 1,
      ArrowRight: position + 1,
      ArrowUp: position - 1,
      ArrowLeft: position - 1,
      PageDown: position + 10,
      PageUp: position - 10,
      Home: 0,
      End: indices.length - 1,
    }[pressed.key];
    if (to === undefined || pressed.ctrlKey || pressed.metaKey || pressed.altKey) return;
    pressed.preventDefault();
    traces.goto(to);
  };

  return (
    <>
      <header class="trace-head">
        <h2 class="caption">Trace</h2>
        <span class="trace-count" data-testid="trace-count">
          {indices.length === events.length
            ? counted(events.length, "event")
            : `${grouped(indices.length)} of ${counted(events.length, "event")}`}
          {traces.truncated.value ? ", cut at the limit" : ""}
        </span>
        <input
          class="scrub"
          type="range"
          min={0}
          max={Math.max(0, indices.length - 1)}
          value={position}
          aria-label="Scrub through the trace"
          aria-valuetext={event ? `${position + 1} of ${indices.length}: ${event.kind}` : "no event"}
          data-testid="scrub"
          onInput={(moved) => traces.goto(Number(moved.currentTarget.value))}
        />
        <div class="steps" role="group" aria-label="Step through the trace">
          <Step label="First event" icon="first" onClick={() => traces.goto(0)} off={position === 0} />
          <Step label="Previous event" icon="back" onClick={() => traces.step(-1)} off={position === 0} />
          <span class="step-place mono" aria-live="off">
            {indices.length ? position + 1 : 0}
            <span class="dim"> / {indices.length}</span>
          </span>
          <Step label="Next event" icon="next" onClick={() => traces.step(1)} off={position >= indices.length - 1} />
          <Step
            label="Last event"
            icon="last"
            onClick={() => traces.goto(indices.length - 1)}
            off={position >= indices.length - 1}
          />
        </div>
        <CopyButton text={() => traceText(events)} label="Copy the trace as text" />
      </header>
      <Filters store={store} events={events} />
      <div class="trace-body">
        <VirtualList
          count={indices.length}
          rowHeight={ROW_HEIGHT}
          focus={indices.length ? position : null}
          outer={{
            class: "trace-list",
            role: "listbox",
            tabIndex: 0,
            "aria-label": "Events",
            "aria-activedescendant": chosen === null ? undefined : `event-${chosen}`,
            onKeyDown: key,
            "data-testid": "trace-list",
          }}
          render={(row) => {
            const index = indices[row] ?? 0;
            const one = events[index];
            return one ? (
              <Row
                key={index}
                event={one}
                index={index}
                row={row}
                total={indices.length}
                chosen={index === chosen}
                choose={() => traces.goto(row)}
              />
            ) : (
              <div key={index} />
            );
          }}
        />
        <div class="trace-detail" data-testid="trace-detail">
          {event && chosen !== null ? (
            <>
              <Detail event={event} />
              <MemoryStrip
                memory={traces.memory.value}
                memories={traces.memories.value}
                at={chosen}
                family={lookOf(event.kind).family}
                choose={(one) => traces.choose(one)}
                look={(number) => (traces.looked.value = number)}
              />
            </>
          ) : (
            <p class="empty">Every kind of event is hidden. Show one again above.</p>
          )}
        </div>
      </div>
    </>
  );
}

function Step({
  label,
  icon,
  onClick,
  off,
}: {
  label: string;
  icon: "first" | "back" | "next" | "last";
  onClick: () => void;
  off: boolean;
}): JSX.Element {
  return (
    <button
      type="button"
      class="button quiet icon-only"
      aria-label={label}
      title={label}
      aria-disabled={off}
      onClick={() => (off ? undefined : onClick())}
    >
      <Icon name={icon} />
    </button>
  );
}

function Filters({ store, events }: { store: Store; events: readonly TraceEvent[] }): JSX.Element {
  const { traces } = store;
  const hidden = traces.hidden.value;
  return (
    <div class="filters" role="group" aria-label="Kinds of events to show" data-testid="trace-filters">
      {familiesOf(events).map(({ look, count }) => (
        <button
          key={look.family}
          type="button"
          class="filter"
          aria-pressed={!hidden.has(look.family)}
          title={look.means}
          onClick={() => traces.toggle(look.family)}
        >
          <span class={`sign k-${look.family}`} aria-hidden="true">
            {look.sign}
          </span>
          {look.word} <span class="dim">{grouped(count)}</span>
        </button>
      ))}
    </div>
  );
}

interface RowProps {
  event: TraceEvent;
  index: number;
  row: number;
  total: number;
  chosen: boolean;
  choose: () => void;
}

function Row({ event, index, row, total, chosen, choose }: RowProps): JSX.Element {
  const look = lookOf(event.kind);
  const depth = Math.min(event.depth, DEEPEST);
  return (
    <div
      class={`event k-${look.family}`}
      role="option"
      id={`event-${index}`}
      aria-selected={chosen}
      aria-posinset={row + 1}
      aria-setsize={total}
      style={{ height: `${ROW_HEIGHT}px` }}
      onClick={choose}
      data-testid={chosen ? "event-chosen" : undefined}
    >
      <span class="event-seq">{event.seq}</span>
      <span class="event-depth" style={{ width: `${depth * 10}px` }} aria-hidden="true" />
      <span class={`sign k-${look.family}`} aria-hidden="true">
        {look.sign}
      </span>
      <span class="event-kind">{event.kind}</span>
      {event.path ? <span class="event-path">{event.path}</span> : null}
      {event.type ? <span class="event-type">{event.type}</span> : null}
      <span class={`event-value ${event.value === undefined ? "aside" : ""}`}>{shortened(event)}</span>
      {event.address !== undefined ? (
        <span class="event-address">
          <span class="aloud">at </span>
          {hexAddress(event.address)}
        </span>
      ) : null}
    </div>
  );
}

/** What a row shows of its value; the words of a trap without their backquotes. */
function shortened(event: TraceEvent): string {
  if (event.value === undefined) return gist(event);
  return event.kind === "trap" ? event.value.replaceAll("`", "") : event.value;
}

/** What a row without a value shows in its place: the first bytes, the size, or the words. */
function gist(event: TraceEvent): string {
  if (event.runs && event.kind !== "memory") {
    const places = event.runs.length === 1 ? hexAddress(event.runs[0]?.address ?? 0) : `${event.runs.length} places`;
    const size = event.runs.reduce((sum, run) => sum + run.size, 0);
    return `${exactBytes(size)} ${event.runs.length === 1 ? "at" : "in"} ${places}`;
  }
  if (event.bytes) {
    const start = event.bytes.slice(0, 16).replace(/../g, "$& ").trim();
    return (event.size ?? 0) > 8 ? `${start} …` : start;
  }
  if (event.size !== undefined) return exactBytes(event.size);
  const core = /^(?:core-(call|return)|post-return)$/.test(event.kind) ? /\([^()]*\)$/.exec(event.text) : null;
  if (core) return core[0];
  return event.path || event.type ? "" : event.text.replaceAll("`", "");
}

/** The first bytes of an event, spaced; the count of the rest. */
function spaced(event: TraceEvent): string {
  const start = (event.bytes ?? "").slice(0, 32).replace(/../g, "$& ").trim();
  const rest = (event.size ?? 0) - 16;
  return rest > 0 ? `${start} … ${grouped(rest)} more` : start;
}

function Detail({ event }: { event: TraceEvent }): JSX.Element {
  const look = lookOf(event.kind);
  const bytes = event.bytes ? fromHex(event.bytes) : null;
  const size = event.size ?? bytes?.length ?? 0;
  const text = bytes && event.type ? readAsText(event.type, bytes, size) : null;
  const meaning =
    text !== null
      ? JSON.stringify(text)
      : bytes && event.type && event.value === undefined
        ? readAs(event.type, bytes, size)
        : null;
  return (
    <div class="detail" aria-live="polite">
      <h3 class="detail-kind">
        <span class={`sign k-${look.family}`} aria-hidden="true">
          {look.sign}
        </span>
        {event.kind}
        {event.path ? <span class="mono detail-path">{event.path}</span> : null}
      </h3>
      <p class="detail-text">
        <Words text={event.text} />
      </p>
      <dl class="facts">
        {event.type ? <Fact name="type" value={event.type} /> : null}
        {event.value !== undefined ? <Fact name="value" value={event.value} /> : null}
        {event.address !== undefined ? (
          <Fact name="address" value={`${hexAddress(event.address)} (${grouped(event.address)})`} />
        ) : null}
        {event.memory !== undefined ? <Fact name="memory" value={String(event.memory)} /> : null}
        {event.instance !== undefined && event.instance >= 0 ? (
          <Fact name="instance" value={String(event.instance)} />
        ) : null}
        {event.size !== undefined ? <Fact name="size" value={exactBytes(event.size)} /> : null}
        {event.bytes ? <Fact name="bytes" value={spaced(event)} /> : null}
        {meaning !== null ? <Fact name="reads" value={meaning} /> : null}
        {event.rule ? <Fact name="rule" value={event.rule} prose /> : null}
      </dl>
    </div>
  );
}

function Fact({ name, value, prose }: { name: string; value: string; prose?: boolean }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={prose ? "prose" : "mono"}>{value}</dd>
    </div>
  );
}

/** The trace of the last call, event by event, with the memory it touches. */
export const tracePanel: Panel = {
  id: "trace",
  title: "Trace",
  badge: ({ traces }) => {
    const count = traces.events.value.length;
    return count ? { text: grouped(count), means: counted(count, "event") } : null;
  },
  View,
};
