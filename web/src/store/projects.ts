import { batch, computed, effect, signal } from "@preact/signals";
import { emptyShared, type Shared, type SharedFile } from "../share/container";
import { decodeLink, decodeProjectFile, isLink, LinkError } from "../share/link";
import { counted, exactBytes } from "../text/bytes";
import type { BesideContents, BesideOutline } from "./beside";
import { usesHandles } from "./calls";
import type { GivenFiles } from "./given";
import { foreignFiles, isFileName, MAIN, type WitFiles } from "../wit/files";
import { Claims, newProjectId } from "./claim";
import { EXAMPLE_WIT } from "./editor";
import type { ComponentFile } from "./opened";
import type { Storage } from "./storage";
import type { Store } from "./store";
import type { Side, Tab } from "./view";
import { isStopped } from "./engine";

/** How long changes rest before they are saved, in milliseconds. */
const REST = 400;

/** What came in by a link or a project file, told before anything runs. */
export interface Arrival {
  from: "link" | "file";
  contents: string[];
  /** What pressing the button will do; null when there is nothing to run. */
  offer: "call" | "run" | null;
}

/** Everything the visitor made, without the contents of files. The same words as in links. */
type Outline = Omit<Shared, "component" | "files" | "beside"> & { beside?: BesideOutline[] };

interface Contents {
  component: ComponentFile | null;
  files: GivenFiles;
  beside: readonly BesideContents[];
}

/** Saves what one is doing, brings it back, and starts anew; several tabs never write the same project. */
export class Projects {
  readonly arrival = signal<Arrival | null>(null);
  /** Whether the last change is kept; "off" when the browser refuses. */
  readonly kept = signal<"yes" | "saving" | "off">("yes");
  readonly restored = signal(false);
  readonly title = computed(
    () => this.store.opened.file.value?.name ?? this.store.editor.packageName.value ?? "untitled",
  );
  private id = newProjectId();
  private readonly claims = new Claims();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private contentsWritten: Contents | null = null;

  constructor(
    private readonly store: Store,
    private readonly storage: Storage,
  ) {}

  /** Bring back what this tab was doing, or open the link it was given; then save every change. */
  async start(hash: string): Promise<void> {
    await this.restore(isLink(hash)).catch(() => {
      this.kept.value = "off";
    });
    if (isLink(hash)) await this.openLink(hash);
    this.restored.value = true;
    effect(() => {
      this.outline();
      this.contents();
      clearTimeout(this.timer);
      if (this.kept.peek() !== "off") this.kept.value = "saving";
      this.timer = setTimeout(() => void this.save(), REST);
    });
    addEventListener("pagehide", () => void this.save());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") void this.save();
    });
    void this.storage.prune().catch(() => undefined);
  }

  /** This tab's project; else the one saved last that no other tab holds. A tab that was duplicated goes on with a copy. */
  private async restore(fresh: boolean): Promise<void> {
    const remembered = this.claims.remembered;
    let found = fresh ? undefined : remembered ? await this.storage.load(remembered) : undefined;
    let mine = found !== undefined && (await this.claims.hold(found.id, 1000));
    if (!found && !fresh) {
      const last = (await this.storage.list())[0];
      if (last && (await this.claims.hold(last.id))) {
        found = last;
        mine = true;
      }
    }
    if (found && mine) this.id = found.id;
    else await this.claims.hold(this.id);
    this.claims.remember(this.id);
    if (!found) return;
    const contents = await this.storage.loadContents(found.id);
    this.apply(found.data as Outline, contents?.files ?? {}, contents?.beside);
    this.store.opened.file.value = contents?.component ?? null;
    if (mine) this.contentsWritten = this.contents();
    if (contents?.component) void this.reopen(contents.component, found.data as Outline);
  }

  private async reopen(component: ComponentFile, outline: Outline): Promise<void> {
    if (outline.replay) this.store.grants.replay(outline.replay);
    try {
      await this.store.session.engine.ready;
      if (this.store.opened.file.value !== component) return; // the visitor was faster
      if ((await this.store.opened.open(component)) === false) return;
      this.store.calls.select(outline.func);
      if (typeof outline.keep === "boolean") this.store.calls.keep.value = outline.keep;
      this.selectSomething();
    } catch (error) {
      if (!isStopped(error)) throw error;
    }
  }

  /** Take over the WIT, the settings and the view of `outline`; the component is opened by who calls. */
  private apply(outline: Outline, files: GivenFiles, beside: readonly BesideContents[] = []): void {
    const { editor, calls, runs, imports, view, traces } = this.store;
    const known = { ...emptyShared(), ...outline };
    batch(() => {
      const name = known.witName !== undefined && isFileName(known.witName) ? known.witName : MAIN;
      editor.load(foreignFiles({ ...known.moreWit, [name]: known.wit }), name);
      calls.texts.value = known.args;
      calls.selected.value = known.func;
      calls.keep.value = known.keep;
      runs.line.value = known.argv;
      runs.env.value = known.env;
      runs.stdin.value = known.stdin;
      runs.given.files.value = files;
      runs.beside.load(outline.beside ?? [], beside);
      runs.given.readOnly.value = known.readOnly === true;
      runs.given.quota.value = known.quota ?? null;
      imports.answers.value = known.answers;
      view.side.value = oneOf<Side>(known.view.left, ["wit", "component", "imports"], "wit");
      view.tab.value = oneOf<Tab>(known.view.tab, ["wit", "component", "imports", "call", "trace"], "wit");
      view.part.value = oneOf(known.view.part, ["overview", "wit"], "overview");
      traces.wanted.value = known.view.event;
    });
  }

  /** What is there now, without the contents of files. Reads signals, so an effect that calls it follows them. */
  private outline(): Outline {
    const { editor, calls, runs, imports, grants, view, traces, session } = this.store;
    return {
      madeWith: session.hello.value?.version ?? "",
      wit: editor.text.value,
      ...texts(editor.files.value, editor.current.value),
      func: calls.selected.value,
      args: { ...calls.texts.value },
      keep: calls.keep.value,
      argv: runs.line.value,
      env: runs.env.value,
      stdin: runs.stdin.value,
      ...(runs.given.readOnly.value ? { readOnly: true } : {}),
      ...(runs.given.quota.value === null ? {} : { quota: runs.given.quota.value }),
      ...(runs.beside.some.value ? { beside: runs.beside.outline() } : {}),
      answers: { ...imports.answers.value },
      ...(grants.http.value === "replay" ? { replay: [...grants.exchanges.value] } : {}),
      view: {
        left: view.side.value,
        part: view.part.value,
        tab: view.tab.value,
        event: traces.events.value.length ? traces.chosen.value : traces.wanted.value,
      },
    };
  }

  /** The contents of files. Reads signals, too. */
  private contents(): Contents {
    const { opened, runs } = this.store;
    return { component: opened.file.value, files: runs.given.files.value, beside: runs.beside.contents.value };
  }

  /** Everything, for a link (`func` only) or a project file (all). */
  async capture(how: "link" | "file"): Promise<Shared> {
    const outline = this.outline();
    const file = this.store.opened.file.value;
    const contents = this.contents();
    const files = await sharedFiles(contents.files);
    const { beside: lines = [], ...rest } = outline;
    const beside: NonNullable<Shared["beside"]> = [];
    for (const [at, { name, blob, files }] of contents.beside.entries()) {
      const bytes = new Uint8Array(await blob.arrayBuffer());
      beside.push({ name, bytes, files: await sharedFiles(files), ...(lines[at] ?? { line: name }) });
    }
    const func = this.store.calls.func.value;
    rest.answers = only(rest.answers, this.store.imports.functions.value);
    rest.args = only(rest.args, this.store.opened.functions.value);
    if (how === "link")
      rest.args = func ? { [func.path]: this.store.calls.arguments_.value.map((one) => one.text.value) } : {};
    const component = file ? { name: file.name, bytes: new Uint8Array(await file.blob.arrayBuffer()) } : null;
    return { ...rest, component, files, ...(beside.length ? { beside } : {}) };
  }

  async save(): Promise<void> {
    clearTimeout(this.timer);
    if (this.kept.value === "off") return;
    if (this.contentsWritten === null && this.untouched()) {
      this.kept.value = "yes";
      return;
    }
    try {
      const contents = this.contents();
      const { component, files, beside } = this.contentsWritten ?? {};
      if (contents.component !== component || contents.files !== files || contents.beside !== beside) {
        await this.storage.saveContents(this.id, contents);
        this.contentsWritten = contents;
      }
      await this.storage.save({ id: this.id, savedAt: Date.now(), title: this.title.value, data: this.outline() });
      this.kept.value = "yes";
    } catch {
      this.kept.value = "off";
    }
  }

  /** Nothing of the visitor's is here yet. */
  private untouched(): boolean {
    const { editor, opened, runs } = this.store;
    return (
      editor.text.value === EXAMPLE_WIT &&
      editor.names.value.length === 1 &&
      opened.file.value === null &&
      Object.keys(runs.given.files.value).length === 0 &&
      !runs.beside.some.value
    );
  }

  /** Open the link in `hash` as a new project. The one before stays in this browser. Nothing runs. */
  async openLink(hash: string): Promise<void> {
    history.replaceState(null, "", location.pathname + location.search);
    try {
      await this.arrive(await decodeLink(hash), "link");
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      this.store.view.notify(error.message, { hint: `${error.hint}; nothing of yours was changed`, tone: "error" });
    }
  }

  /** Open a project file as a new project. */
  async openProjectFile(file: Blob): Promise<void> {
    try {
      await this.arrive(await decodeProjectFile(file), "file");
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      this.store.view.notify(error.message, { hint: error.hint, tone: "error" });
    }
  }

  private async arrive(shared: Shared, from: Arrival["from"]): Promise<void> {
    if (this.restored.value) await this.begin();
    const { component, files, beside = [], ...rest } = shared;
    const outline: Outline = { ...rest, beside };
    const beyond = beside.map(({ name, bytes, files }) => ({
      name,
      blob: new Blob([bytes as BlobPart]),
      files: givenFiles(files),
    }));
    this.store.opened.clear();
    this.store.calls.reset();
    this.store.runs.alone();
    this.apply(outline, givenFiles(files), beyond);
    const contents: string[] = [];
    if (component) contents.push(`the component ${component.name} (${exactBytes(component.bytes.length)})`);
    const lines = [outline.wit, ...Object.values(outline.moreWit ?? {})].join("\n").split("\n").length;
    const count = 1 + Object.keys(outline.moreWit ?? {}).length;
    if (outline.wit || count > 1)
      contents.push(`WIT of ${counted(lines, "line")}${count > 1 ? ` in ${counted(count, "file")}` : ""}`);
    if (component && outline.func) contents.push(`a call of ${outline.func}`);
    if (outline.argv !== null || outline.stdin || outline.env) contents.push("settings of a run");
    if (Object.keys(files).length) contents.push(counted(Object.keys(files).length, "file"));
    for (const { name, bytes } of beside)
      contents.push(`${name} (${exactBytes(bytes.length)}) to run together with it`);
    const answers = Object.values(outline.answers).filter((one) => one.mode !== "nobody").length;
    if (answers) contents.push(`answers to ${counted(answers, "import")}`);
    if (outline.replay) contents.push(`answers to ${counted(outline.replay.length, "HTTP request")}`);
    this.arrival.value = { from, contents, offer: null };
    if (!component) return;
    const file = { name: component.name, blob: new Blob([component.bytes as BlobPart]) };
    this.store.opened.file.value = file;
    void this.reopen(file, outline).then(() => {
      if (!this.arrival.value) return;
      const offer = this.store.calls.func.value ? "call" : this.store.opened.shown.value?.command ? "run" : null;
      this.arrival.value = { ...this.arrival.value, offer };
    });
  }

  /** Once a component is open, have one of its functions chosen. */
  selectSomething(): void {
    const { calls, opened } = this.store;
    if (calls.func.value || opened.shown.value?.command || this.store.servings.possible.value) return;
    const functions = opened.functions.value;
    calls.select((functions.find((one) => !usesHandles(one)) ?? functions[0])?.path ?? null);
  }

  /** A new, empty project; the one before is saved and can be brought back. */
  async begin(): Promise<void> {
    await this.save();
    await this.fork();
    batch(() => {
      this.arrival.value = null;
      this.store.opened.clear();
      this.store.calls.reset();
      this.store.runs.alone();
      this.apply({ ...emptyShared(), wit: EXAMPLE_WIT }, {});
    });
  }

  /** What is here goes on as another project; the one it was stays in this browser as it was saved last. */
  async fork(): Promise<void> {
    this.id = newProjectId();
    this.contentsWritten = null;
    await this.claims.hold(this.id);
    this.claims.remember(this.id);
  }

  /** Begin anew, and offer to undo it. */
  async renew(): Promise<void> {
    const before = this.id;
    await this.begin();
    this.store.view.notify("A new project. The one before is kept in this browser.", {
      act: { label: "Undo", run: () => void this.bringBack(before) },
    });
  }

  /** Go back to a saved project. */
  async bringBack(id: string): Promise<void> {
    if (this.store.session.busy.value) return;
    const found = await this.storage.load(id);
    if (!found) return;
    await this.save();
    const contents = await this.storage.loadContents(id);
    this.id = (await this.claims.hold(id)) ? id : newProjectId();
    await this.claims.hold(this.id);
    this.contentsWritten = null;
    this.claims.remember(this.id);
    this.arrival.value = null;
    this.store.opened.clear();
    this.store.calls.reset();
    this.store.runs.alone();
    this.apply(found.data as Outline, contents?.files ?? {}, contents?.beside);
    this.store.opened.file.value = contents?.component ?? null;
    if (contents?.component) await this.reopen(contents.component, found.data as Outline);
  }

  /** The other projects this browser keeps, the last first. */
  async recent(): Promise<{ id: string; title: string; savedAt: number }[]> {
    const all = await this.storage.list().catch(() => []);
    return all.filter((one) => one.id !== this.id).slice(0, 12);
  }
}

async function sharedFiles(files: GivenFiles): Promise<Record<string, SharedFile>> {
  const found: Record<string, SharedFile> = {};
  for (const [path, file] of Object.entries(files)) {
    found[path] = file instanceof Blob ? new Uint8Array(await file.arrayBuffer()) : file;
  }
  return found;
}

function givenFiles(files: Readonly<Record<string, SharedFile>>): GivenFiles {
  return Object.fromEntries(
    Object.entries(files).map(([path, file]) => [
      path,
      file instanceof Uint8Array ? new Blob([file as BlobPart]) : file,
    ]),
  );
}

/** How links and saved projects tell several texts: what goes without saying is left out. */
function texts(files: WitFiles, current: string): Pick<Shared, "witName" | "moreWit"> {
  const { [current]: _, ...others } = files;
  return {
    ...(current === MAIN ? {} : { witName: current }),
    ...(Object.keys(others).length ? { moreWit: others } : {}),
  };
}

/** The entries that belong to a function of the open component. */
function only<T>(entries: Readonly<Record<string, T>>, functions: readonly { path: string }[]): Record<string, T> {
  const paths = new Set(functions.map((one) => one.path));
  return Object.fromEntries(Object.entries(entries).filter(([path]) => paths.has(path)));
}

function oneOf<T extends string>(text: string, allowed: readonly T[], otherwise: T): T {
  return (allowed as readonly string[]).includes(text) ? (text as T) : otherwise;
}
