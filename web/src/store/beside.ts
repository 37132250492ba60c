import { computed, signal } from "@preact/signals";
import type { Failure, RunParams, RunResult } from "../protocol";
import { joinArguments, splitArguments } from "../text/arguments";
import { plainName } from "../text/names";
import { asFailure } from "./engine";
import type { Session } from "./session";
import { Transcript } from "./transcript";

/** A command that runs beside the one that is open: a server for it, say. */
export interface Companion {
  id: string;
  name: string;
  size: number;
  line: string;
  transcript: Transcript;
}

/** What a companion came to. */
export type Ends = Readonly<Record<string, RunResult>>;

const MOST = 8;

/** Commands that run together with the open one, on a network of their own. */
export class Beside {
  readonly companions = signal<readonly Companion[]>([]);
  readonly ends = signal<Ends>({});
  /** Why the last file was not taken. */
  readonly refused = signal<{ name: string; failure: Failure } | null>(null);
  readonly some = computed(() => this.companions.value.length > 0);
  readonly full = computed(() => this.companions.value.length >= MOST);

  constructor(private readonly session: Session) {}

  /** Open a component to run beside. Rejects only when stopped. */
  async add(file: string, blob: Blob): Promise<void> {
    const name = plainName(file);
    this.refused.value = null;
    await this.session.perform(`Opening ${name}`, async (options) => {
      try {
        const opened = await this.session.engine.call("open", { name, bytes: blob }, options);
        if (!opened.command) {
          void this.session.engine.call("close", { id: opened.id }).catch(() => undefined);
          throw {
            kind: "BadRequest",
            message: "it is no command: it does not export `wasi:cli/run`",
            where: null,
            hint: "only commands run beside others",
          };
        }
        this.companions.value = [
          ...this.companions.value,
          { id: opened.id, name, size: blob.size, line: joinArguments([name]), transcript: new Transcript() },
        ];
      } catch (error) {
        const failure = asFailure(error);
        if (failure.kind === "Stopped") throw error;
        this.refused.value = { name, failure };
      }
    });
  }

  remove({ id }: Companion): void {
    this.companions.value = this.companions.value.filter((one) => one.id !== id);
    void this.session.engine.call("close", { id }).catch(() => undefined);
  }

  write({ id }: Companion, line: string): void {
    this.companions.value = this.companions.value.map((one) => (one.id === id ? { ...one, line } : one));
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
      this.companions.value.flatMap(({ id }, index) => (results[index] ? [[id, results[index]]] : [])),
    );
  }

  /** Each is found under its program's name, with and without `.wasm`. */
  names(): Record<string, string[]> {
    const programs = this.companions.value.map(({ line, name }) => splitArguments(line)[0] ?? name);
    return Object.fromEntries(
      programs.flatMap((name) => [name, name.replace(/\.wasm$/, "")]).map((name) => [name, ["127.0.0.1"]]),
    );
  }

  /** What each is given. */
  params(grants: RunParams["grants"]): RunParams[] {
    return this.companions.value.map(({ id, line }) => ({ id, argv: splitArguments(line), files: {}, grants }));
  }
}
