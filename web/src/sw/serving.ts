// Requests for served components: to the page that serves them, and its answer back as a response that streams.

import type { Asked, FromPage, Head, ToPage, Whose, Wish } from "../serve/messages.ts";
import { meantBy, placeOf, type Place } from "../serve/paths.ts";
import { isolated } from "./isolation.ts";

declare const self: ServiceWorkerGlobalScope;

/** How long pages have to say that a serving is theirs, in milliseconds. */
const PATIENCE = 5000;
/** The largest request body, in bytes: it is copied several times before the component has it. */
const BODY_LIMIT = 64 << 20;
const NOBODY =
  "nothing answers at this address: the page that served it was closed, or stopped serving. Serve the component again for a new address";

/** Which page serves what, as far as it is known: a worker that was put to sleep has to ask again. */
const pages = new Map<string, string>();

/** The answer to a request for a served component; `null` when it is for something else. `root` is the site's address. */
export function served(event: FetchEvent, root: string): Promise<Response> | null {
  const { request } = event;
  const place = placeOf(request.url, root);
  if (place === null) {
    const meant = meantBy(request.url, request.referrer, root);
    return meant === null ? null : Promise.resolve(Response.redirect(meant, 307));
  }
  let finish = () => {};
  event.waitUntil(new Promise<void>((resolve) => (finish = resolve)));
  return answer(request, place, root, finish).catch((error: unknown) => {
    finish();
    return plain(500, `the request could not be passed on: ${String(error)}`);
  });
}

/** `finish` is called when nothing more will come. */
async function answer(request: Request, place: Place, root: string, finish: () => void): Promise<Response> {
  const page = await pageOf(place.serving, root);
  const body = request.method === "GET" || request.method === "HEAD" ? null : await request.arrayBuffer();
  if (page === null || (body !== null && body.byteLength > BODY_LIMIT)) {
    finish();
    return page === null
      ? plain(503, NOBODY)
      : plain(413, `the request has a body of ${body?.byteLength} bytes, and at most ${BODY_LIMIT} are passed on`);
  }
  const asked: Asked = {
    method: request.method,
    url: new URL(root).origin + place.path,
    headers: [...request.headers],
    body: body?.byteLength ? new Uint8Array(body) : null,
  };
  const { port1, port2 } = new MessageChannel();
  const arriving = new Arriving(port1);
  request.signal.addEventListener("abort", () => arriving.wish({ type: "gone" }));
  const message: ToPage = { type: "ask", serving: place.serving, asked };
  page.postMessage(message, [port2]);
  const first = await arriving.next();
  if (first.type === "head") return response(first.head, arriving, finish);
  finish();
  return first.type === "fail" ? plain(500, first.reason) : plain(503, NOBODY);
}

function response(head: Head, arriving: Arriving, finish: () => void): Response {
  const init = { status: head.status, headers: isolated(head.headers) };
  if (!head.bodied) {
    finish();
    return new Response(null, init);
  }
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      arriving.wish({ type: "pull" });
      const message = await arriving.next();
      if (message.type === "chunk") return controller.enqueue(message.bytes as Uint8Array<ArrayBuffer>);
      if (message.type === "end") controller.close();
      else controller.error(new Error(message.type === "fail" ? message.reason : "the response broke off"));
      finish();
    },
    cancel() {
      arriving.wish({ type: "gone" });
      finish();
    },
  });
  return new Response(head.decode === null ? body : body.pipeThrough(new DecompressionStream(head.decode)), init);
}

/** What comes through a port, one message at a time. */
class Arriving {
  readonly #port: MessagePort;
  readonly #messages: FromPage[] = [];
  #waiting: ((message: FromPage) => void) | null = null;

  constructor(port: MessagePort) {
    this.#port = port;
    port.onmessage = ({ data }: MessageEvent<FromPage>) => this.#take(data);
    // A page that is closed or reloaded takes its end of the channel with it.
    port.addEventListener("close", () => this.#take({ type: "fail", reason: "the page that served this was closed" }));
  }

  next(): Promise<FromPage> {
    const message = this.#messages.shift();
    return message === undefined ? new Promise((resolve) => (this.#waiting = resolve)) : Promise.resolve(message);
  }

  wish(wish: Wish): void {
    this.#port.postMessage(wish);
  }

  #take(message: FromPage): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting === null) this.#messages.push(message);
    else waiting(message);
  }
}

/** The page that serves `serving`: the one that did before, else the one that says so. */
async function pageOf(serving: string, root: string): Promise<WindowClient | null> {
  const known = pages.get(serving);
  const page = known === undefined ? undefined : await self.clients.get(known);
  if (page !== undefined) return page as WindowClient;
  const all = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  // Served pages are pages of this site, too, and are not asked.
  const found = await whose(
    all.filter(({ url }) => url.startsWith(root) && placeOf(url, root) === null),
    serving,
  );
  if (found === null) pages.delete(serving);
  else pages.set(serving, found.id);
  return found;
}

function whose(asked: readonly WindowClient[], serving: string): Promise<WindowClient | null> {
  let waiting = asked.length;
  return new Promise((resolve) => {
    if (waiting === 0) return resolve(null);
    const timer = setTimeout(() => resolve(null), PATIENCE);
    for (const page of asked) {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }: MessageEvent<Whose>) => {
        waiting -= 1;
        if (!data.mine && waiting > 0) return;
        clearTimeout(timer);
        resolve(data.mine ? page : null);
      };
      const message: ToPage = { type: "whose", serving };
      page.postMessage(message, [port2]);
    }
  });
}

/** Our own words to who asked. */
function plain(status: number, words: string): Response {
  return new Response(`${words}.\n`, { status, headers: isolated([["content-type", "text/plain; charset=utf-8"]]) });
}
