import type { TraceEvent } from "../protocol";
import { fromHex } from "../text/bytes";
import { lookOf } from "./kinds";

/** Rows of this many bytes: no value of the canonical ABI needs more than 8 bytes of alignment. */
export const ROW = 8;

/** What the page knows about one byte at the chosen event. */
export type Cell = "unknown" | "room" | "known" | "touched";

export interface MemoryRow {
  /** Address of the first byte, a multiple of `ROW`. */
  address: number;
  /** Bytes of untouched memory between the row before and this one; 0 where they are neighbours. */
  gap: number;
}

/** The longest stretch of rows one event may claim; a 1 MiB string shows its first 4 KiB. */
const LONGEST = 4096;

interface Place {
  start: number;
  size: number;
  /** Hexadecimal: the first of the bytes, or none. */
  bytes: string;
}

/** The stretches of memory that an event tells of. What a memory held at first is told of all of it, and touches nothing. */
function placesOf(event: TraceEvent): Place[] {
  if (event.runs) return event.runs.map((run) => ({ start: run.address, size: run.size, bytes: run.bytes }));
  if (event.address === undefined) return [];
  const bytes = event.bytes ?? "";
  const size = event.size ?? bytes.length >> 1;
  return size > 0 ? [{ start: event.address, size, bytes }] : [];
}

/** Whether choosing the event first shows something in the memory strip: guest code writes all the time. */
export function touchesMemory(event: TraceEvent): boolean {
  return lookOf(event.kind).family !== "guest" && placesOf(event).length > 0;
}

export interface MemoryName {
  /** Its number in the trace. */
  number: number;
  /** The component instance it belongs to. */
  instance: number;
}

/** The linear memories that a trace tells of, in the order in which they appear. */
export function memoriesOf(events: readonly TraceEvent[]): MemoryName[] {
  const found = new Map<number, MemoryName>();
  for (const { memory, instance } of events)
    if (memory !== undefined && !found.has(memory)) found.set(memory, { number: memory, instance: instance ?? 0 });
  return [...found.values()];
}

/** The memory that event number `at` is about, else the one an event before it was, else the first that any is; null where none is. */
export function memoryAt(events: readonly TraceEvent[], at: number): number | null {
  for (let index = at; index >= 0; index -= 1) {
    const memory = events[index]?.memory;
    if (memory !== undefined && (index === at || placesOf(events[index] as TraceEvent).length)) return memory;
  }
  return events.find((event) => event.memory !== undefined && touchesMemory(event))?.memory ?? null;
}

/**
 * One linear memory as a trace tells it: the rows that any event touches, and their bytes as of one event. Moving forward from the last
 * event asked for costs what lies between; moving back replays from the start. What guest code wrote itself shows in the bytes, and only
 * `withGuest` as rows of its own.
 */
export class TracedMemory {
  readonly rows: MemoryRow[];
  private readonly events: readonly (TraceEvent | null)[];
  private readonly index: Map<number, number>;
  private readonly bytes: Uint8Array;
  /** Whether the byte is known. */
  private readonly seen: Uint8Array;
  /** Whether it was allocated, and nothing was written there since. */
  private readonly room: Uint8Array;
  /** For each byte, one more than the number of the last event that touched it; 0 for none yet. */
  private readonly last: Int32Array;
  private next = 0;
  private touched: readonly Place[] = [];

  constructor(events: readonly TraceEvent[], number = 0, withGuest = false) {
    this.events = events.map((event) => ((event.memory ?? 0) === number ? event : null));
    const addresses = new Set<number>();
    for (const event of this.events) {
      if (!event || event.kind === "memory" || (!withGuest && !touchesMemory(event))) continue;
      for (const { start, size } of placesOf(event)) {
        const end = start + Math.min(size, LONGEST) - 1;
        for (let row = Math.floor(start / ROW); row <= Math.floor(end / ROW); row += 1) addresses.add(row * ROW);
      }
    }
    const sorted = [...addresses].sort((a, b) => a - b);
    this.rows = sorted.map((address: number, at: number): MemoryRow => ({
      address,
      gap: at === 0 ? 0 : address - (sorted[at - 1] ?? 0) - ROW,
    }));
    this.index = new Map(sorted.map((address, at) => [address, at]));
    const count = sorted.length * ROW;
    this.bytes = new Uint8Array(count);
    this.seen = new Uint8Array(count);
    this.room = new Uint8Array(count);
    this.last = new Int32Array(count);
  }

  /** Show memory just after event number `at` (an index into the events). */
  seek(at: number): void {
    if (at + 1 < this.next) {
      for (const each of [this.bytes, this.seen, this.room, this.last]) each.fill(0);
      this.next = 0;
    }
    for (; this.next <= at && this.next < this.events.length; this.next += 1) {
      const event = this.events[this.next];
      if (event) this.apply(event, this.next);
    }
    const event = this.events[at];
    this.touched = event && event.kind !== "memory" ? placesOf(event) : [];
  }

  /** Number of the first row that the chosen event touches; null when it touches none. */
  get touchedRow(): number | null {
    for (const { start } of this.touched) {
      const row = this.index.get(Math.floor(start / ROW) * ROW);
      if (row !== undefined) return row;
    }
    return null;
  }

  /** The byte at `address`, and how it is known. */
  cell(address: number): { state: Cell; byte: number | null } {
    const at = this.place(address);
    if (at === null) return { state: "unknown", byte: null };
    const byte = this.seen[at] ? (this.bytes[at] ?? 0) : null;
    if (this.touched.some(({ start, size }) => address >= start && address < start + size))
      return { state: "touched", byte };
    if (this.room[at]) return { state: "room", byte };
    return { state: byte === null ? "unknown" : "known", byte };
  }

  /** The event that last touched `address` by now, else the first that will; null when none does. */
  eventAt(address: number): number | null {
    const at = this.place(address);
    if (at === null) return null;
    const last = this.last[at] ?? 0;
    if (last > 0) return last - 1;
    const next = this.events.findIndex(
      (event) =>
        event !== null &&
        event.kind !== "memory" &&
        placesOf(event).some(({ start, size }) => address >= start && address < start + size),
    );
    return next < 0 ? null : next;
  }

  private place(address: number): number | null {
    const row = this.index.get(Math.floor(address / ROW) * ROW);
    return row === undefined ? null : row * ROW + (address % ROW);
  }

  private apply(event: TraceEvent, number: number): void {
    if (event.kind === "memory") {
      this.bytes.fill(0);
      this.seen.fill(1);
    } else if (event.kind === "memory-unwatched") {
      this.seen.fill(0);
    }
    for (const place of placesOf(event)) {
      const data = fromHex(place.bytes);
      const allocates = event.kind === "realloc";
      for (const at of this.placesIn(place)) {
        const offset = (this.rows[Math.floor(at / ROW)]?.address ?? 0) + (at % ROW) - place.start;
        if (event.kind !== "memory") this.last[at] = number + 1;
        if (allocates) {
          this.room[at] = 1;
          continue;
        }
        if (lookOf(event.kind).family !== "guest") this.room[at] = 0;
        const byte = data[offset];
        if (byte === undefined && event.kind === "load") continue; // what was read is what was there
        this.bytes[at] = byte ?? 0;
        this.seen[at] = byte === undefined ? 0 : 1; // what was written and is not shown is unknown now
      }
    }
  }

  /** Places of the bytes of a stretch that lie in rows. */
  private *placesIn({ start, size }: Place): Generator<number> {
    const end = start + size;
    if (size <= LONGEST * 4) {
      for (let address = start; address < end; address += 1) {
        const at = this.place(address);
        if (at !== null) yield at;
      }
      return;
    }
    for (const [index, row] of this.rows.entries())
      for (let offset = 0; offset < ROW; offset += 1)
        if (row.address + offset >= start && row.address + offset < end) yield index * ROW + offset;
  }
}
