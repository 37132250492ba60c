// Booting Pyodide in the worker: from the snapshot, else plainly. Everything that is fetched is counted, for the progress bar.

import type { loadPyodide as Load, PyodideAPI } from "pyodide";

import type { Asset, Assets } from "./assets.ts";
import { ENVIRONMENT, lockFile, place } from "./image.js";

/** `done` and `total` in bytes as served. */
export type Report = (stage: string, done: number, total: number) => void;

export interface Booted {
  pyodide: PyodideAPI;
  boot: "snapshot" | "plain";
}

/**
 * Boot Python with our modules in it. `root` is the site's address. Rejects only when the plain boot fails, too.
 *
 * The snapshot is worth its risk (Pyodide's switches for it are private) only because nothing depends on it: whatever goes wrong with it,
 * the plain boot follows.
 */
export async function boot(assets: Assets, root: string, snapshot: boolean, report: Report): Promise<Booted> {
  const counter = new Counter(report);
  if (snapshot) {
    try {
      return { pyodide: await start(assets, root, counter, true), boot: "snapshot" };
    } catch (error) {
      console.warn("PyCM: the snapshot does not start, booting without it:", error);
    }
  }
  return { pyodide: await start(assets, root, counter, false), boot: "plain" };
}

async function start(assets: Assets, root: string, counter: Counter, snapshot: boolean): Promise<PyodideAPI> {
  const url = (asset: Asset) => new URL(asset.path, root).href;
  const wanted = [assets.wasm, assets.stdlib, assets.archive, ...(snapshot ? [assets.snapshot] : [])];
  counter.expect(wanted.reduce((sum, asset) => sum + asset.size, 0));

  const archive = counter.fetch(url(assets.archive)).then(bytesOf);
  // Pyodide wants the snapshot before it starts to compile; it gets the room for it, which is filled meanwhile.
  const image = snapshot ? new Uint8Array(assets.snapshot.unpacked) : undefined;
  const filled = image && counter.fetch(url(assets.snapshot)).then((response) => inflate(response, image));
  // Whoever fails first is reported; the others must not be reported as unhandled.
  archive.catch(() => undefined);
  filled?.catch(() => undefined);
  const [loader, glue] = await Promise.all([
    import(/* @vite-ignore */ url(assets.loader)) as Promise<{ loadPyodide: typeof Load }>,
    import(/* @vite-ignore */ url(assets.glue)) as Promise<{ default: CreateModule }>,
  ]);

  const create: CreateModule = async (settings) => {
    const [module] = await Promise.all([glue.default(settings), filled]);
    // A snapshot larger than Pyodide's initial memory fits once the memory has grown; all of it is overwritten then.
    while (image !== undefined && module.HEAP8.byteLength < image.byteLength) module._malloc(1 << 20);
    return module;
  };

  const pyodide = await counting(counter, url(assets.wasm), () =>
    loader.loadPyodide({
      indexURL: new URL(".", url(assets.wasm)).href,
      stdLibURL: url(assets.stdlib),
      lockFileContents: lockFile(assets.lock),
      env: { ...ENVIRONMENT },
      createPyodideModule: create as never,
      ...(image === undefined ? {} : { _loadSnapshot: image }),
    }),
  );
  place(pyodide, await archive);
  counter.finish();
  return pyodide;
}

type Module = { HEAP8: Int8Array; _malloc(size: number): number };
type CreateModule = (settings: unknown) => Promise<Module>;

/** Run `body` while fetches of the interpreter go through `counter`: Pyodide calls the global `fetch`. */
async function counting<T>(counter: Counter, wasm: string, body: () => Promise<T>): Promise<T> {
  const original = globalThis.fetch;
  const counted: typeof fetch = async (input, init) => {
    const response = await counter.fetch(String(input instanceof Request ? input.url : input), init);
    // Some hosts serve .wasm with another type, and streaming compilation insists on this one.
    return String(input) === wasm
      ? new Response(response.body, { headers: { "content-type": "application/wasm" }, status: response.status })
      : response;
  };
  globalThis.fetch = counted;
  try {
    return await body();
  } finally {
    globalThis.fetch = original;
  }
}

/** Counts the bytes of several responses against what is expected of all of them together. */
class Counter {
  #done = 0;
  #total = 0;
  #reported = 0;

  constructor(readonly report: Report) {}

  expect(total: number): void {
    this.#done = 0;
    this.#total = total;
    this.report("download", 0, total);
  }

  finish(): void {
    this.report("start", this.#total, this.#total);
  }

  async fetch(url: string, init?: RequestInit): Promise<Response> {
    const response = await fetchFrom(url, init);
    if (response.body === null) return response;
    const count = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        this.#add(chunk.byteLength);
        controller.enqueue(chunk);
      },
    });
    return new Response(response.body.pipeThrough(count), { headers: response.headers, status: response.status });
  }

  #add(size: number): void {
    // A host that compresses on the fly delivers more bytes here than the build counted.
    this.#done = Math.min(this.#done + size, this.#total);
    const now = performance.now();
    if (now - this.#reported < 50) return;
    this.#reported = now;
    this.report("download", this.#done, this.#total);
  }
}

const fetchFrom = globalThis.fetch.bind(globalThis);

async function bytesOf(response: Response): Promise<Uint8Array> {
  if (!response.ok) throw new Error(`${response.url || "the archive"}: HTTP status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** Unpack a gzip stream into `room`; its checksum guards the snapshot against corruption. */
async function inflate(response: Response, room: Uint8Array): Promise<void> {
  if (!response.ok || response.body === null) throw new Error(`no snapshot: HTTP status ${response.status}`);
  const gzip = new DecompressionStream("gzip") as ReadableWritablePair<Uint8Array, Uint8Array>;
  let at = 0;
  const fill = new WritableStream<Uint8Array>({
    write(chunk) {
      room.set(chunk, at);
      at += chunk.byteLength;
    },
  });
  await response.body.pipeThrough(gzip).pipeTo(fill);
  if (at !== room.byteLength) throw new Error(`the snapshot has ${at} bytes, expected ${room.byteLength}`);
}
