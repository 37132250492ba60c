// The worker: boots Python, hands requests to app/bootstrap.py and its answers back. Python lives only here.

import { assets } from "./assets.ts";
import { boot } from "./boot.ts";
import { ask, take } from "./mailbox.ts";
import type { Boot, EngineRequest, FromWorker, ToWorker } from "./messages.ts";
import { failure } from "./messages.ts";
import { fetchThrough } from "./reach.ts";
import { counter } from "./ring.ts";
import { pack, unpack } from "./wire.ts";

declare const self: DedicatedWorkerGlobalScope;

/** The Python end (app/bootstrap.py, `Door`), as Pyodide shows it. */
interface Door {
  receive(id: number, method: string, text: string, bytes: readonly Uint8Array[], fetch: unknown): Promise<void>;
  feed(id: number, data: Uint8Array | undefined): void;
  taken(id: number, size: number): void;
  stop(id: number): void;
  answer(call: number, result: string | undefined, error: string | undefined): void;
}

/** What Python calls. */
const port = {
  reply(id: number, text: string, bytes: readonly Uint8Array[]): void {
    const message = unpack(text, bytes) as object;
    // Some may be what came with the request, where one buffer can be there twice.
    const transfer = [...new Set(bytes.map((item) => item.buffer as ArrayBuffer))];
    self.postMessage({ event: "reply", id, ...message }, { transfer });
  },
  event(text: string, bytes: readonly Uint8Array[]): void {
    const message = unpack(text, bytes) as FromWorker;
    if (message.event === "output") posted?.();
    self.postMessage(message, { transfer: bytes.map((item) => item.buffer as ArrayBuffer) });
  },
};

/** Whether the event loop goes on while a guest waits. */
const suspends = "Suspending" in WebAssembly;
const CHUNK = 4 << 20;
let door: Door | undefined;
/** A 2 in it: stop what runs. */
let interrupt: Uint8Array | null = null;
/** Counts what is posted of what guests write. */
let posted: (() => void) | undefined;

function post(message: FromWorker): void {
  self.postMessage(message);
}

/** What Python waits with where WebAssembly cannot be suspended: at most `ms` milliseconds, for what the page sends. Throws when that fails. */
function doze(mailbox: SharedArrayBuffer | string, root: string, ms: number): void {
  const mail = typeof mailbox === "string" ? ask(root, mailbox, ms) : take(mailbox, ms);
  if (mail?.type === "input") door?.feed(mail.id, mail.bytes ?? undefined);
  if (mail?.type === "stop") stop(mail.id);
}

/** Python does not run now, or this would not: what waits is ended here, and the interrupt is not needed. */
function stop(id: number): void {
  if (interrupt !== null) Atomics.store(interrupt, 0, 0);
  door?.stop(id);
}

async function start({ root, snapshot, interrupt: shared, mailbox, ring }: Boot): Promise<void> {
  const report = (stage: string, done: number, total: number) =>
    post({ event: "progress", id: 0, stage, done, total, unit: "bytes" });
  const { pyodide, boot: how } = await boot(assets(), root, snapshot, report);
  interrupt = shared;
  if (interrupt !== null) pyodide.setInterruptBuffer(interrupt);
  if (ring !== null) posted = counter(ring);
  const waiting = suspends ? undefined : (ms: number) => doze(mailbox, root, ms);
  door = pyodide.pyimport("app.bootstrap").start(port, how, waiting, ring ?? undefined) as Door;
  post({ event: "booted", boot: how, suspends });
}

async function request({ id, method, params, reach }: EngineRequest): Promise<void> {
  let arrived: unknown;
  try {
    arrived = await readBlobs(id, params);
  } catch (error) {
    const message = `the file cannot be read: ${String(error)}`;
    post({ event: "reply", id, error: failure("BadRequest", message, "open it again") });
    return;
  }
  if (interrupt !== null && Atomics.load(interrupt, 0) !== 0) {
    post({ event: "reply", id, error: failure("Stopped", "stopped") });
    return;
  }
  const { text, bytes } = pack(arrived);
  await door!.receive(id, method, text, bytes, reach ? fetchThrough(reach) : undefined);
}

/** The params with the bytes of each `Blob` in its place, wherever it is. */
async function readBlobs(id: number, params: unknown): Promise<unknown> {
  if (params instanceof Blob) return readBlob(id, params);
  if (typeof params !== "object" || params === null || ArrayBuffer.isView(params)) return params;
  if (Array.isArray(params)) {
    const items: unknown[] = [];
    for (const item of params) items.push(await readBlobs(id, item));
    return items;
  }
  const read: [string, unknown][] = [];
  for (const [key, value] of Object.entries(params)) {
    read.push([key, typeof value === "object" && value !== null ? await readBlobs(id, value) : value]);
  }
  return Object.fromEntries(read);
}

/** The bytes, read piece by piece so that progress shows. */
async function readBlob(id: number, blob: Blob): Promise<Uint8Array> {
  if (blob.size <= CHUNK) return new Uint8Array(await blob.arrayBuffer());
  const bytes = new Uint8Array(blob.size);
  for (let at = 0; at < blob.size; at += CHUNK) {
    post({ event: "progress", id, stage: "read", done: at, total: blob.size, unit: "bytes" });
    bytes.set(new Uint8Array(await blob.slice(at, at + CHUNK).arrayBuffer()), at);
  }
  return bytes;
}

// Stop may hit Python anywhere, also where nobody waits for what it raises.
self.addEventListener("error", (event) => {
  if (!String(event.message).includes("KeyboardInterrupt")) return;
  event.preventDefault();
  post({ event: "dead", message: "interrupted" });
});
self.addEventListener("unhandledrejection", (event) => {
  if (String(event.reason).includes("KeyboardInterrupt")) event.preventDefault();
});

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  switch (data.type) {
    case "boot":
      start(data).catch((error: unknown) => post({ event: "dead", message: String(error) }));
      break;
    case "request":
      request(data).catch((error: unknown) => {
        // Python answers failures as data. What arrives here is an interrupt that hit Python outside a request, or has killed the interpreter;
        // either way a new worker is the safe way on.
        const interrupted = String(error).includes("KeyboardInterrupt");
        if (!interrupted) console.error("PyCM: the interpreter died:", error);
        post({ event: "dead", message: interrupted ? "interrupted" : String(error) });
      });
      break;
    case "input":
      door?.feed(data.id, data.bytes ?? undefined);
      break;
    case "taken":
      door?.taken(data.id, data.size);
      break;
    case "stop":
      stop(data.id);
      break;
    case "answer":
      door?.answer(data.call, data.result, data.error);
      break;
  }
};
