import type { JSX } from "preact";

const PATHS = {
  open: "M2.5 12.5v-9h4l1.5 2h5.5v2M2.5 12.5l2-5h10l-2 5z",
  share: "M8 10V2.5M5 5l3-2.7L11 5M4 8H2.8v5.7h10.4V8H12",
  fresh: "M8 3v10M3 8h10",
  close: "M4 4l8 8M12 4l-8 8",
  play: "M5 3.2v9.6L12.5 8z",
  stop: "M4 4h8v8H4z",
  reload: "M13 8a5 5 0 11-1.6-3.7M13 2v3h-3",
  up: "M3.5 10L8 5.5 12.5 10",
  down: "M3.5 6L8 10.5 12.5 6",
  first: "M3.5 3v10M12.5 12.5L6.5 8l6-4.5",
  last: "M12.5 3v10M3.5 12.5l6-4.5-6-4.5",
  back: "M10.5 12.5L5 8l5.5-4.5",
  next: "M5.5 12.5L11 8 5.5 3.5",
  copy: "M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z",
  download: "M8 2.5V10M5 7.2L8 10l3-2.8M2.8 11v2.7h10.4V11",
  light:
    "M8 5.2a2.8 2.8 0 100 5.6 2.8 2.8 0 000-5.6M8 1v1.6M8 13.4V15M1 8h1.6M13.4 8H15M3 3l1.2 1.2M11.8 11.8L13 13M13 3l-1.2 1.2M4.2 11.8L3 13",
  dark: "M13 9.6A5.6 5.6 0 016.4 3 5.6 5.6 0 1013 9.6z",
  system: "M2 3h12v8H2zM6 14h4M8 11v3",
  edit: "M3 13l.6-2.8L10.8 3 13 5.2 5.8 12.4z",
  projects: "M2.5 5.5L8 2.5l5.5 3L8 8.5zM2.5 8.2L8 11.2l5.5-3M2.5 10.9l5.5 3 5.5-3",
} as const;

export type IconName = keyof typeof PATHS;

/** A small drawing beside words; hidden from screen readers. */
export function Icon({ name }: { name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path
        d={PATHS[name]}
        fill={name === "play" || name === "stop" ? "currentColor" : "none"}
        stroke="currentColor"
        stroke-width="1.4"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}

/** The mark: a record of bytes, one of them lit. */
export function Mark(): JSX.Element {
  return (
    <svg class="mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">
      <path d="M7 3H3v18h4M17 3h4v18h-4" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="square" />
      <rect x="8" y="7" width="3" height="3" fill="currentColor" />
      <rect x="13" y="7" width="3" height="3" fill="currentColor" />
      <rect x="8" y="14" width="3" height="3" fill="currentColor" />
      <rect x="12.25" y="13.25" width="4.5" height="4.5" class="mark-lit" />
    </svg>
  );
}
