import type { Server } from "../serve/server";
import { isProjectFile } from "../share/link";
import { counted } from "../text/bytes";
import { plainName } from "../text/names";
import { isFileName, MAIN } from "../wit/files";
import { Calls } from "./calls";
import { Editor, EXAMPLE_WIT } from "./editor";
import { asFailure, isStopped, type Engine } from "./engine";
import { Grants } from "./grants";
import { Imports } from "./imports";
import { Offline } from "./offline";
import { Opened } from "./opened";
import { Projects } from "./projects";
import { Runs } from "./runs";
import { Servings } from "./servings";
import { Session } from "./session";
import { Storage } from "./storage";
import { Traces } from "./traces";
import { View } from "./view";

/** What the forms of the example start with. */
const EXAMPLE_CALLS: Readonly<Record<string, string[]>> = {
  greet: ['"wörld"'],
  middle: ["[{x: 0, y: 0}, {x: 4, y: 0}, {x: 4, y: 3}]"],
  area: ["rectangle((3, 4.5))"],
  mix: ["{red, green}", "{green, blue}"],
  share: ["7", "0"],
};

/** A file that was dropped, or a folder (null); `path` says in which folders it lay. */
export interface Dropped {
  path: string;
  blob: File | null;
}

/** The whole state of the page. Panels read it and call it; nothing here knows a panel. */
export class Store {
  readonly session: Session;
  readonly view = new View();
  readonly editor: Editor;
  readonly opened: Opened;
  readonly grants: Grants;
  readonly imports: Imports;
  readonly calls: Calls;
  readonly runs: Runs;
  readonly servings: Servings;
  readonly traces: Traces;
  readonly projects: Projects;
  readonly offline: Offline;

  constructor(engine: Engine, server: Server) {
    this.session = new Session(engine);
    this.editor = new Editor(this.session);
    this.opened = new Opened(this.session);
    this.grants = new Grants(this.opened);
    this.imports = new Imports(this.opened);
    this.runs = new Runs(this.session, this.opened, this.grants);
    this.calls = new Calls(this.session, this.opened, this.imports, this.grants, this.runs.given);
    this.servings = new Servings(this.session, this.opened, server, this.grants, this.runs);
    this.traces = new Traces(this.calls);
    this.projects = new Projects(this, new Storage());
    this.offline = new Offline(server.worker, this.view);
  }

  /** Files that were dropped: something to open, else files for what is open. */
  async takeDropped(dropped: readonly Dropped[]): Promise<void> {
    const files = dropped.flatMap(({ path, blob }) => (blob ? [{ path, file: blob }] : []));
    const alone = files.filter(({ path }) => !path.includes("/")).map(({ file }) => file);
    const texts = alone.filter((file) => file.name.endsWith(".wit"));
    if (texts.length === dropped.length && texts.length > 1) {
      for (const text of texts) await this.openFile(text);
      return;
    }
    const open = alone.find((file) => /\.(wasm|pycm|wit)$/i.test(file.name));
    if (!open && (this.opened.shown.value?.command || this.servings.possible.value || this.opened.findsFiles.value)) {
      await this.give(dropped);
      return;
    }
    const file = open ?? files[0]?.file;
    if (file) await this.openFile(file);
    else if (dropped.length) this.view.notify("A folder is for a command.", { hint: "open one first, then drop it" });
  }

  /** Do what a click asked for, and say what refused it. */
  attempt(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      const { kind, message, hint } = asFailure(error);
      if (kind !== "Stopped") this.view.notify(message, { ...(hint ? { hint } : {}), tone: "error" });
    });
  }

  /** Give files to what is open; what is in a zip file is given, not the zip file. */
  private async give(dropped: readonly Dropped[]): Promise<void> {
    const { given } = this.runs;
    const zips = dropped.filter(({ path, blob }) => blob && /^[^/]*\.zip$/i.test(path));
    given.add(dropped.filter((one) => !zips.includes(one)));
    this.view.show("call");
    const words = dropped.length > 3 ? counted(dropped.length, "file") : dropped.map(({ path }) => path).join(", ");
    this.view.notify(`Given to ${this.opened.shown.value?.name ?? "it"}: ${words}`);
    for (const { path, blob } of zips) {
      if (this.session.busy.value) await this.session.idle();
      if (blob) await given.unpack(path, blob).catch(() => false);
    }
  }

  /** Open what the visitor chose or dropped: a `.wasm`, a project file, or a WIT text. */
  async openFile(file: File): Promise<void> {
    if (this.session.busy.value) {
      this.view.notify("Something is running.", { hint: "stop it, then open the file", tone: "error" });
      return;
    }
    this.view.clearNotices();
    let project: boolean;
    try {
      project = await isProjectFile(file);
    } catch {
      this.view.notify(`${file.name} could not be read.`, {
        hint: "it may have moved, or it is a folder",
        tone: "error",
      });
      return;
    }
    if (project) {
      await this.projects.openProjectFile(file);
      return;
    }
    if (file.name.endsWith(".wit") && file.size < 4_000_000) {
      this.addText(file.name, await file.text());
      return;
    }
    await this.openComponent(plainName(file.name), file);
  }

  /** The editor shows this text and no other; what was there before can be brought back. */
  showText(name: string, text: string, words: string): void {
    const files = this.editor.files.peek();
    const current = this.editor.current.peek();
    this.editor.load({ [name]: text }, name);
    this.view.show("wit");
    this.view.notify(words, {
      hint: "your texts from before are not lost",
      act: { label: "Bring them back", run: () => this.editor.load(files, current) },
    });
  }

  /** One more text for the project; in place of the example, while that is all there is. */
  private addText(name: string, text: string): void {
    const { editor } = this;
    const safe = isFileName(name) ? name : MAIN;
    if (editor.names.peek().length === 1 && editor.text.peek() === EXAMPLE_WIT) editor.load({ [safe]: text }, safe);
    else if (safe in editor.files.peek()) {
      editor.write(safe, text);
      editor.show(safe);
    } else editor.add(safe, text);
    this.view.show("wit");
  }

  /** Open a component or core module, and go where one sees it. */
  async openComponent(name: string, blob: Blob): Promise<void> {
    try {
      const before = this.opened.file.peek();
      if (before) await this.projects.save();
      const opened = await this.opened.open({ name, blob });
      // The same name is the same program, built anew; another one is another project.
      if (opened && before && before.name !== name) {
        await this.projects.fork();
        this.runs.line.value = null;
      }
      this.view.show("component");
      this.view.clearNotices();
      if (!opened) return;
      this.projects.arrival.value = null;
      this.calls.reset();
      this.runs.reset();
      this.calls.keep.value = false;
      this.calls.select(null);
      this.view.part.value = "overview";
      this.projects.selectSomething();
    } catch (error) {
      if (!isStopped(error)) throw error;
      this.view.notify("Stopped. Nothing was changed.");
    }
  }

  /** The example that comes with the page. */
  async openExample(): Promise<void> {
    const response = await fetch("./bench.wasm");
    if (!response.ok) {
      this.view.notify("The example could not be fetched.", {
        hint: "check that the site is complete and reload",
        tone: "error",
      });
      return;
    }
    await this.openComponent("bench.wasm", await response.blob());
    for (const [func, texts] of Object.entries(EXAMPLE_CALLS))
      this.calls.setArguments(`lab:bench/instruments@1.0.0#${func}`, texts);
  }
}
