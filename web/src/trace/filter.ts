import type { TraceEvent } from "../protocol";
import { lookOf, type Family, type KindLook } from "./kinds";

/** The families of kinds that occur, in order of first appearance, with how often. */
export function familiesOf(events: readonly TraceEvent[]): { look: KindLook; count: number }[] {
  const counts = new Map<Family, { look: KindLook; count: number }>();
  for (const event of events) {
    const look = lookOf(event.kind);
    const found = counts.get(look.family);
    if (found) found.count += 1;
    else counts.set(look.family, { look, count: 1 });
  }
  return [...counts.values()];
}

/** Indices of the events whose family is not hidden. */
export function shown(events: readonly TraceEvent[], hidden: ReadonlySet<Family>): number[] {
  const out: number[] = [];
  events.forEach((event, index) => {
    if (!hidden.has(lookOf(event.kind).family)) out.push(index);
  });
  return out;
}

/** Where in `indices` the event `index` stands, or the one before it when it is hidden; 0 at the start. */
export function positionOf(indices: readonly number[], index: number): number {
  let low = 0;
  let high = indices.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((indices[middle] ?? 0) <= index) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** A trace as text, one line for each event: for the clipboard and for screen readers. */
export function traceText(events: readonly TraceEvent[]): string {
  return events
    .map((event) => {
      const parts = [String(event.seq).padStart(4), "  ".repeat(event.depth) + event.kind];
      if (event.path) parts.push(event.path);
      if (event.type) parts.push(`: ${event.type}`);
      if (event.value !== undefined) parts.push(`= ${event.value}`);
      if (event.address !== undefined) parts.push(`@ 0x${event.address.toString(16)}`);
      if (event.bytes) parts.push(event.bytes.replace(/../g, "$& ").trim());
      for (const run of event.runs ?? [])
        parts.push(`@ 0x${run.address.toString(16)} ${run.bytes.replace(/../g, "$& ").trim()}`);
      return parts.join(" ");
    })
    .join("\n");
}
