import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { WitLocation } from "../protocol";
import type { Editor } from "../store/editor";
import { counted } from "../text/bytes";
import { Icon } from "../ui/Icon";

interface ReferencesProps {
  editor: Editor;
  visit: (location: WitLocation) => void;
  close: () => void;
}

/** Every place that uses a name. */
export function References({ editor, visit, close }: ReferencesProps): JSX.Element | null {
  const list = useRef<HTMLUListElement>(null);
  const found = editor.references.value;
  useEffect(() => {
    list.current?.querySelector("button")?.focus();
  }, [found]);
  if (!found) return null;
  const move = (event: KeyboardEvent): void => {
    if (event.key === "Escape") {
      event.preventDefault();
      close();
      return;
    }
    const buttons = [...(list.current?.querySelectorAll("button") ?? [])];
    const at = buttons.indexOf(event.target as HTMLButtonElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    buttons[Math.max(0, Math.min(to, buttons.length - 1))]?.focus();
  };
  return (
    <section class="references" aria-label={`Uses of ${found.name}`} data-testid="references" onKeyDown={move}>
      <div class="row">
        <h2 class="caption">
          {counted(found.total, "place")} with <code>{found.name}</code>
        </h2>
        <span class="spacer" />
        <button type="button" class="button quiet small icon-only" title="Close the list" onClick={close}>
          <Icon name="close" />
          <span class="aloud">Close the list</span>
        </button>
      </div>
      <ul class="plain" ref={list}>
        {found.locations.map((place) => (
          <li key={`${place.file}-${place.start}`}>
            <button type="button" class="reference" onClick={() => visit(place)}>
              <span class="problem-place">
                {place.file}, line {place.line}
              </span>
              <code>{place.preview}</code>
            </button>
          </li>
        ))}
      </ul>
      {found.total > found.locations.length ? (
        <p class="quiet-note">{counted(found.total - found.locations.length, "more place")} not listed.</p>
      ) : null}
    </section>
  );
}
