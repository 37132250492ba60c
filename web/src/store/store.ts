import type { Server } from "../serve/server";
import { isProjectFile } from "../share/link";
import { plainName } from "../text/names";
import { isFileName, MAIN } from "../wit/files";
import { Calls } from "./calls";
import { Editor, EXAMPLE_WIT } from "./editor";
import { isStopped, type Engine } from "./engine";
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
    this.calls = new Calls(this.session, this.opened, this.imports, this.grants);
    this.runs = new Runs(this.session, this.opened, this.grants);
    this.servings = new Servings(this.session, this.opened, server);
    this.traces = new Traces(this.calls);
    this.projects = new Projects(this, new Storage());
    this.offline = new Offline(server.worker, this.view);
  }

  /** Files that were dropped: something to open, else files for the command that is open. */
  async takeDropped(files: readonly File[]): Promise<void> {
    const texts = files.filter((file) => file.name.endsWith(".wit"));
    if (texts.length === files.length && texts.length > 1) {
      for (const text of texts) await this.openFile(text);
      return;
    }
    const open = files.find((file) => /\.(wasm|pycm|wit)$/i.test(file.name));
    if (!open && this.opened.shown.value?.command) {
      this.runs.addFiles(files.map((file) => ({ path: file.name, blob: file })));
      this.view.show("call");
      this.view.notify(`Given to the command: ${files.map((file) => `/${file.name}`).join(", ")}`);
      return;
    }
    const file = open ?? files[0];
    if (file) await this.openFile(file);
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
      const opened = await this.opened.open({ name, blob });
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
