import { computed, signal } from "@preact/signals";
import type { TraceEvent } from "../protocol";
import { positionOf, shown } from "../trace/filter";
import type { Family } from "../trace/kinds";
import { TracedMemory, touchesMemory } from "../trace/memory";
import type { Calls } from "./calls";

/** The trace of the last call: which events show, and which one is chosen. */
export class Traces {
  readonly events = computed<readonly TraceEvent[]>(() => this.calls.last.value?.answer?.trace ?? []);
  readonly truncated = computed(() => this.calls.last.value?.answer?.truncated ?? false);
  readonly hidden = signal<ReadonlySet<Family>>(new Set());
  readonly indices = computed(() => shown(this.events.value, this.hidden.value));
  /** Index into `events`; null until one is chosen, which looks at the first that touches memory. */
  readonly wanted = signal<number | null>(null);
  /** Where the chosen event stands among those shown. */
  readonly position = computed(() => {
    const wanted = this.wanted.value ?? Math.max(0, this.events.value.findIndex(touchesMemory));
    return positionOf(this.indices.value, wanted);
  });
  readonly chosen = computed<number | null>(() => this.indices.value[this.position.value] ?? null);
  readonly memory = computed(() => new TracedMemory(this.events.value));

  constructor(private readonly calls: Calls) {}

  /** Choose by position among the events shown; clamped. */
  goto(position: number): void {
    const indices = this.indices.value;
    this.wanted.value = indices[Math.max(0, Math.min(position, indices.length - 1))] ?? 0;
  }

  step(by: number): void {
    this.goto(this.position.value + by);
  }

  toggle(family: Family): void {
    const next = new Set(this.hidden.value);
    if (!next.delete(family)) next.add(family);
    this.hidden.value = next;
  }
}
