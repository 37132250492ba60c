import { effect, signal } from "@preact/signals";

export type Side = "wit" | "component" | "imports";
export type Tab = Side | "call" | "trace";
export type Theme = "system" | "light" | "dark";

const THEME_KEY = "pycm.theme";
const SPLIT_KEY = "pycm.split";
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
  readonly split = signal(readSplit());
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

/** The left column's share; 42 percent until it is moved. */
function readSplit(): number {
  const found = Number(recall(SPLIT_KEY));
  return found >= 25 && found <= 70 ? found : 42;
}
