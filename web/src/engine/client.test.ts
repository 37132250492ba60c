import { beforeEach, describe, expect, it, vi } from "vitest";

import type { Failure } from "../protocol.ts";
import { Client, type WorkerLike } from "./client.ts";
import type { EngineRequest, FromWorker, ToWorker } from "./messages.ts";

/** A worker that does what the test says. */
class FakeWorker implements WorkerLike {
  onmessage: ((event: MessageEvent<FromWorker>) => void) | null = null;
  onerror: ((event: ErrorEvent) => void) | null = null;
  terminated = false;
  suspends = true;
  sent: ToWorker[] = [];

  postMessage(message: ToWorker): void {
    this.sent.push(message);
  }

  terminate(): void {
    this.terminated = true;
  }

  say(message: FromWorker): void {
    this.onmessage?.({ data: message } as MessageEvent<FromWorker>);
  }

  boot(): void {
    this.say({ event: "booted", boot: "snapshot", suspends: this.suspends });
  }

  get requests(): EngineRequest[] {
    return this.sent.filter((message) => message.type === "request");
  }

  /** Answer the latest request. */
  reply(result: unknown): void {
    this.say({ event: "reply", id: this.requests.at(-1)!.id, result });
  }

  fail(error: Failure): void {
    this.say({ event: "reply", id: this.requests.at(-1)!.id, error });
  }
}

const HELLO = { version: "1", python: "3", features: [], boot: "snapshot" };
const settle = () => new Promise((resolve) => setTimeout(resolve));

let workers: FakeWorker[];
let client: Client;
const latest = () => workers.at(-1)!;

beforeEach(async () => {
  workers = [];
  const spawn = () => {
    workers.push(new FakeWorker());
    return latest();
  };
  client = new Client({ spawn, root: "http://localhost/", grace: 5 });
});

/** The client with `hello` answered. */
async function ready(): Promise<void> {
  latest().boot();
  latest().reply(HELLO);
  await client.ready;
}

async function opened(name = "a.wasm", id = "c1"): Promise<string> {
  const opening = client.call("open", { name, bytes: new Uint8Array([1, 2, 3]) });
  await settle();
  latest().reply({ id, kind: "component", name });
  return (await opening).id;
}

describe("booting", () => {
  it("says hello first, and is ready then", async () => {
    expect(client.state).toBe("booting");
    const states: string[] = [];
    client.subscribe((status) => states.push(status.state));
    latest().say({ event: "progress", id: 0, stage: "download", done: 1, total: 2, unit: "bytes" });
    expect(client.status.progress?.done).toBe(1);
    await ready();
    expect(await client.ready).toEqual(HELLO);
    expect(states.at(-1)).toBe("ready");
  });

  it("fails everything that waits when Python does not start, and tries again on stop", async () => {
    const call = client.call("check-wit", { text: "" });
    latest().say({ event: "dead", message: "no WebAssembly" });
    await expect(client.ready).rejects.toMatchObject({ kind: "InternalError" });
    await expect(call).rejects.toMatchObject({ message: "the engine did not start: no WebAssembly" });
    expect(client.state).toBe("failed");
    await expect(client.call("check-wit", { text: "" })).rejects.toMatchObject({ kind: "InternalError" });
    await client.stop();
    expect(client.state).toBe("booting");
    expect(workers).toHaveLength(2);
  });
});

describe("requests", () => {
  it("run one at a time, in order", async () => {
    await ready();
    const first = client.call("check-wit", { text: "1" });
    const second = client.call("check-wit", { text: "2" });
    await settle();
    expect(latest().requests.map(({ params }) => params)).toEqual([{}, { text: "1" }]);
    latest().reply("one");
    expect(await first).toBe("one");
    await settle();
    latest().reply("two");
    expect(await second).toBe("two");
  });

  it("that change nothing are asked beside what runs, and asked again when the worker is lost", async () => {
    const early = client.ask("check-wit", { text: "early" });
    await ready();
    const running = client.call("check-wit", { text: "running" });
    await settle();
    const beside = client.ask("check-wit", { text: "beside" });
    const sent = (text: string) => latest().requests.find(({ params }) => (params as { text?: string }).text === text);
    const [asked, besides] = [sent("early"), sent("beside")];
    expect(sent("running")).toBeDefined();
    latest().say({ event: "reply", id: besides!.id, result: "B" });
    expect(await beside).toBe("B");
    latest().say({ event: "dead", message: "gone" });
    await expect(running).rejects.toMatchObject({ kind: "InternalError" });
    latest().boot();
    expect(latest().requests.at(-1)).toMatchObject({ id: asked!.id, params: { text: "early" } });
    latest().say({ event: "reply", id: asked!.id, error: { kind: "WitError", message: "m", where: null, hint: null } });
    await expect(early).rejects.toMatchObject({ kind: "WitError" });
  });

  it("that change nothing are answered by another worker while a guest holds Python", async () => {
    const spawn = () => {
      workers.push(new FakeWorker());
      return latest();
    };
    client = new Client({ spawn, root: "http://localhost/", patience: 5 });
    await ready();
    const running = client.call("check-wit", { text: "running" });
    await settle();
    const first = latest();
    const question = client.ask("check-wit", { text: "beside" });
    await vi.waitFor(() => expect(latest()).not.toBe(first));
    const second = latest();
    second.boot();
    expect(second.requests).toMatchObject([{ params: { text: "beside" } }]);
    const next = client.ask("check-wit", { text: "next" });
    second.say({ event: "reply", id: second.requests[0]!.id, result: "B" });
    second.say({ event: "reply", id: second.requests[1]!.id, result: "N" });
    expect([await question, await next]).toEqual(["B", "N"]);
    const { id } = first.requests.find(({ params }) => (params as { text?: string }).text === "running")!;
    first.say({ event: "reply", id, result: "R" });
    expect(await running).toBe("R");
    expect([first.terminated, second.terminated]).toEqual([false, true]);
  });

  it("reject with the failure as data", async () => {
    await ready();
    const call = client.call("check-wit", { text: "" });
    await settle();
    const error: Failure = { kind: "WitError", message: "no", where: { start: 1, end: 2 }, hint: null };
    latest().fail(error);
    await expect(call).rejects.toEqual(error);
    expect(client.state).toBe("ready");
  });

  it("show progress and output, and let the caller answer imports", async () => {
    await ready();
    const [onProgress, onOutput] = [vi.fn(), vi.fn()];
    const onImportCall = vi.fn(async (_func: string, args: string[]) => `${args[0]}!`);
    const call = client.call("check-wit", { text: "" }, { onProgress, onOutput, onImportCall });
    await settle();
    const { id } = latest().requests.at(-1)!;
    latest().say({ event: "progress", id, stage: "x", done: 1, total: 0, unit: "items" });
    latest().say({ event: "output", id, stream: "stdout", bytes: new Uint8Array([104]) });
    latest().say({ event: "import-call", id, call: 7, func: "a:b/c#d", args: ['"e"'] });
    await settle();
    expect(onProgress).toHaveBeenCalledOnce();
    expect(onOutput).toHaveBeenCalledWith("stdout", new Uint8Array([104]));
    expect(latest().sent.at(-1)).toEqual({ type: "answer", event: "import-answer", call: 7, result: '"e"!' });
    latest().reply(null);
    await call;
  });

  it("answer an import with the error of the caller's function", async () => {
    await ready();
    const onImportCall = async () => Promise.reject(new Error("not today"));
    void client.call("check-wit", { text: "" }, { onImportCall });
    await settle();
    latest().say({ event: "import-call", id: latest().requests.at(-1)!.id, call: 1, func: "f", args: [] });
    await settle();
    expect(latest().sent.at(-1)).toMatchObject({ error: "not today" });
  });

  it("are removed from the queue by their signal", async () => {
    await ready();
    const controller = new AbortController();
    void client.call("check-wit", { text: "1" });
    const waiting = client.call("check-wit", { text: "2" }, { signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ kind: "Stopped" });
    expect(workers).toHaveLength(1);
  });
});

describe("stop", () => {
  it("terminates what does not end by itself, and runs what waited in a new worker", async () => {
    await ready();
    const first = client.call("check-wit", { text: "1" });
    const second = client.call("check-wit", { text: "2" });
    const stopped = expect(first).rejects.toMatchObject({ kind: "Stopped" });
    await settle();
    expect(client.state).toBe("busy");
    const stopping = client.stop();
    expect(client.state).toBe("stopping");
    await stopping;
    await stopped;
    expect(workers[0]!.terminated).toBe(true);
    expect(client.state).toBe("booting");
    latest().boot();
    await settle();
    latest().reply("two");
    expect(await second).toBe("two");
  });

  it("keeps the worker of a request that ends within the grace", async () => {
    vi.stubGlobal("crossOriginIsolated", true);
    client = new Client({
      spawn: () => {
        workers.push(new FakeWorker());
        return latest();
      },
      root: "http://localhost/",
      grace: 1000,
    });
    vi.unstubAllGlobals();
    await ready();
    const call = client.call("check-wit", { text: "" });
    await settle();
    const before = workers.length;
    const stopping = client.stop();
    const [boot] = latest().sent;
    expect(boot?.type === "boot" && boot.interrupt?.[0]).toBe(2);
    latest().fail({ kind: "Stopped", message: "stopped", where: null, hint: null });
    await expect(call).rejects.toMatchObject({ kind: "Stopped" });
    await stopping;
    expect(workers).toHaveLength(before);
    expect(client.state).toBe("ready");
    expect(boot?.type === "boot" && boot.interrupt?.[0]).toBe(0);
  });

  it("ends an instance whose call is stopped, though its worker lives", async () => {
    vi.stubGlobal("crossOriginIsolated", true);
    const spawn = () => {
      workers.push(new FakeWorker());
      return latest();
    };
    client = new Client({ spawn, root: "http://localhost/", grace: 60_000 });
    vi.unstubAllGlobals();
    await ready();
    const id = await opened();
    const made = client.call("instantiate", { id });
    await settle();
    latest().reply({ instance: "i1" });
    const { instance } = await made;
    const call = client.call("invoke", { id, instance, func: "f", args: [] });
    await settle();
    const stopping = client.stop();
    latest().fail({ kind: "Stopped", message: "stopped", where: null, hint: null });
    await expect(call).rejects.toMatchObject({ kind: "Stopped" });
    await stopping;
    await expect(client.call("invoke", { id, instance, func: "f", args: [] })).rejects.toMatchObject({
      message: `instance \`${instance}\` ended when the engine was stopped`,
    });
  });

  it("stops what waits while Python boots, but not the greeting", async () => {
    const call = client.call("check-wit", { text: "" });
    await client.stop();
    await expect(call).rejects.toMatchObject({ kind: "Stopped" });
    await ready();
    expect(workers).toHaveLength(1);
  });

  it("does nothing when nothing runs", async () => {
    await ready();
    await client.stop();
    expect(workers).toHaveLength(1);
    expect(client.state).toBe("ready");
  });
});

describe("a new worker", () => {
  async function restarted(): Promise<void> {
    const call = client.call("check-wit", { text: "" });
    call.catch(() => undefined);
    await settle();
    await client.stop();
    latest().boot();
  }

  it("gets a component again when it is next used, under the page's id", async () => {
    await ready();
    const a = await opened("a.wasm", "x1");
    const b = await opened("b.wasm", "x2");
    expect(a).not.toBe(b);
    await restarted();
    const call = client.call("invoke", { id: b, func: "f", args: [] });
    await settle();
    expect(latest().requests.at(-1)).toMatchObject({ method: "open", params: { name: "b.wasm" } });
    latest().reply({ id: "x1" });
    await settle();
    expect(latest().requests.at(-1)).toMatchObject({ method: "invoke", params: { id: "x1" } });
    latest().reply({ result: "1" });
    expect(await call).toEqual({ result: "1" });
  });

  it("knows no instance of the old one", async () => {
    await ready();
    const id = await opened();
    const made = client.call("instantiate", { id });
    await settle();
    latest().reply({ instance: "i1" });
    const { instance } = await made;
    await restarted();
    await expect(client.call("invoke", { id, instance, func: "f", args: [] })).rejects.toMatchObject({
      kind: "BadRequest",
    });
    expect(client.state).toBe("ready");
  });

  it("follows a crash, which fails what ran", async () => {
    await ready();
    const call = client.call("check-wit", { text: "" });
    await settle();
    latest().say({ event: "dead", message: "memory" });
    await expect(call).rejects.toMatchObject({ kind: "InternalError", message: "the engine died: memory" });
    expect(workers).toHaveLength(2);
  });

  it("hears nothing of the old one", async () => {
    await ready();
    await restarted();
    workers[0]!.say({ event: "dead", message: "late" });
    expect(workers).toHaveLength(2);
  });
});

it("keeps its own copy of the bytes, and makes a blob of large ones", async () => {
  await ready();
  const bytes = new Uint8Array([1, 2, 3]);
  void client.call("open", { name: "small", bytes });
  await settle();
  bytes[0] = 9;
  expect(latest().requests.at(-1)!.params).toEqual({ name: "small", bytes: new Uint8Array([1, 2, 3]) });
  latest().reply({ id: "x" });
  void client.call("open", { name: "large", bytes: new Uint8Array(5 << 20) });
  await vi.waitFor(() => expect(latest().requests).toHaveLength(3));
  const { params } = latest().requests.at(-1)!;
  expect((params as { bytes: Blob }).bytes.size).toBe(5 << 20);
});

it("refuses ids it does not know", async () => {
  await ready();
  await expect(client.call("close", { id: "c9" })).rejects.toMatchObject({ kind: "BadRequest" });
  await expect(client.call("open", { name: "x", bytes: "no" as never })).rejects.toMatchObject({ kind: "BadRequest" });
});
