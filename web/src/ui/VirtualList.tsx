import type { HTMLAttributes, JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

interface VirtualListProps {
  count: number;
  /** Of every row, in CSS pixels. */
  rowHeight: number;
  render: (index: number) => JSX.Element;
  /** Kept in view; null for none. */
  focus: number | null;
  /** Attributes of the scrolling element. */
  outer?: HTMLAttributes<HTMLDivElement> & { [attribute: `data-${string}`]: string };
}

/** Rows drawn beyond what is seen, on either side. */
const MARGIN = 8;

/** A long list of which only the rows in view exist. */
export function VirtualList({ count, rowHeight, render, focus, outer }: VirtualListProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600 });

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const measure = (): void => setView({ top: element.scrollTop, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useLayoutEffect(() => {
    const element = box.current;
    if (!element || focus === null) return;
    const top = focus * rowHeight;
    const room = Math.min(rowHeight * 2, Math.max(0, (element.clientHeight - rowHeight) / 2));
    if (top - room < element.scrollTop) element.scrollTop = Math.max(0, top - room);
    else if (top + rowHeight + room > element.scrollTop + element.clientHeight)
      element.scrollTop = top + rowHeight + room - element.clientHeight;
  }, [focus, rowHeight, count]);

  const first = Math.max(0, Math.floor(view.top / rowHeight) - MARGIN);
  const last = Math.min(count, Math.ceil((view.top + view.height) / rowHeight) + MARGIN);
  const rows: JSX.Element[] = [];
  for (let index = first; index < last; index += 1) rows.push(render(index));
  return (
    <div
      {...outer}
      ref={box}
      onScroll={(event) => setView({ top: event.currentTarget.scrollTop, height: event.currentTarget.clientHeight })}
    >
      <div
        class="virtual"
        role="presentation"
        style={{ height: `${count * rowHeight}px`, paddingTop: `${first * rowHeight}px` }}
      >
        {rows}
      </div>
    </div>
  );
}
