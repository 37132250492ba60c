import { computed, effect, signal } from "@preact/signals";
import exampleText from "../../examples/bench.wit?raw";
import type { Diagnostic, Method, OutlineItem, Params, Result, WitEdit, WitLocation } from "../protocol";
import { moved, toUtf16 } from "../text/units";
import { MAIN, newText, sortedNames, type WitFiles } from "../wit/files";
import { asFailure, isStopped } from "./engine";
import type { Session } from "./session";

/** The text a new project starts with: the WIT of the example component. */
export const EXAMPLE_WIT: string = exampleText;

/** How long typing must rest before the texts are checked, in milliseconds. */
const REST = 120;

/** A text of a built-in package, to be read. */
export interface BuiltIn {
  name: string;
  text: string;
  /** What to look at, in code points. */
  start: number;
  end: number;
}

/** Where the cursor is to go, in code points. Each jump is a new object. */
export interface Jump {
  file: string;
  start: number;
  end: number;
}

/** The methods that ask about a place in the texts. */
type Asking = Extract<Method, `wit-${string}`>;

/** The WIT texts, and what the core says of them. */
export class Editor {
  readonly files = signal<WitFiles>({ [MAIN]: EXAMPLE_WIT });
  readonly current = signal(MAIN);
  readonly names = computed(() => sortedNames(this.files.value));
  readonly text = computed(() => this.files.value[this.current.value] ?? "");
  /** By path. */
  readonly diagnostics = signal<Readonly<Record<string, readonly Diagnostic[]>>>({});
  readonly count = computed(() =>
    Object.values(this.diagnostics.value).reduce((sum, some) => sum + some.filter(isError).length, 0),
  );
  /** Changes only when an item comes, goes or gets another name; where items are now, `place` says. */
  readonly outline = signal<readonly OutlineItem[]>([]);
  readonly packageName = signal<string | null>(null);
  /** The texts that `diagnostics` speak of; null before the first check. */
  readonly checked = signal<WitFiles | null>(null);
  /** Why the texts could not be checked at all. */
  readonly failure = signal<string | null>(null);
  readonly builtIn = signal<BuiltIn | null>(null);
  readonly jump = signal<Jump | null>(null);
  readonly references = signal<{ name: string; locations: readonly WitLocation[]; total: number } | null>(null);
  private checkedFile: string | null = null;
  private places: readonly (readonly [number, number])[] = [];
  /** The text that they are places of. */
  private placed = "";
  private shape: string | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private checking = false;

  constructor(private readonly session: Session) {
    effect(() => {
      if (this.isChecked(this.files.value, this.current.value) || !this.session.hello.value) return;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => void this.check(), REST);
    });
  }

  private isChecked(files: WitFiles, current: string): boolean {
    return files === this.checked.value && current === this.checkedFile;
  }

  // --- the texts ------------------------------------------------------------------------------------------------------

  /** All texts anew; `current` is the one to show. */
  load(files: WitFiles, current: string): void {
    const names = sortedNames(files);
    this.files.value = names.length ? files : { [MAIN]: "" };
    this.current.value = current in this.files.value ? current : (names[0] ?? MAIN);
    this.builtIn.value = null;
    this.references.value = null;
  }

  /** What is now in a text; no news are none. */
  write(name: string, text: string): void {
    if (this.files.value[name] !== text) this.files.value = { ...this.files.value, [name]: text };
  }

  /** Apply edits (code points) to the texts they name, all at once. */
  edit(edits: readonly WitEdit[]): void {
    const files: Record<string, string> = { ...this.files.value };
    for (const { file, start, end, text } of [...edits].sort((a, b) => b.start - a.start)) {
      const old = files[file];
      if (old === undefined) continue;
      files[file] = old.slice(0, toUtf16(old, start)) + text + old.slice(toUtf16(old, end));
    }
    this.files.value = files;
  }

  show(name: string): void {
    this.builtIn.value = null;
    this.current.value = name;
  }

  add(name: string, text: string = newText(name)): void {
    this.files.value = { ...this.files.value, [name]: text };
    this.show(name);
  }

  rename(from: string, to: string): void {
    const { [from]: text = "", ...others } = this.files.value;
    this.files.value = { ...others, [to]: text };
    if (this.current.value === from) this.current.value = to;
  }

  /** Remove a text; what it was, for whoever brings it back. The last one stays. */
  remove(name: string): string | null {
    const { [name]: text, ...others } = this.files.value;
    const at = this.names.value.indexOf(name);
    if (text === undefined || this.names.value.length === 1) return null;
    const next = this.names.value[at + 1] ?? this.names.value[at - 1] ?? MAIN;
    if (this.current.value === name) this.current.value = next;
    this.files.value = others;
    return text;
  }

  /** Put the cursor somewhere in the texts. */
  go(file: string, start: number, end: number): void {
    if (!(file in this.files.value)) return;
    this.show(file);
    this.jump.value = { file, start, end };
  }

  // --- what the core says ----------------------------------------------------------------------------------------------

  /**
   * Ask about the texts as they are. The answer is null when they have changed in the meantime, or when nobody can answer; the next
   * keystroke asks anew.
   */
  async ask<M extends Asking>(method: M, params: Omit<Params<M>, "files" | "file">): Promise<Result<M> | null> {
    const files = this.files.peek();
    const file = this.current.peek();
    try {
      const answer = await this.session.engine.ask(method, { ...params, files, file } as unknown as Params<M>);
      return files === this.files.peek() && file === this.current.peek() ? answer : null;
    } catch {
      return null;
    }
  }

  /** `text` formatted, or why it cannot be. */
  async format(text: string): Promise<{ text: string } | { error: string }> {
    try {
      return await this.session.engine.ask("wit-format", { text });
    } catch (error) {
      return { error: asFailure(error).message };
    }
  }

  /** Go where a location is: in the texts, or in a built-in package. */
  async visit(location: WitLocation): Promise<void> {
    if (!location.built_in) {
      this.go(location.file, location.start, location.end);
      return;
    }
    const { text } = await this.session.engine.ask("wit-source", { name: location.file });
    this.builtIn.value = { name: location.file, text, start: location.start, end: location.end };
  }

  /** Where the outline's item with that number is, counted from the top through all levels. */
  place(number: number): readonly [start: number, end: number] {
    const [start, end] = this.places[number] ?? [0, 0];
    const text = this.text.peek();
    return [moved(this.placed, text, start), moved(this.placed, text, end, true)];
  }

  private outlined(items: readonly OutlineItem[], text: string): void {
    const places: (readonly [number, number])[] = [];
    const words: string[] = [];
    const walk = (level: readonly OutlineItem[], depth: number): void => {
      for (const item of level) {
        places.push([item.start, item.end]);
        words.push(`${depth} ${item.kind} ${item.name}`);
        walk(item.children, depth + 1);
      }
    };
    walk(items, 0);
    this.places = places;
    this.placed = text;
    const shape = words.join("\n");
    if (shape === this.shape) return;
    this.shape = shape;
    this.outline.value = items;
  }

  /** Check until the texts checked are the texts shown; one request at a time. */
  private async check(): Promise<void> {
    if (this.checking) return;
    this.checking = true;
    try {
      while (!this.isChecked(this.files.value, this.current.value)) {
        const files = this.files.value;
        const file = this.current.value;
        try {
          const answer = await this.session.engine.ask("wit-check", { files, file });
          if (!same(answer.diagnostics, this.diagnostics.value)) this.diagnostics.value = answer.diagnostics;
          if (answer.outline.length || !answer.diagnostics[file]?.length || this.checkedFile !== file)
            this.outlined(answer.outline, files[file] ?? "");
          this.packageName.value = answer.package;
          this.failure.value = null;
        } catch (error) {
          if (isStopped(error)) continue;
          this.diagnostics.value = {};
          this.failure.value = asFailure(error).message;
        }
        this.checkedFile = file;
        this.checked.value = files;
      }
    } finally {
      this.checking = false;
    }
  }
}

/** Whether two answers say the same. */
/** Whether it is a mistake, and no warning: only mistakes are counted. */
export function isError(one: Diagnostic): boolean {
  return one.severity === "error";
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
