import { batch, computed, signal } from "@preact/signals";
import { canKeep, isKeptName, listKept, readKept, removeKept, writeKept, type Kept } from "../engine/kept";
import type { FileData, MachineParams } from "../protocol";
import { asFailure } from "./engine";
import type { Session } from "./session";

/** A file, a directory (null), or a symbolic link. */
export type GivenFile = Blob | null | { link: string };

/** By absolute guest path. */
export type GivenFiles = Readonly<Record<string, GivenFile>>;

/** Where a kept directory is found. */
export const KEPT_AT = "/kept";

/** The files that what runs is given, and the directory that is kept on this computer. */
export class Given {
  readonly files = signal<GivenFiles>({});
  readonly paths = computed(() => Object.keys(this.files.value).sort());
  /** Bytes of all of them. */
  readonly size = computed(() =>
    Object.values(this.files.value).reduce((sum, file) => sum + (file instanceof Blob ? file.size : 0), 0),
  );
  /** Whether what runs may only read them. */
  readonly readOnly = signal(false);
  /** How many bytes they may come to while it runs; null for the usual bound. */
  readonly quota = signal<number | null>(null);
  /** Why the last zip file was not unpacked. */
  readonly refused = signal<{ name: string; message: string } | null>(null);
  /** Whether a directory that is kept is mounted. Never from a link or a project: the visitor says so, for each component. */
  readonly keeping = signal(false);
  readonly keptName = signal("files");
  /** What this browser keeps; null before it was looked for. */
  readonly kept = signal<readonly Kept[] | null>(null);
  readonly keptProblem = computed(() =>
    this.keeping.value && !isKeptName(this.keptName.value.trim())
      ? "a name has letters, digits, spaces and ._-, at most 64"
      : null,
  );
  readonly canKeep = canKeep();

  constructor(private readonly session: Session) {}

  add(files: Iterable<{ path: string; blob: GivenFile }>): void {
    const next = { ...this.files.value };
    for (const { path, blob } of files) next[absolute(path)] = blob;
    this.files.value = next;
  }

  /** An empty file, where there is nothing yet. Its path. */
  create(path: string): string {
    const made = absolute(path);
    if (!(made in this.files.value)) this.add([{ path: made, blob: new Blob([]) }]);
    return made;
  }

  /** Take one out, and what is below it. */
  remove(path: string): void {
    this.files.value = Object.fromEntries(
      Object.entries(this.files.value).filter(([one]) => one !== path && !one.startsWith(`${path}/`)),
    );
  }

  clear(): void {
    this.files.value = {};
  }

  /** Another component: the kept directory was mounted for the one before. */
  reset(): void {
    this.keeping.value = false;
    this.refused.value = null;
  }

  /** Add what a zip file holds. Rejects only when stopped. */
  async unpack(name: string, zip: Blob): Promise<boolean> {
    this.refused.value = null;
    return this.session.perform(`Unpacking ${name}`, async (options) => {
      try {
        const { files } = await this.session.engine.call("unzip", { bytes: zip } as never, options);
        batch(() => this.add(Object.entries(files).map(([path, data]) => ({ path, blob: given(data) }))));
        return true;
      } catch (error) {
        const { kind, message } = asFailure(error);
        if (kind === "Stopped") throw error;
        this.refused.value = { name, message };
        return false;
      }
    });
  }

  /** A zip file of these. */
  async zip(files: Readonly<Record<string, FileData>>): Promise<Blob> {
    return this.session.perform("Packing a zip file", async (options) => {
      const { bytes } = await this.session.engine.call("zip", { files }, options);
      return new Blob([bytes as BlobPart], { type: "application/zip" });
    });
  }

  /** As the protocol has them; the worker reads the blobs. */
  data(): Record<string, FileData> {
    return Object.fromEntries(
      Object.entries(this.files.value).map(([path, file]) => [
        path,
        file === null ? { dir: true } : file instanceof Blob ? { bytes: file as never } : file,
      ]),
    );
  }

  /** What a machine is given of this. */
  params(): Pick<MachineParams, "files" | "preopens" | "capacity" | "mounts"> {
    return {
      files: this.data(),
      ...(this.readOnly.value ? { preopens: { "/": { path: "/", writable: false } } } : {}),
      ...(this.quota.value === null ? {} : { capacity: this.quota.value }),
      ...(this.keeping.value ? { mounts: { [KEPT_AT]: { kept: this.keptName.value.trim(), writable: true } } } : {}),
    };
  }

  /** Look for what is kept. */
  async lookAtKept(): Promise<void> {
    this.kept.value = await listKept().catch(() => []);
  }

  keptFile(name: string): Promise<File | null> {
    return readKept(name);
  }

  async remember(name: string, zip: Blob): Promise<void> {
    await writeKept(name, zip);
    await this.lookAtKept();
  }

  async forget(name: string): Promise<void> {
    await removeKept(name);
    await this.lookAtKept();
  }
}

/** One line of a tree of files. */
export interface TreeRow {
  path: string;
  /** What the path has before the name, up to the slash. */
  parent: string;
  name: string;
  /** In how many directories it lies. */
  depth: number;
  file: GivenFile;
}

/** Files as a tree: each after the directory it lies in, whether that was given or not. */
export function treeOf(files: GivenFiles): TreeRow[] {
  const all: Record<string, GivenFile> = {};
  for (const [path, file] of Object.entries(files)) {
    for (let at = path.indexOf("/", 1); at > 0; at = path.indexOf("/", at + 1)) all[path.slice(0, at)] ??= null;
    all[path] = file;
  }
  const order = (path: string): string => path.replaceAll("/", "\0"); // what lies in `a` comes before `a.txt`
  return Object.keys(all)
    .sort((a, b) => (order(a) < order(b) ? -1 : 1))
    .map((path) => {
      const at = path.lastIndexOf("/") + 1;
      return {
        path,
        parent: path.slice(0, at),
        name: path.slice(at),
        depth: path.split("/").length - 2,
        file: all[path] ?? null,
      };
    });
}

/** What came from the worker, as it is kept here. */
export function given({ bytes, link }: FileData): GivenFile {
  if (link !== undefined) return { link };
  return bytes ? new Blob([bytes as BlobPart]) : null;
}

function absolute(path: string): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== "." && part !== "..");
  return `/${parts.join("/")}`;
}
