// What the service worker and the page that serves a component say to each other. Types only: each has its own copy of the code.

/** A request, as a component gets it. */
export interface Asked {
  method: string;
  /** Absolute, but without the folder of the serving: `https://site.example/hello?a=1`. */
  url: string;
  headers: [string, string][];
  body: Uint8Array | null;
}

/** A response that a browser can make. */
export interface Head {
  status: number;
  headers: [string, string][];
  /** Whether `Response` may have a body with that status. */
  bodied: boolean;
  /** What the body has to be decoded with: the browser does not for a worker's responses. */
  decode: "gzip" | "deflate" | null;
}

/**
 * Worker → page: `whose` with a port for `Whose`; `ask` with the port the response comes through; `wait` with a port for what an engine waits
 * for (web/src/engine/mailbox.ts).
 */
export type ToPage =
  | { type: "whose"; serving: string }
  | { type: "ask"; serving: string; asked: Asked }
  | { type: "wait"; name: string; ms: number };

/** Page → worker, the answer to `whose`. */
export interface Whose {
  mine: boolean;
}

/** Page → worker, through the port. A chunk comes for each `pull`, then `end`, or `fail`; `unknown` when the page serves no such thing. */
export type FromPage =
  | { type: "unknown" }
  | { type: "head"; head: Head }
  | { type: "chunk"; bytes: Uint8Array }
  | { type: "end" }
  | { type: "fail"; reason: string };

/** Worker → page, through the port: the reader wants more, or has gone. */
export type Wish = { type: "pull" } | { type: "gone" };

/** Page → worker, outside a request: control this page, too; keep everything the site needs without a network; forget it, and the worker. The last two are answered by `Kept`. */
export interface ToWorker {
  type: "claim" | "keep" | "forget";
}

/** How many files are kept; `kept` is null as long as it goes on. */
export interface Kept {
  done: number;
  total: number;
  kept: boolean | null;
}
