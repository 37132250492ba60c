import type { JSX } from "preact";
import type { Signal } from "@preact/signals";

interface SplitterProps {
  /** The share of what is before the line, in percent; null where nobody has moved it. */
  share: Signal<number> | Signal<number | null>;
  /** What it is as long as nobody has moved it. */
  start: number;
  least: number;
  most: number;
  label: string;
  /** Which way the line runs. */
  line: "vertical" | "horizontal";
}

/** The line between two columns or two rows: drag it, or move it with the arrow keys; a double click puts it back. */
export function Splitter({ share, start, least, most, label, line }: SplitterProps): JSX.Element {
  const across = line === "vertical";
  const now = share.value ?? start;
  const set = (value: number): void => {
    share.value = Math.round(Math.max(least, Math.min(most, value)) * 10) / 10;
  };
  const drag = (event: PointerEvent): void => {
    const bar = event.currentTarget as HTMLElement;
    const frame = bar.parentElement?.getBoundingClientRect();
    if (!frame) return;
    event.preventDefault();
    bar.setPointerCapture(event.pointerId);
    const move = (moved: PointerEvent): void =>
      set(
        across
          ? ((moved.clientX - frame.left) / frame.width) * 100
          : ((moved.clientY - frame.top) / frame.height) * 100,
      );
    bar.addEventListener("pointermove", move);
    bar.addEventListener("lostpointercapture", () => bar.removeEventListener("pointermove", move), { once: true });
  };
  const key = (event: KeyboardEvent): void => {
    const by = {
      [across ? "ArrowLeft" : "ArrowUp"]: -2,
      [across ? "ArrowRight" : "ArrowDown"]: 2,
      Home: least - most,
      End: most - least,
    }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    set(now + by);
  };
  return (
    <div
      class={`splitter ${line}`}
      role="separator"
      aria-orientation={line}
      aria-label={label}
      aria-valuemin={least}
      aria-valuemax={most}
      aria-valuenow={now}
      tabIndex={0}
      onPointerDown={drag}
      onKeyDown={key}
      onDblClick={() => {
        share.value = start;
      }}
    />
  );
}
