// Requests of an engine that waits: the answer comes from its page (web/src/engine/mailbox.ts).

import { ID_FIELD, KIND_FIELD, waitOf, type Answer } from "../engine/mailbox.ts";
import type { ToPage } from "../serve/messages.ts";

declare const self: ServiceWorkerGlobalScope;

/** The answer to a request for mail; `null` when it is for something else. `root` is the site's address. */
export function waited(event: FetchEvent, root: string): Promise<Response> | null {
  const wait = waitOf(event.request.url, root);
  return wait === null ? null : mail(wait);
}

/** Every page is asked; the one whose engine has that name answers. */
async function mail(wait: { name: string; ms: number }): Promise<Response> {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const answer = await new Promise<Answer>((resolve) => {
    for (const page of pages) {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }: MessageEvent<Answer>) => resolve(data);
      page.postMessage({ type: "wait", ...wait } satisfies ToPage, [port2]);
    }
    // A page that is being closed answers nothing; the engine asks again, or ends with it.
    setTimeout(() => resolve({ kind: "none", id: 0, bytes: null }), wait.ms + 1000);
  });
  const headers = { [KIND_FIELD]: answer.kind, [ID_FIELD]: String(answer.id), "cache-control": "no-store" };
  return new Response((answer.bytes ?? new Uint8Array()) as Uint8Array<ArrayBuffer>, { headers });
}
