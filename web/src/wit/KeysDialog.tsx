import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "../ui/Icon";
import { KEYS } from "./language";

/** The keys of the editor. */
export function KeysDialog({ close }: { close: () => void }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => dialog.current?.showModal(), []);
  const mac = /Mac|iPhone|iPad/.test(navigator.platform);
  return (
    <dialog class="dialog" ref={dialog} aria-labelledby="keys-title" data-testid="keys" onClose={close}>
      <button
        type="button"
        class="button quiet icon-only corner"
        aria-label="Close"
        onClick={() => dialog.current?.close()}
      >
        <Icon name="close" />
      </button>
      <div class="dialog-body">
        <h2 id="keys-title">Keys of the editor</h2>
        <dl class="keys">
          {KEYS.map(([key, means]) => (
            <div key={key}>
              <dt>
                <kbd>
                  {key
                    .replaceAll("Mod", mac ? "⌘" : "Ctrl")
                    .replace(/-([a-z])$/, (_, letter: string) => `-${letter.toUpperCase()}`)}
                </kbd>
              </dt>
              <dd>{means.replaceAll("Mod", mac ? "⌘" : "Ctrl")}</dd>
            </div>
          ))}
        </dl>
      </div>
    </dialog>
  );
}
