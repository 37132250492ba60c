import type { JSX } from "preact";
import type { Signal } from "@preact/signals";

const LEAST = 25;
const MOST = 70;

/** The line between two columns: drag it, or move it with the arrow keys. `share` is the left column's, in percent. */
export function Splitter({ share }: { share: Signal<number> }): JSX.Element {
  const set = (value: number): void => {
    share.value = Math.round(Math.max(LEAST, Math.min(MOST, value)) * 10) / 10;
  };
  const drag = (event: PointerEvent): void => {
    const line = event.currentTarget as HTMLElement;
    const frame = line.parentElement?.getBoundingClientRect();
    if (!frame) return;
    event.preventDefault();
    line.setPointerCapture(event.pointerId);
    const move = (moved: PointerEvent): void => set(((moved.clientX - frame.left) / frame.width) * 100);
    line.addEventListener("pointermove", move);
    line.addEventListener("lostpointercapture", () => line.removeEventListener("pointermove", move), { once: true });
  };
  const key = (event: KeyboardEvent): void => {
    const by = { ArrowLeft: -2, ArrowRight: 2, Home: LEAST - MOST, End: MOST - LEAST }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    set(share.value + by);
  };
  return (
    <div
      class="splitter"
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the left column"
      aria-valuemin={LEAST}
      aria-valuemax={MOST}
      aria-valuenow={share.value}
      tabIndex={0}
      onPointerDown={drag}
      onKeyDown={key}
      onDblClick={() => set(42)}
    />
  );
}
