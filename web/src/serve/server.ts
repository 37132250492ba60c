// The page's end of serving: it gives components addresses, lets them answer what the service worker passes on, and keeps a log.

import type { Client } from "../engine/client.ts";
import type { Failure, HttpLog, RequestResult, ServeParams } from "../protocol.ts";
import type { Asked, FromPage, Head, ToPage, Whose, Wish } from "./messages.ts";
import { addressOf } from "./paths.ts";
import { present, Unpresentable } from "./present.ts";
import type { SiteWorker } from "./worker.ts";

/** A component with an address. */
export interface Serving {
  /** What the address has between `serve/` and the next slash. Nobody can guess it. */
  name: string;
  url: string;
  params: ServeParams;
  /** Hears, for each request it answers anew, of those that it makes itself. */
  hear?: () => (log: HttpLog) => void;
}

/** One request, and what became of it. */
export interface Exchange {
  number: number;
  serving: string;
  method: string;
  path: string;
  /** `left`: the reader went away first. */
  state: "waiting" | "answering" | "done" | "failed" | "stopped" | "left";
  status: number | null;
  /** Of the body, as the component wrote it. */
  bytes: number;
  /** In milliseconds, once it is over. */
  took: number | null;
  /** What was dropped or changed on the way, and what went wrong. */
  notes: readonly string[];
  /** What the component wrote to its standard streams, at most `WRITTEN` characters. */
  written: string;
}

export interface ServerState {
  servings: readonly Serving[];
  /** The last `KEPT`, in order. */
  exchanges: readonly Exchange[];
}

const KEPT = 200;
const WRITTEN = 4000;
const STOPPED = "stopped: the request was ended in the page that serves this";

export class Server {
  #state: ServerState = { servings: [], exchanges: [] };
  readonly #controls = new Map<number, AbortController>();
  readonly #listeners = new Set<(state: ServerState) => void>();
  #count = 0;

  constructor(
    readonly client: Pick<Client, "call">,
    readonly worker: SiteWorker,
    readonly root: string,
  ) {
    worker.listen((event) => {
      const message = event.data as ToPage;
      const [port] = event.ports;
      if (port === undefined || message.type === "wait") return;
      const serving = this.#state.servings.find((one) => one.name === message.serving);
      if (message.type === "whose") port.postMessage({ mine: serving !== undefined } satisfies Whose);
      if (message.type !== "ask") return;
      if (serving === undefined) port.postMessage({ type: "unknown" } satisfies FromPage);
      else void this.#answer(serving, message.asked, port);
    });
  }

  get state(): ServerState {
    return this.#state;
  }

  /** Be told of every change; returns how to stop being told. */
  subscribe(listener: (state: ServerState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Give a component an address. Each request gets a fresh instance, in a machine with `params`. Rejects with a `Failure`. */
  async start(params: ServeParams, hear?: Serving["hear"]): Promise<Serving> {
    await this.client.call("serve", params);
    await this.worker.control();
    const name = [...crypto.getRandomValues(new Uint8Array(9))]
      .map((byte) => byte.toString(36).padStart(2, "0"))
      .join("");
    const serving: Serving = { name, url: addressOf(this.root, name), params, ...(hear ? { hear } : {}) };
    this.#show({ servings: [...this.#state.servings, serving] });
    return serving;
  }

  /** Serve no more what has this address, or this component; what is being answered stops. Returns whether there was something. */
  end({ id, url }: { id?: string; url?: string }): boolean {
    const ended = this.#state.servings.filter((one) => one.url === url || one.params.id === id);
    this.#show({ servings: this.#state.servings.filter((one) => !ended.includes(one)) });
    for (const { number, serving, took } of this.#state.exchanges) {
      if (took === null && ended.some((one) => one.name === serving)) this.stop(number);
    }
    return ended.length > 0;
  }

  /** End a request. */
  stop(number: number): void {
    this.#controls.get(number)?.abort();
  }

  async #answer(serving: Serving, asked: Asked, port: MessagePort): Promise<void> {
    const control = new AbortController();
    const number = ++this.#count;
    const started = performance.now();
    this.#controls.set(number, control);
    this.#add({
      number,
      serving: serving.name,
      method: asked.method,
      path: asked.url.slice(new URL(asked.url).origin.length),
      state: "waiting",
      status: null,
      bytes: 0,
      took: null,
      notes: [],
      written: "",
    });
    const reply = new Reply(port, asked.method, serving.url.slice(0, -1), control);
    const text = new TextDecoder();
    const show = (change: Partial<Exchange> = {}) =>
      this.#change(number, { status: reply.status, bytes: reply.bytes, notes: reply.notes, ...change });
    let outcome: { result: RequestResult } | { error: Failure };
    try {
      const { method, url, headers, body } = asked;
      const params = { ...serving.params, method, url, headers, streaming: true, ...(body ? { body } : {}) };
      const result = await this.client.call("request", params, {
        signal: control.signal,
        onStart: () => show({ state: "answering" }),
        ...(serving.hear ? { onHttp: serving.hear() } : {}),
        onOutput: (_stream, bytes) => {
          const written = this.#state.exchanges.find((one) => one.number === number)?.written ?? "";
          show({ written: (written + text.decode(bytes, { stream: true })).slice(-WRITTEN) });
        },
        onResponse: ({ status, headers }) => {
          reply.begin(status, headers);
          show();
        },
        onResponseChunk: (bytes) => {
          const taken = reply.more(bytes);
          show();
          return taken;
        },
        onResponseEnd: () => reply.complete(),
      });
      outcome = { result };
    } catch (error) {
      outcome = { error: error as Failure };
    }
    const state = await reply.end(outcome);
    this.#controls.delete(number);
    show({ state, took: performance.now() - started });
  }

  #add(exchange: Exchange): void {
    this.#show({ exchanges: [...this.#state.exchanges, exchange].slice(-KEPT) });
  }

  #change(number: number, change: Partial<Exchange>): void {
    this.#show({
      exchanges: this.#state.exchanges.map((one) => (one.number === number ? { ...one, ...change } : one)),
    });
  }

  #show(change: Partial<ServerState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener(this.#state);
  }
}

/** One answer on its way to the service worker: as fast as it is read there. */
class Reply {
  status: number | null = null;
  bytes = 0;
  notes: string[] = [];
  #head: Head | null = null;
  #complete = false;
  #gone = false;
  #refused: string | null = null;
  #wanted = 0;
  #wake = () => {};
  #sent: Promise<void> = Promise.resolve();

  constructor(
    readonly port: MessagePort,
    readonly method: string,
    readonly base: string,
    readonly control: AbortController,
  ) {
    port.onmessage = ({ data }: MessageEvent<Wish>) => {
      if (data.type === "pull") this.#wanted += 1;
      else this.#gone = true;
      this.#wake();
      if (this.#gone) control.abort();
    };
  }

  begin(status: number, headers: readonly (readonly string[])[]): void {
    this.status = status;
    try {
      const { head, notes } = present(status, headers, this.base);
      if (this.method === "HEAD") head.bodied = false;
      this.#head = head;
      this.notes = notes;
      this.#post({ type: "head", head });
    } catch (error) {
      if (!(error instanceof Unpresentable)) throw error;
      this.#refused = error.message;
      this.notes = [error.message];
      this.control.abort();
    }
  }

  /** More of the body. Resolves when the reader wants what comes after it. */
  more(bytes: Uint8Array): Promise<void> {
    this.bytes += bytes.byteLength;
    if (this.#head?.bodied) this.#sent = this.#sent.then(() => this.#chunk(bytes));
    return this.#sent;
  }

  /** The body is complete. */
  complete(): void {
    if (this.#complete || this.#refused !== null) return;
    this.#complete = true;
    this.#sent = this.#sent.then(() => this.#post({ type: "end" }));
  }

  /** Nothing more will come. What it came to. */
  async end(outcome: { result: RequestResult } | { error: Failure }): Promise<Exchange["state"]> {
    const result = "result" in outcome ? outcome.result : null;
    if (result && this.#head === null && this.#refused === null && !wrong(result)) {
      // A browser that cannot suspend the component gives its response whole.
      this.begin(result.status, result.headers);
      if (this.#refused === null) void this.more(result.body);
    }
    await this.#sent;
    if (this.#gone && !this.#complete) return "left";
    const failed = this.#refused ?? (result ? wrong(result) : refusal((outcome as { error: Failure }).error));
    if (failed !== null) {
      if (this.#refused === null) this.notes = [...this.notes, failed];
      if (!this.#complete) this.#post({ type: "fail", reason: failed });
      return "error" in outcome && outcome.error.kind === "Stopped" && this.#refused === null ? "stopped" : "failed";
    }
    if (result?.trailers.length)
      this.notes = [...this.notes, `${result.trailers.length} trailers dropped: browsers show none`];
    if (this.bytes > 0 && !this.#head?.bodied && this.method !== "HEAD") {
      this.notes = [...this.notes, `the body dropped: a response with status ${this.status} has none`];
    }
    this.complete();
    await this.#sent;
    return "done";
  }

  async #chunk(bytes: Uint8Array): Promise<void> {
    while (this.#wanted === 0 && !this.#gone) await new Promise<void>((resolve) => (this.#wake = resolve));
    if (this.#gone) return;
    this.#wanted -= 1;
    this.#post({ type: "chunk", bytes });
  }

  #post(message: FromPage): void {
    this.port.postMessage(message);
  }
}

/** What went wrong in the component, in words. */
function wrong({ trap, error }: RequestResult): string | null {
  if (trap) return `the component trapped: ${trap.message}`;
  return error === undefined ? null : `the component gave no complete response: ${error}`;
}

function refusal(error: Failure): string {
  return error.kind === "Stopped" ? STOPPED : `the component could not be asked: ${error.message}`;
}
