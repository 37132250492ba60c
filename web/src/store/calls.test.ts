import { describe, expect, it, vi } from "vitest";
import type { OpenResult } from "../protocol";
import { Calls } from "./calls";
import type { Engine } from "./engine";
import { Given } from "./given";
import { Grants } from "./grants";
import { Imports } from "./imports";
import { Opened } from "./opened";
import { Session } from "./session";

const OPEN: OpenResult = {
  id: "c1",
  kind: "component",
  name: "kit.wasm",
  size: 8,
  wit: "",
  command: false,
  missing: [],
  imports: [
    {
      name: "x:y/host",
      types: [],
      answered: "nobody",
      funcs: [
        { path: "x:y/host#ask", name: "ask", params: [], result: { kind: "u8", text: "u8" }, async_: false, wit: "" },
      ],
    },
  ],
  exports: [
    {
      name: "",
      types: [],
      funcs: [
        {
          path: "twice",
          name: "twice",
          params: [{ name: "n", type: { kind: "u8", text: "u8" } }],
          result: { kind: "u8", text: "u8" },
          async_: false,
          wit: "",
        },
        {
          path: "[constructor]pot",
          name: "[constructor]pot",
          params: [],
          result: { kind: "own", text: "pot" },
          async_: false,
          wit: "",
        },
      ],
    },
  ],
};

/** A page with `OPEN` open, whose engine answers with `answers` by method. */
function page(answers: Partial<Record<string, (params: never) => unknown>>) {
  const asked: [string, unknown][] = [];
  const engine: Engine = {
    ready: new Promise(() => undefined),
    call: ((method: string, params: never) => {
      asked.push([method, params]);
      const answer = answers[method];
      return answer
        ? Promise.resolve().then(() => answer(params))
        : Promise.reject({ kind: "BadRequest", message: method });
    }) as Engine["call"],
    ask: () => Promise.reject({ kind: "BadRequest", message: "not asked here" }),
    stop: () => Promise.resolve(),
    status: { state: "ready", method: null, progress: null, boot: null },
    subscribe: () => () => undefined,
  };
  const session = new Session(engine);
  const opened = new Opened(session);
  const imports = new Imports(opened);
  const grants = new Grants(opened);
  const given = new Given(session);
  const calls = new Calls(session, opened, imports, grants, given);
  opened.shown.value = OPEN;
  return { asked, session, opened, imports, grants, given, calls };
}

describe("a call", () => {
  it("keeps form and text the same, both ways", async () => {
    vi.useFakeTimers();
    const { calls } = page({
      "wave-check": ({ text }: { text: string }) =>
        text === "7"
          ? { value: 7, error: null }
          : { value: null, error: { start: 0, end: 1, severity: "error", message: "no", hint: null } },
    });
    calls.select("twice");
    const [n] = calls.arguments_.value;
    expect(n?.text.value).toBe("0");
    n?.setValue(5);
    expect(n?.text.value).toBe("5");
    n?.setText("7");
    await vi.runAllTimersAsync();
    expect(n?.value.value).toBe(7);
    n?.setText("x");
    await vi.runAllTimersAsync();
    expect(n?.value.value).toBe(7);
    expect(calls.obstacle.value).toBe("n: no");
    n?.setValue("300");
    expect(calls.obstacle.value).toBe("n: u8 goes from 0 to 255");
    expect(calls.texts.value).toEqual({ twice: ["300"] });
    vi.useRealTimers();
  });

  it("is made in a fresh instance, and remembered", async () => {
    const { calls, asked } = page({ invoke: () => ({ result: "10", trace: [], truncated: false }) });
    calls.select("twice");
    calls.arguments_.value[0]?.setValue(5);
    await calls.call();
    expect(asked).toEqual([
      ["invoke", { id: "c1", func: "twice", args: ["5"], instance: null, imports: [], grants: {}, trace: true }],
    ]);
    expect(calls.history.value).toMatchObject([
      { number: 1, name: "twice", args: ["5"], outcome: "10", ended: "result" },
    ]);
  });

  it("keeps its instance, until a trap or another way to answer", async () => {
    let trap = false;
    const { calls, asked, imports } = page({
      instantiate: () => ({ instance: `i${asked.length}` }),
      invoke: () =>
        trap
          ? { trap: { kind: "other", message: "t", rule: null, where: null, hint: null }, trace: [], truncated: false }
          : { result: "pot#1", trace: [], truncated: false },
    });
    calls.select("[constructor]pot");
    expect(calls.keep.value).toBe(true);
    await calls.call();
    expect(calls.instance.value).toEqual({ id: "i1", calls: 1, handles: ["pot#1"] });
    await calls.call();
    expect(asked.map(([method]) => method)).toEqual(["instantiate", "invoke", "invoke"]);
    imports.setMode("x:y/host#ask", "typed");
    expect(calls.instance.value).toBe(null);
    trap = true;
    await calls.call();
    expect(asked[3]).toEqual(["instantiate", { id: "c1", imports: ["x:y/host#ask"], grants: {} }]);
    expect(calls.instance.value).toBe(null);
    expect(calls.last.value?.answer?.trap?.message).toBe("t");
  });

  it("is given files where it looks for directories; other files, another instance", async () => {
    const { asked, opened, calls, given } = page({
      instantiate: () => ({ instance: "i1" }),
      invoke: () => ({ result: "0", trace: [], truncated: false }),
    });
    given.add([{ path: "/a.txt", blob: new Blob(["a"]) }]);
    calls.select("twice");
    await calls.call();
    expect(asked.at(-1)?.[1]).not.toHaveProperty("files");
    const preopens = { name: "wasi:filesystem/preopens@0.2.0", types: [], answered: "wasi" as const, funcs: [] };
    opened.shown.value = { ...OPEN, imports: [preopens] };
    calls.select("twice");
    calls.keep.value = true;
    await calls.call();
    expect(asked.at(-2)).toMatchObject(["instantiate", { files: { "/a.txt": {} } }]);
    expect(calls.instance.value).not.toBeNull();
    given.remove("/a.txt");
    expect(calls.instance.value).toBeNull();
  });

  it("that was stopped leaves everything as it was", async () => {
    const { calls } = page({
      invoke: () => {
        throw { kind: "Stopped", message: "stopped" };
      },
    });
    calls.select("twice");
    await calls.call();
    expect(calls.last.value).toBe(null);
    expect(calls.history.value).toEqual([]);
  });
});

describe("an import that the page answers", () => {
  it("is answered in order; the last answer repeats; a new instance starts over", async () => {
    const { imports } = page({});
    imports.setMode("x:y/host#ask", "typed");
    imports.setTexts("x:y/host#ask", ["1", "2"]);
    expect([
      await imports.reply("x:y/host#ask", []),
      await imports.reply("x:y/host#ask", []),
      await imports.reply("x:y/host#ask", []),
    ]).toEqual(["1", "2", "2"]);
    imports.rewind();
    expect(await imports.reply("x:y/host#ask", [])).toBe("1");
    expect(imports.log.length).toBe(4);
  });
  it("asks, records, and may be refused", async () => {
    const { imports } = page({});
    imports.setMode("x:y/host#ask", "ask");
    const first = imports.reply("x:y/host#ask", ["1"]);
    expect(imports.question.value?.args).toEqual(["1"]);
    imports.question.value?.answer("42");
    expect(await first).toBe("42");
    expect(imports.answers.value["x:y/host#ask"]).toEqual({ mode: "ask", texts: ["42"] });
    const second = imports.reply("x:y/host#ask", []);
    imports.question.value?.refuse("no");
    await expect(second).rejects.toThrow("no");
  });
  it("says what is missing", async () => {
    const { imports } = page({});
    await expect(imports.reply("x:y/host#ask", [])).rejects.toThrow("nobody answers `x:y/host#ask`");
    imports.setMode("x:y/host#ask", "typed");
    await expect(imports.reply("x:y/host#ask", [])).rejects.toThrow("no answer is written");
  });
});
