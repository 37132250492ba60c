// `fetch` for the engine's worker, through the worker that may reach the hosts that were granted (reach-worker.ts).

/** Page → reach worker, once: whom it may reach, and the end of the channel whose other end the engine gets. */
export interface ReachDoor {
  hosts: string[];
  port: MessagePort;
}

/** Engine → reach worker. A body is read piece by piece, each on request, so that a slow reader slows the sender. */
export type ToReach =
  | { type: "fetch"; id: number; url: string; init: object }
  | { type: "pull"; id: number }
  | { type: "abort"; id: number };

export type FromReach =
  | {
      type: "head";
      id: number;
      status: number;
      url: string;
      redirected: boolean;
      responseType: string;
      headers: [string, string][];
      body: boolean;
    }
  | { type: "chunk"; id: number; bytes: Uint8Array | null }
  | { type: "failed"; id: number; name: string; message: string };

/** What of a `Response` is used. */
export interface Reached {
  status: number;
  url: string;
  redirected: boolean;
  type: string;
  headers: Headers;
  body: ReadableStream<Uint8Array> | null;
}

type Fetch = (url: string, init: RequestInit) => Promise<Reached>;

interface Waiting {
  head: ((message: Extract<FromReach, { type: "head" }>) => void) | null;
  chunk: ((bytes: Uint8Array | null) => void) | null;
  failed: (error: Error) => void;
}

/** A `fetch` whose requests leave through `port`. */
export function fetchThrough(port: MessagePort): Fetch {
  const waiting = new Map<number, Waiting>();
  let count = 0;
  const post = (message: ToReach): void => port.postMessage(message);

  port.onmessage = ({ data }: MessageEvent<FromReach>) => {
    const one = waiting.get(data.id);
    if (!one) return;
    if (data.type === "head") one.head?.(data);
    else if (data.type === "chunk") one.chunk?.(data.bytes);
    else {
      waiting.delete(data.id);
      one.failed(Object.assign(new Error(data.message), { name: data.name }));
    }
  };

  function bodyOf(id: number): ReadableStream<Uint8Array> {
    return new ReadableStream(
      {
        pull: (controller) =>
          new Promise<void>((resolve, reject) => {
            waiting.set(id, {
              head: null,
              chunk: (bytes) => {
                if (bytes === null) {
                  waiting.delete(id);
                  controller.close();
                } else controller.enqueue(bytes);
                resolve();
              },
              failed: reject,
            });
            post({ type: "pull", id });
          }),
        cancel: () => post({ type: "abort", id }),
      },
      { highWaterMark: 0 },
    );
  }

  return (url, { signal, headers, ...rest }) =>
    new Promise((resolve, reject) => {
      const id = ++count;
      waiting.set(id, {
        head: (head) => {
          waiting.delete(id);
          resolve({
            status: head.status,
            url: head.url,
            redirected: head.redirected,
            type: head.responseType,
            headers: new Headers(head.headers),
            body: head.body ? bodyOf(id) : null,
          });
        },
        chunk: null,
        failed: reject,
      });
      signal?.addEventListener("abort", () => {
        post({ type: "abort", id });
        const one = waiting.get(id);
        waiting.delete(id);
        one?.failed(Object.assign(new Error("aborted"), { name: "AbortError" }));
      });
      post({ type: "fetch", id, url, init: { ...rest, headers: [...new Headers(headers)] } });
    });
}
