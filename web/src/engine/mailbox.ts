// How a worker waits that cannot suspend WebAssembly: its stack stays, so no event reaches it, and what it waits for comes through here.
// Where the page is isolated, in memory that both share; elsewhere as answers to requests that the worker makes one after another and the
// service worker passes to the page.

/** What came: more of the input of a request, or its end (`bytes` is null); or the request is to end. */
export type Mail = { type: "input"; id: number; bytes: Uint8Array | null } | { type: "stop"; id: number };

const SIGNAL = 0;
const KIND = 1;
const ID = 2;
const LENGTH = 3;
const STOP = 4;
const HEAD = 5 * 4;
/** The most bytes that lie in the mailbox. */
const ROOM = 1 << 16;
const EMPTY = 0;
const BYTES = 1;
const END = 2;
/** How often the page looks whether there is room again, in milliseconds. */
const LOOK = 4;

/** Memory for a mailbox. */
export const mailbox = (): SharedArrayBuffer => new SharedArrayBuffer(HEAD + ROOM);

/** The page's end: puts mail in, in order. */
export class Sender {
  readonly #head: Int32Array;
  readonly #body: Uint8Array;

  constructor(memory: SharedArrayBuffer) {
    this.#head = new Int32Array(memory, 0, HEAD / 4);
    this.#body = new Uint8Array(memory, HEAD);
  }

  /** Resolves when all of it lies there; `wanted` says whether somebody still waits for it. */
  async input(id: number, bytes: Uint8Array | null, wanted: () => boolean): Promise<void> {
    for (let at = 0; bytes === null || at < bytes.byteLength; at += ROOM) {
      while (Atomics.load(this.#head, KIND) !== EMPTY && wanted()) {
        await new Promise((resolve) => setTimeout(resolve, LOOK));
      }
      if (!wanted()) return;
      const piece = bytes?.subarray(at, at + ROOM);
      if (piece) this.#body.set(piece);
      Atomics.store(this.#head, ID, id);
      Atomics.store(this.#head, LENGTH, piece?.byteLength ?? 0);
      Atomics.store(this.#head, KIND, piece ? BYTES : END);
      this.#ring();
      if (bytes === null) return;
    }
  }

  stop(id: number): void {
    Atomics.store(this.#head, STOP, id);
    this.#ring();
  }

  /** What was for a request that has ended is nobody's. */
  clear(): void {
    Atomics.store(this.#head, KIND, EMPTY);
    Atomics.store(this.#head, STOP, 0);
  }

  #ring(): void {
    Atomics.add(this.#head, SIGNAL, 1);
    Atomics.notify(this.#head, SIGNAL);
  }
}

/** Take the next piece of mail, and wait for it at most `ms` milliseconds; null when none came. Not for the main thread. */
export function take(memory: SharedArrayBuffer, ms: number): Mail | null {
  const head = new Int32Array(memory, 0, HEAD / 4);
  const until = performance.now() + ms;
  for (;;) {
    const seen = Atomics.load(head, SIGNAL);
    const stop = Atomics.exchange(head, STOP, 0);
    if (stop !== 0) return { type: "stop", id: stop };
    const kind = Atomics.load(head, KIND);
    if (kind !== EMPTY) {
      const id = Atomics.load(head, ID);
      const bytes = kind === END ? null : new Uint8Array(memory, HEAD, Atomics.load(head, LENGTH)).slice();
      Atomics.store(head, KIND, EMPTY);
      return { type: "input", id, bytes };
    }
    const left = until - performance.now();
    if (left <= 0 || Atomics.wait(head, SIGNAL, seen, left) === "timed-out") return null;
  }
}

/** What the page answers to a request for mail. A header says which it is; the bytes are the body. */
export interface Answer {
  kind: "none" | "input" | "end" | "stop";
  id: number;
  bytes: Uint8Array | null;
}

/** Where a worker of the site at `root` asks for mail: `name` says whose. */
export const waitUrl = (root: string, name: string, ms: number): string => `${root}wait/${name}?ms=${Math.ceil(ms)}`;

/** The name and the milliseconds in such an address; null for another one. */
export function waitOf(url: string, root: string): { name: string; ms: number } | null {
  if (!url.startsWith(`${root}wait/`)) return null;
  const { pathname, searchParams } = new URL(url);
  return { name: pathname.slice(pathname.lastIndexOf("/") + 1), ms: Number(searchParams.get("ms")) || 0 };
}

export const KIND_FIELD = "x-mail";
export const ID_FIELD = "x-request";
/** The longest a worker lets one request take, in milliseconds: it asks again. */
const PATIENCE = 20_000;

/** The same as `take`, by a request that blocks this worker. Throws where no service worker answers it. */
export function ask(root: string, name: string, ms: number): Mail | null {
  const request = new XMLHttpRequest();
  request.open("GET", waitUrl(root, name, Math.min(ms, PATIENCE)), false);
  request.responseType = "arraybuffer";
  request.send();
  const kind = request.getResponseHeader(KIND_FIELD) as Answer["kind"] | null;
  const id = Number(request.getResponseHeader(ID_FIELD));
  switch (kind) {
    case "none":
      return null;
    case "stop":
      return { type: "stop", id };
    case "end":
      return { type: "input", id, bytes: null };
    case "input":
      return { type: "input", id, bytes: new Uint8Array(request.response as ArrayBuffer) };
    default:
      throw new Error("no service worker answers");
  }
}

/** The page's end of that: keeps mail until it is asked for. */
export class Outbox {
  #mail: Answer[] = [];
  #asking: ((answer: Answer) => void) | null = null;

  put(mail: Mail): void {
    const kind = mail.type === "stop" ? "stop" : mail.bytes === null ? "end" : "input";
    this.#mail.push({ kind, id: mail.id, bytes: mail.type === "input" ? mail.bytes : null });
    this.#give();
  }

  clear(): void {
    this.#mail = [];
  }

  /** Who asks waits at most `ms` milliseconds. */
  asked(ms: number, answer: (answer: Answer) => void): void {
    this.#asking = answer;
    this.#give();
    setTimeout(() => {
      if (this.#asking !== answer) return;
      this.#asking = null;
      answer({ kind: "none", id: 0, bytes: null });
    }, ms);
  }

  #give(): void {
    const answer = this.#asking;
    if (answer === null || this.#mail.length === 0) return;
    this.#asking = null;
    answer(this.#mail.shift()!);
  }
}
