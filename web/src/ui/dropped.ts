import type { Dropped } from "../store/store";

/** How many files of a dropped folder are taken. */
const MOST = 10_000;

/** What was dropped: files, and all that is in folders. Must be called while the event is handled, before anything is waited for. */
export async function droppedFiles(transfer: DataTransfer): Promise<Dropped[]> {
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry?.() ?? []);
  if (!entries.some((entry) => entry.isDirectory))
    return [...transfer.files].map((blob) => ({ path: blob.name, blob }));
  const found: Dropped[] = [];
  const todo = entries.map((entry) => ({ entry, path: entry.name }));
  for (let next = todo.shift(); next && found.length < MOST; next = todo.shift()) {
    const { entry, path } = next;
    if (entry.isFile) found.push({ path, blob: await fileOf(entry as FileSystemFileEntry) });
    if (!entry.isDirectory) continue;
    found.push({ path, blob: null });
    for (const inside of await entriesOf(entry as FileSystemDirectoryEntry))
      todo.push({ entry: inside, path: `${path}/${inside.name}` });
  }
  return found;
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** A reader gives its entries in portions; an empty one is the end. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const found: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return found;
    found.push(...some);
  }
}
