import { batch, computed, signal } from "@preact/signals";
import type { Failure, RunParams, RunResult } from "../protocol";
import { joinArguments, splitArguments } from "../text/arguments";
import { plainName } from "../text/names";
import { asFailure, type CallOptions } from "./engine";
import { Given, type GivenFiles } from "./given";
import type { Session } from "./session";
import { Transcript } from "./transcript";

/** What a project holds of one that runs beside: the file, and what it is given. */
export interface BesideContents {
  name: string;
  blob: Blob;
  files: GivenFiles;
}

/** And what it keeps besides. */
export interface BesideOutline {
  line: string;
  readOnly?: boolean;
  quota?: number;
}

/** A command that runs beside the one that is open: a server for it, say. */
export class Companion {
  readonly line;
  readonly given: Given;
  readonly transcript = new Transcript();
  /** Its id once it is open; what a link or a project brought is opened when it is to run. */
  id: string | null = null;

  constructor(
    readonly key: number,
    readonly name: string,
    readonly blob: Blob,
    session: Session,
  ) {
    this.line = signal(joinArguments([name]));
    this.given = new Given(session);
  }
}

/** What companions came to, by key. */
export type Ends = Readonly<Record<number, RunResult>>;

const MOST = 8;

/** Commands that run together with the open one, on a network of their own. */
export class Beside {
  readonly companions = signal<readonly Companion[]>([]);
  readonly ends = signal<Ends>({});
  /** Why the last file was not taken. */
  readonly refused = signal<{ name: string; failure: Failure } | null>(null);
  readonly some = computed(() => this.companions.value.length > 0);
  readonly full = computed(() => this.companions.value.length >= MOST);
  /** Another list whenever a file of one of them is another. */
  readonly contents = computed<readonly BesideContents[]>(() =>
    this.companions.value.map(({ name, blob, given }) => ({ name, blob, files: given.files.value })),
  );
  private made = 0;

  constructor(private readonly session: Session) {}

  /** Open a component to run beside. Rejects only when stopped. */
  async add(file: string, blob: Blob): Promise<void> {
    const companion = this.make(file, blob);
    this.refused.value = null;
    await this.session.perform(`Opening ${companion.name}`, async (options) => {
      try {
        await this.open(companion, options);
        this.companions.value = [...this.companions.value, companion];
      } catch (error) {
        const failure = asFailure(error);
        if (failure.kind === "Stopped") throw error;
        this.refused.value = { name: companion.name, failure };
      }
    });
  }

  private make(file: string, blob: Blob): Companion {
    this.made += 1;
    return new Companion(this.made, plainName(file), blob, this.session);
  }

  /** Open it in the engine, where it is not; runs nothing. */
  private async open(companion: Companion, options: CallOptions): Promise<string> {
    if (companion.id !== null) return companion.id;
    const { name, blob } = companion;
    const opened = await this.session.engine.call("open", { name, bytes: blob }, options);
    if (!opened.command) {
      void this.session.engine.call("close", { id: opened.id }).catch(() => undefined);
      throw {
        kind: "BadRequest",
        message: `${name} is no command: it does not export \`wasi:cli/run\``,
        where: null,
        hint: "only commands run beside others",
      };
    }
    return (companion.id = opened.id);
  }

  remove(companion: Companion): void {
    this.companions.value = this.companions.value.filter((one) => one !== companion);
    const { id } = companion;
    if (id !== null) void this.session.engine.call("close", { id }).catch(() => undefined);
  }

  /** Before a run. */
  clear(): void {
    this.ends.value = {};
    for (const { transcript } of this.companions.value) transcript.clear();
  }

  /** After a run: `results` in the order of the companions. */
  end(results: readonly RunResult[]): void {
    for (const { transcript } of this.companions.value) transcript.end();
    this.ends.value = Object.fromEntries(
      this.companions.value.flatMap(({ key }, index) => (results[index] ? [[key, results[index]]] : [])),
    );
  }

  /** Each is found under its program's name, with and without `.wasm`. */
  names(): Record<string, string[]> {
    const programs = this.companions.value.map(({ line, name }) => splitArguments(line.value)[0] ?? name);
    return Object.fromEntries(
      programs.flatMap((name) => [name, name.replace(/\.wasm$/, "")]).map((name) => [name, ["127.0.0.1"]]),
    );
  }

  /** What each is given; opens those that are not open. */
  async params(all: Pick<RunParams, "grants" | "bounds">, options: CallOptions): Promise<RunParams[]> {
    const found: RunParams[] = [];
    for (const companion of this.companions.value) {
      const id = await this.open(companion, options);
      found.push({ id, argv: splitArguments(companion.line.value), ...companion.given.params(), ...all });
    }
    return found;
  }

  /** How a project keeps them, without the contents of files; in order. */
  outline(): BesideOutline[] {
    return this.companions.value.map(({ line, given }) => ({
      line: line.value,
      ...(given.readOnly.value ? { readOnly: true } : {}),
      ...(given.quota.value === null ? {} : { quota: given.quota.value }),
    }));
  }

  /** Bring them back. Nothing is opened, and nothing runs. */
  load(outline: readonly BesideOutline[], contents: readonly BesideContents[]): void {
    batch(() => {
      this.companions.value = contents.slice(0, MOST).map(({ name, blob, files }, at) => {
        const companion = this.make(name, blob);
        const { line, readOnly, quota } = outline[at] ?? {};
        if (line !== undefined) companion.line.value = line;
        companion.given.files.value = files;
        companion.given.readOnly.value = readOnly === true;
        companion.given.quota.value = quota ?? null;
        return companion;
      });
    });
  }
}
