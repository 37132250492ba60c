import type { JSX } from "preact";
import type { OutlineItem } from "../protocol";

interface OutlineProps {
  items: readonly OutlineItem[];
  /** `number` counts the items from the top, through all levels. */
  go: (number: number) => void;
  /** Escape leads back. */
  leave: () => void;
}

/** The items of a text. One stop for Tab; arrow keys move among the items. */
export function Outline({ items, go, leave }: OutlineProps): JSX.Element {
  const move = (event: KeyboardEvent): void => {
    if (event.key === "Escape") {
      event.preventDefault();
      leave();
      return;
    }
    const list = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>(".outline-item")];
    const at = list.indexOf(event.target as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: list.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    list[Math.max(0, Math.min(to, list.length - 1))]?.focus();
  };
  return (
    <div onKeyDown={move}>
      <Level items={items} go={go} first={0} />
    </div>
  );
}

function Level({
  items,
  go,
  first,
}: {
  items: readonly OutlineItem[];
  go: OutlineProps["go"];
  first: number;
}): JSX.Element {
  let number = first;
  return (
    <ul class="outline">
      {items.map((item) => {
        const own = number;
        number += size(item);
        return (
          <li key={`${own}-${item.name}`}>
            <button type="button" class="outline-item" tabIndex={own === 0 ? 0 : -1} onClick={() => go(own)}>
              <span class="outline-kind">{item.kind}</span> <span class="outline-name">{item.name}</span>
            </button>
            {item.children.length ? <Level items={item.children} go={go} first={own + 1} /> : null}
          </li>
        );
      })}
    </ul>
  );
}

/** How many items an item is, with those inside it. */
function size(item: OutlineItem): number {
  return item.children.reduce((sum, child) => sum + size(child), 1);
}
