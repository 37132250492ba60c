import type { JSX } from "preact";
import { asciiOf, grouped, hexAddress, hexByte } from "../text/bytes";
import { ROW, type Cell, type MemoryName, type TracedMemory } from "../trace/memory";
import { VirtualList } from "../ui/VirtualList";

const ROW_HEIGHT = 24;
const STATES: Readonly<Record<Cell, string>> = {
  unknown: "unknown",
  room: "allocated, not written yet",
  known: "",
  touched: "",
};

interface MemoryStripProps {
  /** The one to show; null when the trace tells of none. */
  memory: { number: number; traced: TracedMemory } | null;
  memories: readonly MemoryName[];
  /** Index of the chosen event. */
  at: number;
  /** Colours what the event touches. */
  family: string;
  /** Look at another event. */
  choose: (event: number) => void;
  /** Look at another memory. */
  look: (number: number) => void;
}

/** The addresses a call touches, as bytes and ASCII, as they are at the chosen event. */
export function MemoryStrip({ memory: shown, memories, at, family, choose, look }: MemoryStripProps): JSX.Element {
  const memory = shown?.traced;
  memory?.seek(at);
  if (!shown || !memory || (memory.rows.length === 0 && memories.length < 2))
    return <p class="quiet-note memory-none">This call touches no linear memory: its values travel as core values.</p>;
  return (
    <div class="memory" role="group" aria-label="Linear memory" data-testid="memory">
      {memories.length > 1 ? (
        <div class="memory-names" role="group" aria-label="Which memory to show" data-testid="memories">
          <span aria-hidden="true">memory</span>
          {memories.map(({ number, instance }) => (
            <button
              key={number}
              type="button"
              class="filter"
              aria-pressed={number === shown.number}
              title={`The memory of component instance ${instance}`}
              onClick={() => look(number)}
            >
              <span class="aloud">memory </span>
              {number} <span class="dim">of instance {instance}</span>
            </button>
          ))}
        </div>
      ) : null}
      <div class="memory-head mono" aria-hidden="true">
        <span class="memory-address">address</span>
        <span class="memory-bytes">
          {Array.from({ length: ROW }, (_, index) => (
            <span class="byte" key={index}>
              +{index}
            </span>
          ))}
        </span>
        <span class="memory-ascii">ASCII</span>
      </div>
      <VirtualList
        count={memory.rows.length}
        rowHeight={ROW_HEIGHT}
        focus={memory.touchedRow}
        outer={{
          class: "memory-rows mono",
          tabIndex: 0,
          role: "group",
          "aria-label": "Bytes",
          onClick: (event: MouseEvent) => {
            const address = event.target instanceof HTMLElement ? event.target.dataset.address : undefined;
            const found = address === undefined ? null : memory.eventAt(Number(address));
            if (found !== null) choose(found);
          },
        }}
        render={(index) => <MemoryRowLine key={index} memory={memory} index={index} family={family} />}
      />
      <p class="memory-key">
        <span class={`byte touched k-${family}`}>00</span> now <span class="byte known">00</span> before{" "}
        <span class="byte room">··</span> allocated <span class="byte unknown">··</span> unknown
      </p>
    </div>
  );
}

function MemoryRowLine({
  memory,
  index,
  family,
}: {
  memory: TracedMemory;
  index: number;
  family: string;
}): JSX.Element {
  const row = memory.rows[index];
  if (!row) return <div />;
  const cells = Array.from({ length: ROW }, (_, offset) => memory.cell(row.address + offset));
  return (
    <div
      class={`memory-row ${row.gap ? "after-gap" : ""}`}
      style={{ height: `${ROW_HEIGHT}px` }}
      title={row.gap ? `${grouped(row.gap)} bytes that this call does not touch lie before` : undefined}
    >
      <span class="memory-address">{hexAddress(row.address)}</span>
      <span class="memory-bytes">
        {cells.map((cell, offset) => (
          <span
            key={offset}
            class={`byte ${cell.state} ${cell.state === "touched" ? `k-${family}` : ""} ${cell.byte === null ? "no-byte" : ""}`}
            data-address={row.address + offset}
            title={STATES[cell.state]}
          >
            {cell.byte === null ? "··" : hexByte(cell.byte)}
          </span>
        ))}
      </span>
      <span class="memory-ascii">
        {cells.map((cell, offset) => (
          <span key={offset} class={cell.state}>
            {cell.byte === null ? " " : asciiOf(cell.byte)}
          </span>
        ))}
      </span>
    </div>
  );
}
