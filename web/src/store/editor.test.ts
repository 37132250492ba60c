import { expect, it, vi } from "vitest";
import type { Engine } from "./engine";
import { Editor } from "./editor";
import { Session } from "./session";

type Ask = (method: string, params: { files: Record<string, string> }) => Promise<unknown>;

function editor(ask: Ask): Editor {
  const engine = {
    ready: Promise.resolve({ version: "0", python: "3", features: [], boot: "plain" }),
    ask,
    status: { state: "ready", method: null, progress: null, boot: null },
    subscribe: () => () => undefined,
  } as unknown as Engine;
  return new Editor(new Session(engine));
}

const settle = (time: number): Promise<unknown> => vi.advanceTimersByTimeAsync(time);

it("checks the newest texts, one request at a time", async () => {
  vi.useFakeTimers();
  const asked: string[] = [];
  let answer: (value: unknown) => void = () => undefined;
  const made = editor((_method, { files }) => {
    asked.push(files["a.wit"] ?? "");
    return new Promise((resolve) => (answer = resolve));
  });
  made.load({ "a.wit": "1" }, "a.wit");
  await settle(200);
  for (const text of ["2", "3", "4"]) {
    made.write("a.wit", text);
    await settle(200);
  }
  expect(asked).toEqual(["1"]);
  answer({ diagnostics: { "a.wit": [] }, outline: [], package: null });
  await settle(0);
  expect(asked).toEqual(["1", "4"]);
  vi.useRealTimers();
});

it("drops answers about texts that have changed", async () => {
  let answer: (value: unknown) => void = () => undefined;
  const made = editor(() => new Promise((resolve) => (answer = resolve)));
  const stale = made.ask("wit-hover", { at: 0 });
  made.write("main.wit", "other");
  answer({ hover: null });
  expect(await stale).toBe(null);
  const fresh = made.ask("wit-hover", { at: 0 });
  answer({ hover: null });
  expect(await fresh).toEqual({ hover: null });
});

it("adds, renames and removes texts, and keeps the last one", () => {
  const made = editor(() => new Promise(() => undefined));
  made.load({ "a.wit": "A" }, "a.wit");
  expect(made.remove("a.wit")).toBe(null);
  made.add("deps/b.wit", "B");
  expect([made.current.value, made.text.value]).toEqual(["deps/b.wit", "B"]);
  made.rename("deps/b.wit", "c.wit");
  expect([made.current.value, made.names.value]).toEqual(["c.wit", ["a.wit", "c.wit"]]);
  expect(made.remove("c.wit")).toBe("B");
  expect([made.current.value, made.files.value]).toEqual(["a.wit", { "a.wit": "A" }]);
});

it("applies edits to all texts at once", () => {
  const made = editor(() => new Promise(() => undefined));
  made.load({ "a.wit": "😀 x y x", "b.wit": "x" }, "a.wit");
  made.edit([
    { file: "a.wit", start: 2, end: 3, text: "long" },
    { file: "b.wit", start: 0, end: 1, text: "long" },
    { file: "a.wit", start: 6, end: 7, text: "long" },
  ]);
  expect(made.files.value).toEqual({ "a.wit": "😀 long y long", "b.wit": "long" });
});

it("knows where items are while the text changes, before it is checked again", async () => {
  vi.useFakeTimers();
  const item = { kind: "interface", name: "i", start: 13, end: 27, children: [] };
  const made = editor(() => Promise.resolve({ diagnostics: { "a.wit": [] }, outline: [item], package: null }));
  const text = "package a:b;\ninterface i {}\n";
  made.load({ "a.wit": text }, "a.wit");
  await settle(200);
  made.write("a.wit", text.replace("interface", "// 😀\ninterface"));
  expect(made.place(0)).toEqual([18, 32]);
  vi.useRealTimers();
});
