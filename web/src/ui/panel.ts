import type { JSX } from "preact";
import type { Store } from "../store/store";
import type { Tab } from "../store/view";

export interface PanelProps {
  store: Store;
}

/** What every panel offers to the frame that shows it. */
export interface Panel {
  id: Tab;
  title: string;
  /** A count or a sign beside the title, with words for those who do not see it; null for none. Reads signals. */
  badge?: (store: Store) => { text: string; means: string; tone?: "plain" | "error" } | null;
  View: (props: PanelProps) => JSX.Element;
}
