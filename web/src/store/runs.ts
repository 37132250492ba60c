import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { Failure, FileData, RunParams, RunResult } from "../protocol";
import { joinArguments, parseEnvironment, splitArguments } from "../text/arguments";
import { Beside } from "./beside";
import { asFailure, type CallOptions } from "./engine";
import { Given, given, KEPT_AT } from "./given";
import type { Grants } from "./grants";
import { LiveInput } from "./input";
import type { Opened } from "./opened";
import { Requests } from "./requests";
import type { Session } from "./session";
import { Transcript } from "./transcript";

/** What a run left in the file system, against what it was given. */
export interface FileAfter {
  path: string;
  data: FileData;
  change: "added" | "changed" | "removed" | "same";
  /** Bytes before and after; null for what is no file. */
  before: number | null;
  after: number | null;
}

export interface LastRun {
  result: RunResult | null;
  failure: Failure | null;
  /** Of a run that was stopped: what became of what it wrote to the directory that is kept. */
  keptAfter: ReadonlySignal<"nothing" | "kept" | { problem: string }>;
  files: readonly FileAfter[];
  took: number;
}

/** Running a command (`wasi:cli/run`). */
export class Runs {
  /** The whole command line; null is the component's own name. */
  readonly line = signal<string | null>(null);
  readonly env = signal("");
  readonly stdin = signal("");
  /** Whether the input is typed while the command runs. */
  readonly live = signal(false);
  /** A live input that is open. */
  readonly typing = signal<LiveInput | null>(null);
  readonly requests = new Requests();
  readonly given: Given;
  readonly beside: Beside;
  readonly transcript = new Transcript();
  readonly last = signal<LastRun | null>(null);
  readonly lineShown = computed(
    () => this.line.value ?? joinArguments([this.opened.file.value?.name ?? "command.wasm"]),
  );
  readonly envProblems = computed(() => parseEnvironment(this.env.value).wrong);

  constructor(
    private readonly session: Session,
    private readonly opened: Opened,
    private readonly grants: Grants,
  ) {
    this.given = new Given(session);
    this.beside = new Beside(session);
    effect(() => {
      this.grants.together.value = this.beside.some.value;
    });
    let before: unknown = null;
    effect(() => {
      const file = this.opened.file.value;
      if (file !== before) {
        this.given.reset();
        for (const { given } of this.beside.companions.peek()) given.reset();
      }
      before = file;
    });
  }

  reset(): void {
    this.transcript.clear();
    this.beside.clear();
    this.last.value = null;
    this.requests.clear();
  }

  /** Another project: what ran beside the command of the one before is no part of it. */
  alone(): void {
    for (const companion of this.beside.companions.value) this.beside.remove(companion);
    this.beside.refused.value = null;
    this.reset();
  }

  /** Type into a live input. */
  type(text: string): void {
    if (!this.typing.value) return;
    this.typing.value.type(text);
    this.transcript.type(text);
  }

  /** End a live input. */
  endInput(): void {
    this.typing.value?.end();
    this.typing.value = null;
  }

  /** What the run left becomes what the next run is given; what is kept is there anyway. */
  keepFiles(): void {
    const left = (this.last.value?.files ?? []).filter((one) => one.change !== "removed" && !isKept(one.path));
    this.given.files.value = Object.fromEntries(left.map((one) => [one.path, given(one.data)]));
  }

  /** All that the run left, as a zip file. */
  zipLeft(): Promise<Blob> {
    const left = (this.last.value?.files ?? []).filter((one) => one.change !== "removed");
    return this.given.zip(Object.fromEntries(left.map((one) => [one.path, one.data])));
  }

  async run(): Promise<void> {
    if (this.session.busy.value || !(await this.grants.ready("Run")) || this.session.busy.value) return;
    this.reset();
    const input = this.live.value ? new LiveInput() : null;
    const started = performance.now();
    const argv = splitArguments(this.lineShown.value);
    const keptAfter = signal<LastRun["keptAfter"]["value"]>("nothing");
    const done = await this.session.perform(`Running ${argv[0] ?? ""}`, async (options) => {
      try {
        const id = this.opened.id;
        this.typing.value = input;
        const granted = this.grants.granted();
        const params = {
          id,
          argv,
          env: { ...parseEnvironment(this.env.value).values },
          ...this.given.params(),
          ...this.grants.bounds(),
          ...(input
            ? { terminals: ["stdin" as const, "stdout" as const, "stderr" as const] }
            : { stdin: new TextEncoder().encode(this.stdin.value) }),
          grants: { ...granted, ...(input ? { stdin: "live" as const } : {}) },
        };
        const result = await this.perform(params, {
          ...options,
          ...(input ? { input } : {}),
          onHttp: this.requests.hear,
          onKept: (_name, problem) => {
            keptAfter.value = problem === null ? "kept" : { problem };
            void this.given.lookAtKept();
          },
        });
        return { result, failure: null, files: filesAfter(result) };
      } catch (error) {
        return { result: null, failure: asFailure(error), files: [] };
      } finally {
        this.endInput();
      }
    });
    this.transcript.end();
    this.last.value = { ...done, keptAfter, took: performance.now() - started };
    if (this.given.keeping.value) void this.given.lookAtKept();
  }

  /** Run it, and what is to run beside it, which begins first. */
  private async perform(params: RunParams, options: CallOptions): Promise<RunResult> {
    const companions = this.beside.companions.value;
    if (!companions.length) {
      const onOutput = (stream: "stdout" | "stderr", bytes: Uint8Array): void => this.transcript.write(stream, bytes);
      return this.session.engine.call("run", params, { ...options, onOutput });
    }
    const { clock, random, network } = params.grants ?? {};
    const theirs = {
      ...(clock ? { clock } : {}),
      ...(random ? { random } : {}),
      network: { ...network, shared: false },
    };
    const grants = { ...params.grants, network: theirs.network };
    let results: RunResult[] = [];
    try {
      ({ results } = await this.session.engine.call(
        "run-together",
        {
          runs: [
            ...(await this.beside.params({ grants: theirs, ...this.grants.bounds() }, options)),
            { ...params, grants },
          ],
          names: this.beside.names(),
        },
        {
          ...options,
          onOutput: (stream, bytes, run = 0) => (companions[run]?.transcript ?? this.transcript).write(stream, bytes),
        },
      ));
    } finally {
      this.beside.end(results);
    }
    return results[companions.length] as RunResult;
  }
}

function isKept(path: string): boolean {
  return path === KEPT_AT || path.startsWith(`${KEPT_AT}/`);
}

/** The tree after a run, each path with what happened to it; changes first, then by path. */
export function filesAfter({ files, changes }: Pick<RunResult, "files" | "changes">): FileAfter[] {
  const changed = new Map(changes.map((one) => [one.path, one]));
  const out: FileAfter[] = Object.entries(files).map(([path, data]) => {
    const size = data.bytes?.length ?? null;
    const { change = "same", before = size } = changed.get(path) ?? {};
    return { path, data, change, before, after: size };
  });
  for (const { path, change, before } of changes)
    if (change === "removed") out.push({ path, data: {}, change, before, after: null });
  return out.sort((a, b) => Number(a.change === "same") - Number(b.change === "same") || (a.path < b.path ? -1 : 1));
}
