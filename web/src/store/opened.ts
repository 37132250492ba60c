import { computed, signal } from "@preact/signals";
import type { Failure, FuncItem, InterfaceItem, OpenResult } from "../protocol";
import { asFailure } from "./engine";
import type { Session } from "./session";

/** A file as the visitor gave it. A blob, not bytes: a large file need not stand in the page's memory. */
export interface ComponentFile {
  name: string;
  blob: Blob;
}

/** A file that did not open, and why. */
export interface FailedFile {
  name: string;
  size: number;
  failure: Failure;
}

/** The open component or core module. Its id holds until it is closed, also when Stop replaces the worker. */
export class Opened {
  readonly file = signal<ComponentFile | null>(null);
  readonly shown = signal<OpenResult | null>(null);
  readonly failed = signal<FailedFile | null>(null);
  readonly functions = computed<readonly FuncItem[]>(() =>
    (this.shown.value?.exports ?? []).flatMap((item) => item.funcs),
  );

  /** Whether it looks for directories, so that giving it files makes sense. */
  readonly findsFiles = computed(() =>
    (this.shown.value?.imports ?? []).some(({ name }) => name.startsWith("wasi:filesystem/preopens")),
  );

  constructor(private readonly session: Session) {}

  /** The worker's id of what is open. */
  get id(): string {
    const shown = this.shown.value;
    if (!shown) throw { kind: "BadRequest", message: "no component is open", where: null, hint: "open one first" };
    return shown.id;
  }

  /** Open `file` in place of what is open; when that fails, what is open stays. Rejects only when stopped. */
  async open(file: ComponentFile): Promise<boolean> {
    return this.session.perform(`Opening ${file.name}`, async (options) => {
      try {
        const result = await this.session.engine.call("open", { name: file.name, bytes: file.blob }, options);
        this.close();
        this.file.value = file;
        this.shown.value = result;
        this.failed.value = null;
        return true;
      } catch (error) {
        const failure = asFailure(error);
        if (failure.kind === "Stopped") throw error;
        this.failed.value = { name: file.name, size: file.blob.size, failure };
        return false;
      }
    });
  }

  private close(): void {
    const old = this.shown.value;
    if (old) void this.session.engine.call("close", { id: old.id }).catch(() => undefined);
  }

  /** Show nothing as open. */
  clear(): void {
    this.close();
    this.file.value = null;
    this.shown.value = null;
    this.failed.value = null;
  }

  /** The function with this path, if it is exported. */
  find(path: string | null): FuncItem | null {
    return this.functions.value.find((one) => one.path === path) ?? null;
  }
}

/** The item of `items` that has the function `path`. */
export function itemOf(items: readonly InterfaceItem[], path: string): InterfaceItem | null {
  return items.find((item) => item.funcs.some((one) => one.path === path)) ?? null;
}
