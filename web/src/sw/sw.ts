// The service worker: it answers for served components, and keeps the site for when the network is off.

import type { Kept, ToWorker } from "../serve/messages.ts";
import { forget, keep, kept } from "./offline.ts";
import { served } from "./serving.ts";
import { waited } from "./waiting.ts";

declare const self: ServiceWorkerGlobalScope;

/** The site's address, ending in a slash. */
const root = self.registration.scope;

// Nothing is fetched before it is active, so that serving begins at once; what the site needs is kept when a page asks for it.
self.addEventListener("install", () => void self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const answer = served(event, root) ?? waited(event, root) ?? kept(event, root);
  if (answer !== null) event.respondWith(answer);
});

self.addEventListener("message", (event) => {
  const message = event.data as ToWorker;
  switch (message.type) {
    case "claim":
      event.waitUntil(self.clients.claim());
      break;
    case "keep":
      event.waitUntil(keeping(event));
      break;
    case "forget":
      event.waitUntil(forget().then(() => tell(event, { done: 0, total: 0, kept: false })));
      break;
  }
});

async function keeping(event: ExtendableMessageEvent): Promise<void> {
  let state: Kept = { done: 0, total: 0, kept: null };
  const kept = await keep(root, (done, total) => tell(event, (state = { done, total, kept: null })));
  tell(event, { ...state, kept });
}

/** Answer through the port that came with the message. */
function tell(event: ExtendableMessageEvent, state: Kept): void {
  event.ports[0]?.postMessage(state);
}
