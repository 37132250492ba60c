import { batch, computed, effect, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import type { Diagnostic, Failure, FuncItem, InvokeResult, MachineParams, NamedType } from "../protocol";
import { handlesIn } from "../wave/handles";
import { printWave } from "../wave/print";
import { defaultValue, problems, type Problem, type WaveValue } from "../wave/value";
import { asFailure } from "./engine";
import type { Given } from "./given";
import type { Grants } from "./grants";
import type { AnsweredCall, Imports } from "./imports";
import type { Opened } from "./opened";
import type { Session } from "./session";

/** How long typing in a WAVE field must rest before it is checked, in milliseconds. */
const REST = 120;

/** One argument: the same value as a form and as text. */
export class Argument {
  readonly text: Signal<string>;
  /** The value the form shows: the last one that `text` was known to mean. */
  readonly value: Signal<WaveValue>;
  readonly error = signal<Diagnostic | null>(null);
  /** The text was typed and has not been read yet. */
  readonly pending = signal(false);
  readonly problems: ReadonlySignal<readonly Problem[]>;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly param: NamedType,
    text: string | undefined,
    private readonly read: (text: string) => Promise<{ value: unknown; error: Diagnostic | null }>,
    private readonly changed: () => void,
  ) {
    const start = param.type ? defaultValue(param.type) : null;
    this.value = signal(start);
    this.text = signal(text ?? (param.type ? printWave(param.type, start) : ""));
    this.problems = computed(() =>
      param.type && !this.error.value && !this.pending.value ? problems(param.type, this.value.value) : [],
    );
    if (text !== undefined && text !== printWave(param.type ?? { kind: "bool", text: "bool" }, start)) this.schedule(0);
  }

  /** The form was changed. */
  setValue(value: WaveValue): void {
    clearTimeout(this.timer);
    batch(() => {
      this.value.value = value;
      this.text.value = this.param.type ? printWave(this.param.type, value) : "";
      this.error.value = null;
      this.pending.value = false;
    });
    this.changed();
  }

  /** The text was changed. */
  setText(text: string): void {
    this.text.value = text;
    this.changed();
    this.schedule(REST);
  }

  private schedule(rest: number): void {
    this.pending.value = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.check(), rest);
  }

  private async check(): Promise<void> {
    const text = this.text.value;
    try {
      const answer = await this.read(text);
      if (this.text.value !== text) return;
      batch(() => {
        this.error.value = answer.error;
        if (!answer.error) this.value.value = answer.value as WaveValue;
        this.pending.value = false;
      });
    } catch (error) {
      if (this.text.value !== text) return;
      const failure = asFailure(error);
      if (failure.kind === "Stopped") {
        this.schedule(REST);
        return;
      }
      batch(() => {
        this.error.value = {
          start: 0,
          end: text.length,
          severity: "error",
          message: failure.message,
          hint: failure.hint,
        };
        this.pending.value = false;
      });
    }
  }
}

/** A call that was made, for the history. */
export interface PastCall {
  number: number;
  func: string;
  name: string;
  args: string[];
  /** WAVE, or the trap's message, or the failure's. */
  outcome: string;
  ended: "result" | "trap" | "failure";
}

/** The instance that calls share when it is kept. */
export interface KeptInstance {
  id: string;
  calls: number;
  handles: readonly string[];
}

/** What the last call gave. */
export interface LastCall {
  func: FuncItem;
  args: string[];
  answer: InvokeResult | null;
  failure: Failure | null;
  /** Milliseconds on the page, with everything between. */
  took: number;
  /** The imports that it called and this page answered. */
  asked: readonly AnsweredCall[];
}

/** Calling exported functions. */
export class Calls {
  readonly selected = signal<string | null>(null);
  readonly func = computed(() => this.opened.find(this.selected.value));
  /** WAVE texts by function, for everything that was ever typed here. */
  readonly texts = signal<Readonly<Record<string, string[]>>>({});
  readonly arguments_ = signal<readonly Argument[]>([]);
  readonly keep = signal(false);
  readonly instance = signal<KeptInstance | null>(null);
  readonly history = signal<readonly PastCall[]>([]);
  readonly last = signal<LastCall | null>(null);
  /** Why the call cannot be made as it stands; null when it can. */
  readonly obstacle = computed<string | null>(() => {
    for (const argument of this.arguments_.value) {
      const name = argument.param.name;
      if (argument.error.value) return `${name}: ${argument.error.value.message}`;
      const problem = argument.problems.value[0];
      if (problem) return `${problem.path ? `${name}, ${problem.path}` : name}: ${problem.message}`;
    }
    return null;
  });
  private readonly answered = computed(() => this.imports.answered.value.join("\n"));
  private count = 0;

  constructor(
    private readonly session: Session,
    private readonly opened: Opened,
    private readonly imports: Imports,
    private readonly grants: Grants,
    private readonly given: Given,
  ) {
    // An instance ends with its worker; who answers its imports, and what files it finds, is settled when it is made.
    effect(() => {
      this.session.generation.value;
      this.answered.value;
      this.given.params();
      this.instance.value = null;
    });
    effect(() => {
      const func = this.func.value;
      this.arguments_.value = func ? this.argumentsOf(func, this.texts.peek()[func.path]) : [];
    });
  }

  private argumentsOf(func: FuncItem, texts: string[] | undefined): Argument[] {
    const list: Argument[] = func.params.map(
      (param, index) =>
        new Argument(
          param,
          texts?.[index],
          (text) => this.readArgument(func.path, index, text),
          () => {
            this.texts.value = { ...this.texts.peek(), [func.path]: list.map((one) => one.text.peek()) };
          },
        ),
    );
    return list;
  }

  private async readArgument(
    func: string,
    index: number,
    text: string,
  ): Promise<{ value: unknown; error: Diagnostic | null }> {
    await this.session.idle();
    return this.session.background("wave-check", { id: this.opened.id, func, index, text });
  }

  /** Choose a function; a function of resources lives in a kept instance. */
  select(path: string | null): void {
    this.selected.value = path;
    const func = this.func.value;
    if (func && usesHandles(func)) this.keep.value = true;
  }

  /** Put texts into the form of the chosen function (a past call, a link). */
  setArguments(func: string, texts: string[]): void {
    this.texts.value = { ...this.texts.peek(), [func]: texts };
    const item = this.func.peek();
    if (item && item.path === func) this.arguments_.value = this.argumentsOf(item, texts);
  }

  /** Forget the kept instance; the next call makes a new one. */
  renew(): void {
    this.instance.value = null;
  }

  /** A new component: nothing of the old one's calls is left. */
  reset(): void {
    batch(() => {
      this.instance.value = null;
      this.history.value = [];
      this.last.value = null;
    });
    this.count = 0;
  }

  /** Call the chosen function with the arguments as they stand. */
  async call(): Promise<void> {
    const func = this.func.value;
    if (!func || this.obstacle.value !== null || this.session.busy.value) return;
    if (!(await this.grants.ready("Call")) || this.session.busy.value) return;
    const args = this.arguments_.value.map((argument) => argument.text.value);
    const started = performance.now();
    const done = await this.session.perform(`Calling ${displayName(func)}`, async (options) => {
      this.imports.log = [];
      try {
        const id = this.opened.id;
        const imports = this.imports.answered.value;
        const grants = this.grants.granted();
        const bounds = this.grants.bounds();
        const machine = { ...this.files(), grants, ...bounds };
        const all = { ...options, onImportCall: this.imports.reply };
        let instance: string | null = null;
        if (this.keep.value) {
          if (!this.instance.value) {
            this.imports.rewind();
            const made = await this.session.engine.call("instantiate", { id, imports, ...machine }, all);
            this.instance.value = { id: made.instance, calls: 0, handles: [] };
          }
          instance = this.instance.value?.id ?? null;
        } else {
          this.imports.rewind();
        }
        const answer = await this.session.engine.call(
          "invoke",
          {
            id,
            func: func.path,
            args,
            instance,
            ...(instance === null ? { imports, ...machine } : bounds),
            trace: true,
          },
          all,
        );
        return { answer, failure: null };
      } catch (error) {
        return { answer: null, failure: asFailure(error) };
      } finally {
        this.imports.question.value?.refuse("the call has ended");
      }
    });
    this.finish(func, args, done.answer, done.failure, performance.now() - started);
    if (this.given.keeping.value) void this.given.lookAtKept();
  }

  /** The files it is given, where it looks for any. */
  private files(): Partial<MachineParams> {
    return this.opened.findsFiles.value ? this.given.params() : {};
  }

  private finish(
    func: FuncItem,
    args: string[],
    answer: InvokeResult | null,
    failure: Failure | null,
    took: number,
  ): void {
    batch(() => {
      const kept = this.instance.value;
      if (kept && answer) {
        this.instance.value = answer.trap
          ? null
          : {
              id: kept.id,
              calls: kept.calls + 1,
              handles: handlesAfter(kept.handles, func, args, answer.result ?? ""),
            };
      } else if (failure && failure.kind !== "WitError" && failure.kind !== "BadRequest") {
        this.instance.value = null;
      }
      if (failure?.kind === "Stopped") return;
      this.last.value = { func, args, answer, failure, took, asked: this.imports.log };
      this.count += 1;
      const ended = answer?.trap ? "trap" : failure ? "failure" : "result";
      const outcome = answer?.trap?.message ?? failure?.message ?? answer?.result ?? "";
      this.history.value = [
        ...this.history.value.slice(-199),
        { number: this.count, func: func.path, name: displayName(func), args, outcome, ended },
      ];
    });
  }
}

/** The live handles after a call: what the result brings, less what was given away. */
export function handlesAfter(
  before: readonly string[],
  func: FuncItem,
  args: readonly string[],
  result: string,
): string[] {
  const given = new Set<string>();
  func.params.forEach((param, index) => {
    if (param.type && givesAway(param.type)) for (const handle of handlesIn(args[index] ?? "")) given.add(handle);
  });
  const after = before.filter((one) => !given.has(one));
  for (const handle of handlesIn(result)) if (!after.includes(handle)) after.push(handle);
  return after;
}

function givesAway(type: NonNullable<NamedType["type"]>): boolean {
  return type.kind === "own" || (type.items ?? []).some((item) => item.type !== null && givesAway(item.type));
}

function holdsHandles(type: NonNullable<NamedType["type"]>): boolean {
  return (
    type.kind === "own" ||
    type.kind === "borrow" ||
    (type.items ?? []).some((item) => item.type !== null && holdsHandles(item.type))
  );
}

/** Whether handles go in or out, so that only calls in one instance make sense. */
export function usesHandles(func: FuncItem): boolean {
  return (
    func.params.some((param) => param.type !== null && holdsHandles(param.type)) ||
    (func.result !== null && holdsHandles(func.result))
  );
}

/** A function's name as one reads it: `counter.bump`, `new counter`. */
export function displayName(func: Pick<FuncItem, "name">): string {
  const found = /^\[(constructor|method|static)\](.+)$/.exec(func.name.replace(/^\[async\s*/, "["));
  if (!found) return func.name;
  return found[1] === "constructor" ? `new ${found[2] ?? ""}` : (found[2] ?? func.name);
}
