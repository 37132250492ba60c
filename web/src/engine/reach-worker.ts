// The only place from which a request may leave for a foreign host. The page starts one for each run that was granted hosts, tells it which,
// and ends it with the run. Its script is served with a content security policy of its own (netlify.toml); the page's and the engine's
// policy reaches this site only, so whatever goes wrong in there, nothing leaves.

import type { FromReach, ReachDoor, ToReach } from "./reach.ts";

declare const self: DedicatedWorkerGlobalScope;

/** The hosts the visitor granted: `name` or `name:port`; null is everybody. */
let granted: ReadonlySet<string> | null = new Set();

interface Running {
  abort: AbortController;
  reader: ReadableStreamDefaultReader<Uint8Array> | null;
}

function allows(url: URL): boolean {
  if (url.protocol !== "http:" && url.protocol !== "https:") return false;
  if (granted === null) return true;
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return granted.has(url.hostname) || granted.has(`${url.hostname}:${port}`);
}

self.onmessage = ({ data }: MessageEvent<ReachDoor>) => {
  const hosts = data.hosts.map((host) => host.toLowerCase());
  granted = hosts.includes("*") ? null : new Set(hosts);
  serve(data.port);
};

function serve(port: MessagePort): void {
  const running = new Map<number, Running>();
  const post = (message: FromReach, transfer: Transferable[] = []): void => port.postMessage(message, transfer);
  const fail = (id: number, error: unknown): void => {
    running.delete(id);
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    post({ type: "failed", id, name, message });
  };

  async function begin({ id, url, init }: Extract<ToReach, { type: "fetch" }>): Promise<void> {
    const abort = new AbortController();
    running.set(id, { abort, reader: null });
    try {
      if (!allows(new URL(url))) throw Object.assign(new Error("this host was not granted"), { name: "PyCMRefused" });
      // A redirect could lead to a host that was not granted, and browsers do not say where it leads.
      const redirect = granted === null ? "follow" : "manual";
      const response = await fetch(url, { ...(init as RequestInit), redirect, signal: abort.signal });
      const reader = response.body?.getReader() ?? null;
      running.set(id, { abort, reader });
      const { status, redirected, type } = response;
      post({
        type: "head",
        id,
        status,
        redirected,
        responseType: type,
        url: response.url,
        headers: [...response.headers],
        body: reader !== null,
      });
    } catch (error) {
      fail(id, error);
    }
  }

  async function pull(id: number): Promise<void> {
    const reader = running.get(id)?.reader;
    if (!reader) return fail(id, new Error("nothing is being read"));
    try {
      const { done, value } = await reader.read();
      if (done) {
        running.delete(id);
        post({ type: "chunk", id, bytes: null });
      } else {
        const bytes = value.byteLength === value.buffer.byteLength ? value : value.slice();
        post({ type: "chunk", id, bytes }, [bytes.buffer as ArrayBuffer]);
      }
    } catch (error) {
      fail(id, error);
    }
  }

  port.onmessage = ({ data }: MessageEvent<ToReach>) => {
    switch (data.type) {
      case "fetch":
        void begin(data);
        break;
      case "pull":
        void pull(data.id);
        break;
      case "abort":
        running.get(data.id)?.abort.abort();
        running.delete(data.id);
        break;
    }
  };
}
