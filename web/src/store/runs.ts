import { computed, signal } from "@preact/signals";
import type { Failure, FileData, RunResult } from "../protocol";
import { joinArguments, parseEnvironment, splitArguments } from "../text/arguments";
import { ConsoleText, type Chunk } from "../text/console";
import { asFailure } from "./engine";
import type { Grants } from "./grants";
import { LiveInput } from "./input";
import type { Opened } from "./opened";
import { Requests } from "./requests";
import type { Session } from "./session";

/** What a run left in the file system, against what it was given. */
export interface FileAfter {
  path: string;
  /** Null for a directory. */
  bytes: Uint8Array | null;
  change: "new" | "changed" | "same" | "removed";
}

export interface LastRun {
  result: RunResult | null;
  failure: Failure | null;
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
  /** By absolute guest path; null is a directory. */
  readonly files = signal<Readonly<Record<string, Blob | null>>>({});
  readonly chunks = signal<readonly Chunk[]>([]);
  readonly dropped = signal(0);
  readonly last = signal<LastRun | null>(null);
  readonly lineShown = computed(
    () => this.line.value ?? joinArguments([this.opened.file.value?.name ?? "command.wasm"]),
  );
  readonly envProblems = computed(() => parseEnvironment(this.env.value).wrong);
  private text = new ConsoleText();
  private frame = 0;

  constructor(
    private readonly session: Session,
    private readonly opened: Opened,
    private readonly grants: Grants,
  ) {}

  reset(): void {
    this.text = new ConsoleText();
    this.chunks.value = [];
    this.dropped.value = 0;
    this.last.value = null;
    this.requests.clear();
  }

  /** Type into a live input. */
  type(text: string): void {
    if (!this.typing.value) return;
    this.typing.value.type(text);
    this.text.type(text);
    this.paint();
  }

  /** End a live input. */
  endInput(): void {
    this.typing.value?.end();
    this.typing.value = null;
  }

  addFiles(files: Iterable<{ path: string; blob: Blob | null }>): void {
    const next = { ...this.files.value };
    for (const { path, blob } of files) next[absolute(path)] = blob;
    this.files.value = next;
  }

  removeFile(path: string): void {
    this.files.value = Object.fromEntries(Object.entries(this.files.value).filter(([one]) => one !== path));
  }

  /** What the run left becomes what the next run is given. */
  keepFiles(): void {
    const left = (this.last.value?.files ?? []).filter((one) => one.change !== "removed");
    this.files.value = Object.fromEntries(
      left.map((one) => [one.path, one.bytes ? new Blob([one.bytes as BlobPart]) : null]),
    );
  }

  async run(): Promise<void> {
    if (this.session.busy.value || !(await this.grants.ready("Run")) || this.session.busy.value) return;
    this.reset();
    const input = this.live.value ? new LiveInput() : null;
    const started = performance.now();
    const argv = splitArguments(this.lineShown.value);
    const done = await this.session.perform(`Running ${argv[0] ?? ""}`, async (options) => {
      try {
        const id = this.opened.id;
        const before = await this.filesGiven();
        this.typing.value = input;
        const result = await this.session.engine.call(
          "run",
          {
            id,
            argv,
            env: { ...parseEnvironment(this.env.value).values },
            files: before,
            ...(input
              ? { terminals: ["stdin", "stdout", "stderr"] }
              : { stdin: new TextEncoder().encode(this.stdin.value) }),
            grants: { ...this.grants.granted(), ...(input ? { stdin: "live" } : {}) },
          },
          {
            ...options,
            ...(input ? { input } : {}),
            onOutput: (stream, bytes) => this.write(stream, bytes),
            onHttp: this.requests.hear,
          },
        );
        return { result, failure: null, files: filesAfter(await this.filesGiven(), result.files) };
      } catch (error) {
        return { result: null, failure: asFailure(error), files: [] };
      } finally {
        this.endInput();
      }
    });
    this.text.end();
    this.paint();
    this.last.value = { ...done, took: performance.now() - started };
  }

  private async filesGiven(): Promise<Record<string, FileData>> {
    const out: Record<string, FileData> = {};
    for (const [path, blob] of Object.entries(this.files.value)) {
      out[path] = blob ? { bytes: new Uint8Array(await blob.arrayBuffer()) } : { dir: true };
    }
    return out;
  }

  private write(stream: "stdout" | "stderr", bytes: Uint8Array): void {
    this.text.write(stream, bytes);
    if (this.frame === 0) {
      this.frame = requestAnimationFrame(() => {
        this.frame = 0;
        this.paint();
      });
    }
  }

  private paint(): void {
    this.chunks.value = this.text.chunks;
    this.dropped.value = this.text.dropped;
  }
}

function absolute(path: string): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== "." && part !== "..");
  return `/${parts.join("/")}`;
}

/** The tree after a run, each path with what happened to it; changes first, then by path. */
export function filesAfter(
  before: Readonly<Record<string, FileData>>,
  after: Readonly<Record<string, FileData>>,
): FileAfter[] {
  const out: FileAfter[] = [];
  for (const [path, data] of Object.entries(after)) {
    if (path === "/") continue;
    const old = before[path];
    const bytes = data.bytes ?? null;
    const change = old === undefined ? "new" : bytes && !same(bytes, old.bytes) ? "changed" : "same";
    out.push({ path, bytes, change });
  }
  for (const path of Object.keys(before))
    if (!(path in after) && path !== "/") out.push({ path, bytes: null, change: "removed" });
  const rank = { new: 0, changed: 1, removed: 2, same: 3 };
  return out.sort((a, b) => rank[a.change] - rank[b.change] || (a.path < b.path ? -1 : 1));
}

function same(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && a.length === b.length && a.every((byte, index) => byte === b[index]);
}
