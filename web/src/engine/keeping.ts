// What one call, or one instance, does to the directories it was given to keep (kept.ts). Where it ends, what they hold comes with the result.
// Where it is stopped, its worker may be gone: then what they hold is made, by the next worker, of what they held at first and of what was told
// of every change since.

import type { KeptJournal, LeftInStream, MachineParams } from "../protocol.ts";
import { readKept, writeKept } from "./kept.ts";
import type { Ring } from "./ring.ts";

/** What goes into `kept-after`; the worker reads the blobs. */
export interface AfterParams {
  zip?: Blob;
  journal: Blob;
  left: LeftInStream[];
}

interface Told {
  /** What it held at first; null where nothing was kept yet, or where that is not needed any more. */
  zip: Blob | null;
  journal: Blob[];
  /** Whether something was told since it was last kept. */
  changed: boolean;
}

/** What a result may say of kept directories. */
export interface KeptResult {
  kept?: Record<string, Uint8Array>;
  unkept?: Record<string, string>;
}

/** Told how it went with a directory after a stop: `problem` is why what was written to it could not be kept. */
export type OnKept = (name: string, problem: string | null) => void;

export class Keeping {
  /** Settles when nothing uses the directories any more. */
  readonly ended: Promise<void>;
  /** To be called then. */
  end: () => void = () => undefined;
  #told = new Map<string, Told>();
  #left: LeftInStream[] = [];

  constructor(readonly names: readonly string[]) {
    this.ended = new Promise((resolve) => (this.end = resolve));
  }

  /** Give machines what is kept for them. */
  async give(machines: readonly MachineParams[]): Promise<void> {
    for (const name of this.names) this.#told.set(name, { zip: await readKept(name), journal: [], changed: false });
    for (const machine of machines) {
      const mounts: Record<string, object> = {};
      for (const [place, mount] of Object.entries(machine.mounts ?? {})) {
        const zip = mount.kept === undefined ? null : this.#told.get(mount.kept)?.zip;
        mounts[place] = zip ? { ...mount, zip } : mount;
      }
      (machine as { mounts?: object }).mounts = mounts;
    }
  }

  /** More was told. */
  hear({ name, bytes, anew }: KeptJournal): void {
    const told = this.#told.get(name);
    if (told === undefined) return;
    if (anew) Object.assign(told, { zip: null, journal: [] });
    told.journal.push(new Blob([bytes as BlobPart]));
    told.changed = true;
    if (told.journal.length >= MANY) told.journal = [new Blob(told.journal)];
  }

  /** Put what a result says is to be kept where it is kept, and leave it out of the result. */
  async put<R>(result: R & KeptResult): Promise<R> {
    const { kept = {}, ...rest } = result;
    const unkept: Record<string, string> = {};
    for (const [name, zip] of Object.entries(kept)) {
      await writeKept(name, zip).catch((error: unknown) => (unkept[name] = wordsOf(error)));
    }
    for (const told of this.#told.values()) told.changed = false;
    return (Object.keys(unkept).length ? { ...rest, unkept } : rest) as unknown as R;
  }

  /** It did not come to its end: what waits in `ring` will not be told. */
  leave(ring: Ring | null): void {
    this.#left.push(...(ring?.left() ?? []));
  }

  /** Keep what was told and has not been kept; `after` makes a zip file of it. */
  async save(after: (params: AfterParams) => Promise<{ zip: Uint8Array }>, onKept: OnKept = () => {}): Promise<void> {
    for (const [name, told] of this.#told) {
      if (!told.changed) continue;
      told.changed = false;
      const { zip, journal } = told;
      try {
        const params = { ...(zip ? { zip } : {}), journal: new Blob(journal), left: this.#left };
        await writeKept(name, (await after(params)).zip);
        onKept(name, null);
      } catch (error) {
        onKept(name, wordsOf(error));
      }
    }
  }
}

/** So many small blobs become one. */
const MANY = 256;

function wordsOf(error: unknown): string {
  return String((error as { message?: unknown } | null)?.message ?? error);
}
