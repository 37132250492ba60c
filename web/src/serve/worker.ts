// The page's door to the service worker.

import { failure } from "../engine/messages.ts";
import type { Kept, ToWorker } from "./messages.ts";

/** How long the worker may take to control this page, in milliseconds. Frames are its anyway. */
const PATIENCE = 3000;
const NONE = "use https or localhost; private windows of some browsers have none";

/** The service worker of the site at `root`, registered when it is not yet. */
export class SiteWorker {
  readonly #container: ServiceWorkerContainer | undefined;
  readonly #root: string;
  #registration: Promise<ServiceWorkerRegistration> | null = null;

  constructor(root: string, container: ServiceWorkerContainer | undefined = globalThis.navigator?.serviceWorker) {
    this.#root = root;
    this.#container = container;
  }

  /** Hear what it says to this page. */
  listen(listener: (event: MessageEvent) => void): void {
    this.#container?.addEventListener("message", listener);
    this.#container?.startMessages();
  }

  /** Rejects with a `Failure` where there are no service workers. */
  async registration(): Promise<ServiceWorkerRegistration> {
    this.#registration ??= this.#register();
    try {
      return await this.#registration;
    } catch (error) {
      this.#registration = null;
      throw error;
    }
  }

  /** Resolves when it answers this page's requests, too. */
  async control(): Promise<void> {
    const { active } = await this.registration();
    const container = this.#container;
    if (container === undefined || container.controller !== null) return;
    await new Promise<void>((resolve) => {
      setTimeout(resolve, PATIENCE);
      container.addEventListener("controllerchange", () => resolve(), { once: true });
      active?.postMessage({ type: "claim" } satisfies ToWorker);
    });
  }

  /** Have it keep, or forget, what the site needs without a network; resolves to how that ended. */
  async store(type: "keep" | "forget", told: (state: Kept) => void = () => undefined): Promise<boolean> {
    const { active } = await this.registration();
    const { port1, port2 } = new MessageChannel();
    return new Promise((resolve) => {
      port1.onmessage = ({ data }: MessageEvent<Kept>) => {
        told(data);
        if (data.kept !== null) resolve(data.kept);
      };
      active?.postMessage({ type } satisfies ToWorker, [port2]);
    });
  }

  /** Call `listener` when a newer worker has taken the place of one that was there before: the site has a new version. */
  async onUpdate(listener: () => void): Promise<void> {
    const registration = await this.registration();
    let known = registration.active;
    registration.addEventListener("updatefound", () => {
      const { installing } = registration;
      installing?.addEventListener("statechange", () => {
        if (installing.state !== "activated") return;
        if (known !== null) listener();
        known = installing;
      });
    });
  }

  /** It was unregistered: register again when it is next needed. */
  forgotten(): void {
    this.#registration = null;
  }

  async #register(): Promise<ServiceWorkerRegistration> {
    const container = this.#container;
    if (container === undefined) throw failure("BadRequest", "this browser has no service workers here", NONE);
    let registration: ServiceWorkerRegistration | undefined;
    try {
      registration = await container.register(`${this.#root}sw.js`, { scope: this.#root, updateViaCache: "none" });
    } catch (error) {
      throw failure("BadRequest", `the service worker cannot be registered: ${String(error)}`, NONE);
    }
    // A browser that is told to block them resolves to nothing.
    if (registration === undefined) throw failure("BadRequest", "this browser blocks service workers", NONE);
    const { promise, resolve, reject } = settled();
    const worker = registration.active ?? registration.waiting ?? registration.installing;
    const look = () => {
      if (worker?.state === "activated") resolve();
      if (worker?.state === "redundant")
        reject(failure("BadRequest", "the service worker does not start", "reload the page"));
    };
    worker?.addEventListener("statechange", look);
    look();
    await promise;
    return registration;
  }
}

function settled(): { promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void } {
  let resolve = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<void>((yes, no) => ([resolve, reject] = [yes, no]));
  return { promise, resolve, reject };
}
