import { batch, computed, signal } from "@preact/signals";
import type { TraceEvent } from "../protocol";
import { positionOf, shown } from "../trace/filter";
import type { Family } from "../trace/kinds";
import { memoriesOf, memoryAt, TracedMemory, touchesMemory } from "../trace/memory";
import type { Calls } from "./calls";

/** The trace of the last call: which events show, and which one is chosen. */
export class Traces {
  readonly events = computed<readonly TraceEvent[]>(() => this.calls.last.value?.answer?.trace ?? []);
  readonly truncated = computed(() => this.calls.last.value?.answer?.truncated ?? false);
  readonly hidden = signal<ReadonlySet<Family>>(new Set<Family>(["guest"]));
  readonly indices = computed(() => shown(this.events.value, this.hidden.value));
  /** Index into `events`; null until one is chosen, which looks at the first that touches memory. */
  readonly wanted = signal<number | null>(null);
  /** Where the chosen event stands among those shown. */
  readonly position = computed(() => {
    const wanted = this.wanted.value ?? Math.max(0, this.events.value.findIndex(touchesMemory));
    return positionOf(this.indices.value, wanted);
  });
  readonly chosen = computed<number | null>(() => this.indices.value[this.position.value] ?? null);
  readonly memories = computed(() => memoriesOf(this.events.value));
  /** Number of the memory to look at; null for the one that the chosen event is about. */
  readonly looked = signal<number | null>(null);
  readonly memory = computed(() => {
    const number = this.looked.value ?? memoryAt(this.events.value, this.chosen.value ?? 0);
    return number === null ? null : this.memoryOf(number);
  });
  private readonly made = computed(() => (this.events.value, this.hidden.value, new Map<number, TracedMemory>()));

  constructor(private readonly calls: Calls) {}

  private memoryOf(number: number): { number: number; traced: TracedMemory } {
    const made = this.made.value;
    let traced = made.get(number);
    if (!traced)
      made.set(number, (traced = new TracedMemory(this.events.value, number, !this.hidden.value.has("guest"))));
    return { number, traced };
  }

  /** Choose an event, and look at the memory it is about. */
  choose(event: number): void {
    batch(() => {
      this.wanted.value = event;
      this.looked.value = null;
    });
  }

  /** Choose by position among the events shown; clamped. */
  goto(position: number): void {
    const indices = this.indices.value;
    this.choose(indices[Math.max(0, Math.min(position, indices.length - 1))] ?? 0);
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
