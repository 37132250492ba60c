import type { TraceEvent } from "../protocol";

/** The kinds that occur, in order of first appearance, with how often. */
export function kindsOf(events: readonly TraceEvent[]): { kind: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const event of events) counts.set(event.kind, (counts.get(event.kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => ({ kind, count }));
}

/** Indices of the events whose kind is not hidden. */
export function shown(events: readonly TraceEvent[], hidden: ReadonlySet<string>): number[] {
  const out: number[] = [];
  events.forEach((event, index) => {
    if (!hidden.has(event.kind)) out.push(index);
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
      return parts.join(" ");
    })
    .join("\n");
}
