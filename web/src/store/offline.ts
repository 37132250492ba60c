import { signal } from "@preact/signals";
import type { SiteWorker } from "../serve/worker";
import type { Engine } from "./engine";
import type { View } from "./view";

/** How much of the site is kept for when the network is off. `none`: this browser keeps nothing, or was told to forget. */
export interface KeptSite {
  state: "unknown" | "keeping" | "kept" | "none";
  done: number;
  total: number;
}

/** How long after Python answers the keeping begins, in milliseconds: what the visitor does first comes first. */
const REST = 2000;

/** The site without a network, and its new versions. */
export class Offline {
  readonly site = signal<KeptSite>({ state: "unknown", done: 0, total: 0 });

  constructor(
    private readonly worker: SiteWorker,
    private readonly view: View,
  ) {}

  /** Keep what the site needs, once Python answers, and say so when there is a new version. */
  async start(engine: Engine): Promise<void> {
    await engine.ready.catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, REST));
    await this.keep();
    await this.worker
      .onUpdate(() =>
        this.view.notify("There is a new version of this page.", {
          hint: "your project is kept",
          act: { label: "Reload", run: () => location.reload() },
        }),
      )
      .catch(() => undefined); // no workers, no versions to tell of
  }

  async keep(): Promise<void> {
    try {
      const kept = await this.worker.store("keep", ({ done, total }) => {
        this.site.value = { state: "keeping", done, total };
      });
      this.site.value = { ...this.site.value, state: kept ? "kept" : "none" };
    } catch {
      this.site.value = { ...this.site.value, state: "none" };
    }
  }

  /** Forget everything that was kept of the site. Projects stay. */
  async reset(): Promise<void> {
    await this.worker.store("forget");
    this.worker.forgotten();
    this.site.value = { state: "none", done: 0, total: 0 };
    this.view.notify("The offline data is gone; projects are still here.", {
      hint: "the next visit keeps the page anew",
      act: { label: "Reload", run: () => location.reload() },
    });
  }
}
