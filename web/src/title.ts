import { effect } from "@preact/signals";
import type { Store } from "./store/store";

/** Keep the document's title saying what is open, and that something runs. */
export function followTitle(store: Store): void {
  effect(() => {
    const busy = store.session.task.value ? "… " : "";
    document.title = `${busy}${store.projects.title.value} — PyCM`;
  });
}
