import type { TraceEvent } from "../protocol";
import { fromHex } from "../text/bytes";

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

function extent(event: TraceEvent): { start: number; size: number } | null {
  if (event.address === undefined) return null;
  const size = event.size ?? (event.bytes ? event.bytes.length >> 1 : 0);
  return size > 0 ? { start: event.address, size: Math.min(size, LONGEST) } : null;
}

/** Whether the event shows in the memory strip. */
export function touchesMemory(event: TraceEvent): boolean {
  return extent(event) !== null;
}

/**
 * Linear memory as a trace tells it: the rows that any event touches, and their bytes as of one event. Moving forward from the last
 * event asked for costs what lies between; moving back replays from the start.
 */
export class TracedMemory {
  readonly rows: MemoryRow[];
  private readonly index: Map<number, number>;
  private readonly bytes: Uint8Array;
  /** 0 unknown, 1 allocated but not yet seen, 2 seen. */
  private readonly seen: Uint8Array;
  /** For each byte, one more than the number of the last event that touched it; 0 for none yet. */
  private readonly last: Int32Array;
  private next = 0;
  private touched: { start: number; end: number } | null = null;

  constructor(private readonly events: readonly TraceEvent[]) {
    const addresses = new Set<number>();
    for (const event of events) {
      const found = extent(event);
      if (!found) continue;
      for (let row = Math.floor(found.start / ROW); row <= Math.floor((found.start + found.size - 1) / ROW); row += 1)
        addresses.add(row * ROW);
    }
    const sorted = [...addresses].sort((a, b) => a - b);
    this.rows = sorted.map((address: number, at: number): MemoryRow => ({
      address,
      gap: at === 0 ? 0 : address - (sorted[at - 1] ?? 0) - ROW,
    }));
    this.index = new Map(sorted.map((address, at) => [address, at]));
    this.bytes = new Uint8Array(sorted.length * ROW);
    this.seen = new Uint8Array(sorted.length * ROW);
    this.last = new Int32Array(sorted.length * ROW);
  }

  /** Show memory just after event number `at` (an index into the events). */
  seek(at: number): void {
    if (at + 1 < this.next) {
      this.bytes.fill(0);
      this.seen.fill(0);
      this.last.fill(0);
      this.next = 0;
    }
    for (; this.next <= at && this.next < this.events.length; this.next += 1) {
      const event = this.events[this.next];
      if (event) this.apply(event, this.next);
    }
    const event = this.events[at];
    const found = event ? extent(event) : null;
    this.touched = found ? { start: found.start, end: found.start + found.size } : null;
  }

  /** Number of the first row that the chosen event touches; null when it touches none. */
  get touchedRow(): number | null {
    return this.touched ? (this.index.get(Math.floor(this.touched.start / ROW) * ROW) ?? null) : null;
  }

  /** The byte at `address`, and how it is known. */
  cell(address: number): { state: Cell; byte: number | null } {
    const row = this.index.get(Math.floor(address / ROW) * ROW);
    if (row === undefined) return { state: "unknown", byte: null };
    const at = row * ROW + (address % ROW);
    const byte = this.seen[at] === 2 ? (this.bytes[at] ?? 0) : null;
    if (this.touched && address >= this.touched.start && address < this.touched.end) return { state: "touched", byte };
    if (byte !== null) return { state: "known", byte };
    return { state: this.seen[at] === 1 ? "room" : "unknown", byte: null };
  }

  /** The event that last touched `address` by now, else the first that will; null when none does. */
  eventAt(address: number): number | null {
    const row = this.index.get(Math.floor(address / ROW) * ROW);
    if (row === undefined) return null;
    const last = this.last[row * ROW + (address % ROW)] ?? 0;
    if (last > 0) return last - 1;
    const next = this.events.findIndex((event) => {
      const found = extent(event);
      return found !== null && address >= found.start && address < found.start + found.size;
    });
    return next < 0 ? null : next;
  }

  private apply(event: TraceEvent, number: number): void {
    const found = extent(event);
    if (!found) return;
    const data = event.bytes ? fromHex(event.bytes) : new Uint8Array(0);
    for (let offset = 0; offset < found.size; offset += 1) {
      const address: number = found.start + offset;
      const row = this.index.get(Math.floor(address / ROW) * ROW);
      if (row === undefined) continue;
      const at = row * ROW + (address % ROW);
      this.last[at] = number + 1;
      const byte = data[offset];
      if (byte !== undefined) {
        this.bytes[at] = byte;
        this.seen[at] = 2;
      } else if (data.length === 0 && this.seen[at] === 0) {
        this.seen[at] = 1;
      }
    }
  }
}
