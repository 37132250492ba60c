import { effect, signal } from "@preact/signals";

export type Side = "wit" | "component" | "imports";
export type Tab = Side | "call" | "trace";
export type Theme = "system" | "light" | "dark";

const THEME_KEY = "pycm.theme";
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
  readonly split = signal(42);
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
      try {
        localStorage.setItem(THEME_KEY, theme);
      } catch {
        // private windows may refuse; the choice then lasts as long as the page
      }
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

function readTheme(): Theme {
  try {
    const found = localStorage.getItem(THEME_KEY);
    return found === "light" || found === "dark" ? found : "system";
  } catch {
    return "system";
  }
}
