// Directories that are kept on this computer across visits: a zip file each, in the origin's private file system. Nobody but this site sees
// them, no link carries them, and a component gets one only where it is mounted for it.

import { failure } from "./messages.ts";

export interface Kept {
  name: string;
  /** Of its zip file, in bytes. */
  size: number;
  changedAt: number;
}

const FOLDER = "kept";
const SUFFIX = ".zip";
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u;

/** Whether a directory may be kept under this name. */
export function isKeptName(name: string): boolean {
  return NAME.test(name);
}

/** Whether this browser can keep any. */
export function canKeep(): boolean {
  return typeof navigator !== "undefined" && typeof navigator.storage?.getDirectory === "function";
}

async function folder(): Promise<FileSystemDirectoryHandle> {
  if (!canKeep()) throw failure("BadRequest", "this browser keeps no files for sites", "mount a zip file instead");
  return (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true });
}

/** All that are kept, by name. */
export async function listKept(): Promise<Kept[]> {
  const found: Kept[] = [];
  if (!canKeep()) return found;
  for await (const handle of (await folder()).values()) {
    if (handle.kind !== "file" || !handle.name.endsWith(SUFFIX)) continue;
    const { size, lastModified } = await handle.getFile();
    found.push({ name: handle.name.slice(0, -SUFFIX.length), size, changedAt: lastModified });
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The zip file of one; null where there is none yet. */
export async function readKept(name: string): Promise<File | null> {
  try {
    return await (await (await folder()).getFileHandle(fileOf(name))).getFile();
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotFoundError") return null;
    throw error;
  }
}

/** Write one, whole or not at all. */
export async function writeKept(name: string, zip: Uint8Array | Blob): Promise<void> {
  const handle = await (await folder()).getFileHandle(fileOf(name), { create: true });
  const writing = await handle.createWritable();
  try {
    await writing.write(zip as FileSystemWriteChunkType);
    await writing.close();
  } catch (error) {
    await writing.abort().catch(() => undefined);
    throw error;
  }
}

/** Forget one. */
export async function removeKept(name: string): Promise<void> {
  await (await folder()).removeEntry(fileOf(name)).catch(() => undefined);
}

/** How long to wait for one that is in use, in milliseconds: a lock is given back a moment after what held it has ended. */
const PATIENCE = 1000;

/** Do `work` while nobody else, in whatever tab, uses these; rejects where somebody does. */
export async function withKept<T>(names: readonly string[], work: () => Promise<T>): Promise<T> {
  const [name, ...others] = names;
  if (name === undefined) return work();
  fileOf(name);
  if (!navigator.locks) return withKept(others, work);
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(), PATIENCE);
  let held = false;
  try {
    return (await navigator.locks.request(`pycm kept ${name}`, { signal: waiting.signal }, () => {
      held = true;
      clearTimeout(timer);
      return withKept(others, work);
    })) as T;
  } catch (error) {
    if (held || !waiting.signal.aborted) throw error;
    throw failure("BadRequest", `\`${name}\` is in use`, "end what uses it, perhaps in another tab");
  }
}

function fileOf(name: string): string {
  if (!isKeptName(name)) {
    throw failure(
      "BadRequest",
      `nothing can be kept as \`${name}\``,
      "use letters, digits, spaces and `._-`, at most 64",
    );
  }
  return name + SUFFIX;
}
