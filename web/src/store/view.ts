import { effect, signal } from "@preact/signals";

export type Side = "wit" | "component" | "imports";
export type Tab = Side | "call" | "trace";
export type Theme = "system" | "light" | "dark";

const THEME_KEY = "pycm.theme";
const SPLIT_KEY = "pycm.split";
const CALL_SHARE_KEY = "pycm.call";
/** The left column's share, and at most the call's, until they are moved, in percent. */
export const SPLIT = 42;
export const CALL_SHARE = 55;
/** From here on two columns stand side by side. */
const WIDE = "(min-width: 900px)";

/** A short word to the visitor; `act` is something to do about it. */
export interface Notice {
  key: number;
  tone: "plain" | "error";
  text: string;
  hint: string | null;
  act: { label: string; run: () => void } | null;
}

/** What is looked at, not what it is. */
export class View {
  /** The panel on the left of a wide page. */
  readonly side = signal<Side>("wit");
  /** The one panel of a narrow page. */
  readonly tab = signal<Tab>("wit");
  /** In the component panel. */
  readonly part = signal<"overview" | "wit">("overview");
  readonly theme = signal<Theme>(readTheme());
  readonly wide = signal(true);
  /** Share of the left column, in percent. */
  readonly split = signal(readShare(SPLIT_KEY, 25, 70) ?? SPLIT);
  /** Share of the call above its trace, in percent; null where nobody has moved it: then as much as it needs, up to `CALL_SHARE`. */
  readonly callShare = signal<number | null>(readShare(CALL_SHARE_KEY, 20, 75));
  readonly notices = signal<readonly Notice[]>([]);
  readonly sharing = signal(false);
  readonly dragging = signal(false);
  private nextKey = 1;

  constructor() {
    if (typeof matchMedia === "function") {
      const query = matchMedia(WIDE);
      this.wide.value = query.matches;
      query.addEventListener("change", () => (this.wide.value = query.matches));
    }
    effect(() => {
      if (typeof document === "undefined") return;
      const theme = this.theme.value;
      if (theme === "system") delete document.documentElement.dataset.theme;
      else document.documentElement.dataset.theme = theme;
      remember(THEME_KEY, theme);
    });
    effect(() => remember(SPLIT_KEY, String(this.split.value)));
    effect(() => {
      if (this.callShare.value !== null) remember(CALL_SHARE_KEY, String(this.callShare.value));
    });
  }

  /** Bring a panel to the front, in either layout. */
  show(tab: Tab): void {
    this.tab.value = tab;
    if (tab === "wit" || tab === "component" || tab === "imports") this.side.value = tab;
  }

  notify(text: string, options: { hint?: string | null; tone?: Notice["tone"]; act?: Notice["act"] } = {}): void {
    const notice: Notice = {
      key: this.nextKey,
      tone: options.tone ?? "plain",
      text,
      hint: options.hint ?? null,
      act: options.act ?? null,
    };
    this.nextKey += 1;
    this.notices.value = [...this.notices.value.slice(-2), notice];
    if (notice.tone === "plain" && !notice.act) setTimeout(() => this.dismiss(notice.key), 6000);
  }

  /** What was said has been read: the visitor goes on. */
  clearNotices(): void {
    this.notices.value = [];
  }

  dismiss(key: number): void {
    this.notices.value = this.notices.value.filter((one) => one.key !== key);
  }
}

/** A choice of this browser. A private window may refuse to keep it; then it lasts as long as the page. */
function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // nothing is lost but the choice
  }
}

function recall(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function readTheme(): Theme {
  const found = recall(THEME_KEY);
  return found === "light" || found === "dark" ? found : "system";
}

/** A share that was chosen before, in percent. */
function readShare(key: string, least: number, most: number): number | null {
  const found = Number(recall(key) ?? NaN);
  return found >= least && found <= most ? found : null;
}
