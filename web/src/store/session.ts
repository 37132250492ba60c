import { computed, signal, type Signal } from "@preact/signals";
import type { CallParams } from "../engine/client";
import type { HelloResult, Method, Progress, Result } from "../protocol";
import { asFailure, type CallOptions, type Engine, type EngineStatus } from "./engine";

/** The one thing the visitor waits for. */
export interface Task {
  label: string;
  startedAt: number;
  progress: Progress | null;
  stopping: boolean;
}

/** The worker as the page sees it: how far it has started, what it does now, and Stop. */
export class Session {
  readonly hello = signal<HelloResult | null>(null);
  readonly status: Signal<EngineStatus>;
  /** Why the worker cannot start; null while it can. */
  readonly broken = signal<string | null>(null);
  readonly task = signal<Task | null>(null);
  readonly busy = computed(() => this.task.value !== null);
  /** Grows when what ran was stopped: instances from before are gone, open components are not. */
  readonly generation = signal(0);
  readonly bootedAfter = signal<number | null>(null);
  private control = new AbortController();
  private waiting: (() => void)[] = [];

  constructor(readonly engine: Engine) {
    this.status = signal(engine.status);
    engine.subscribe((status) => {
      this.status.value = status;
    });
    engine.ready.then(
      (hello) => {
        this.hello.value = hello;
        this.bootedAfter.value = performance.now();
      },
      (error: unknown) => {
        this.broken.value = asFailure(error).message;
      },
    );
  }

  /** Do `work` as the visible task; one at a time. `work` gets the options that show its progress. */
  async perform<T>(label: string, work: (options: CallOptions) => Promise<T>): Promise<T> {
    if (this.task.value)
      throw { kind: "Busy", message: "something else is running", where: null, hint: "stop it first" };
    this.task.value = { label, startedAt: performance.now(), progress: null, stopping: false };
    this.control = new AbortController();
    try {
      return await work({
        signal: this.control.signal,
        onProgress: (progress) => {
          if (this.task.value) this.task.value = { ...this.task.value, progress };
        },
      });
    } finally {
      this.task.value = null;
      const waiting = this.waiting;
      this.waiting = [];
      for (const resume of waiting) resume();
    }
  }

  /** Change the words of the running task. */
  relabel(label: string): void {
    if (this.task.value) this.task.value = { ...this.task.value, label, progress: null };
  }

  /** Wait until no task runs. */
  async idle(): Promise<void> {
    while (this.task.value) await new Promise<void>((resume) => this.waiting.push(resume));
  }

  /** A request in the background (checks of arguments): it waits until no task runs. */
  async background<M extends Method>(method: M, params: CallParams<M>): Promise<Result<M>> {
    await this.idle();
    return this.engine.call(method, params);
  }

  /** End the running task, whatever it does. */
  async stop(): Promise<void> {
    const task = this.task.value;
    if (!task || task.stopping) return;
    this.task.value = { ...task, stopping: true };
    this.generation.value += 1;
    this.control.abort();
    await this.engine.stop();
  }
}
