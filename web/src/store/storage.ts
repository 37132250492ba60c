import type { BesideContents } from "./beside";
import type { GivenFiles } from "./given";

/** What a project keeps besides its files. */
export interface SavedProject {
  id: string;
  savedAt: number;
  /** For the list of recent projects. */
  title: string;
  data: unknown;
}

/** A project's files: written only when they change, because they may be large. */
export interface SavedContents {
  component: { name: string; blob: Blob } | null;
  files: GivenFiles;
  /** Those that run together with the component; older ones say nothing of them. */
  beside?: readonly BesideContents[];
}

const PROJECTS = "projects";
const CONTENTS = "contents";
/** How many projects are kept; the oldest go first. */
const KEPT = 30;

/** Projects in IndexedDB. Every method rejects when the browser refuses; the page then says that nothing is kept. */
export class Storage {
  private database: Promise<IDBDatabase> | null = null;

  private open(): Promise<IDBDatabase> {
    this.database ??= new Promise((resolve, reject) => {
      const request = indexedDB.open("pycm", 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore(PROJECTS, { keyPath: "id" });
        request.result.createObjectStore(CONTENTS);
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error ?? new Error("the browser refuses to keep data"));
      request.onblocked = () => reject(new Error("another tab holds an older version of the data"));
    });
    return this.database;
  }

  private async request<T>(
    store: string,
    mode: IDBTransactionMode,
    make: (store: IDBObjectStore) => IDBRequest<T>,
  ): Promise<T> {
    const database = await this.open();
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(store, mode);
      const request = make(transaction.objectStore(store));
      const fail = (): void =>
        reject(transaction.error ?? request.error ?? new Error("the browser refuses to keep data"));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = fail;
      transaction.onerror = fail;
    });
  }

  load(id: string): Promise<SavedProject | undefined> {
    return this.request<SavedProject | undefined>(
      PROJECTS,
      "readonly",
      (store) => store.get(id) as IDBRequest<SavedProject | undefined>,
    );
  }

  loadContents(id: string): Promise<SavedContents | undefined> {
    return this.request<SavedContents | undefined>(
      CONTENTS,
      "readonly",
      (store) => store.get(id) as IDBRequest<SavedContents | undefined>,
    );
  }

  async save(project: SavedProject): Promise<void> {
    await this.request(PROJECTS, "readwrite", (store) => store.put(project));
  }

  async saveContents(id: string, contents: SavedContents): Promise<void> {
    await this.request(CONTENTS, "readwrite", (store) => store.put(contents, id));
  }

  /** All projects, the last saved first. */
  async list(): Promise<SavedProject[]> {
    const all = await this.request<SavedProject[]>(
      PROJECTS,
      "readonly",
      (store) => store.getAll() as IDBRequest<SavedProject[]>,
    );
    return all.sort((a, b) => b.savedAt - a.savedAt);
  }

  /** Forget the oldest projects beyond the number kept. */
  async prune(): Promise<void> {
    for (const old of (await this.list()).slice(KEPT)) {
      await this.request(PROJECTS, "readwrite", (store) => store.delete(old.id));
      await this.request(CONTENTS, "readwrite", (store) => store.delete(old.id));
    }
  }
}
