import { effect, signal } from "@preact/signals";
import exampleText from "../../examples/bench.wit?raw";
import type { Diagnostic, OutlineItem } from "../protocol";
import { isStopped } from "./engine";
import type { Session } from "./session";

/** The text a new project starts with: the WIT of the example component. */
export const EXAMPLE_WIT: string = exampleText;

/** How long typing must rest before the text is checked, in milliseconds. */
const REST = 120;

/** The WIT text, and what the core says of it. */
export class Editor {
  readonly text = signal(EXAMPLE_WIT);
  readonly diagnostics = signal<readonly Diagnostic[]>([]);
  readonly outline = signal<readonly OutlineItem[]>([]);
  readonly packageName = signal<string | null>(null);
  /** The text that `diagnostics` and `outline` speak of; null before the first check. */
  readonly checked = signal<string | null>(null);
  /** Why the text could not be checked at all. */
  readonly failure = signal<string | null>(null);
  private timer: ReturnType<typeof setTimeout> | undefined;
  private checking = false;

  constructor(private readonly session: Session) {
    effect(() => {
      if (this.text.value === this.checked.value || !this.session.hello.value) return;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => void this.check(), REST);
    });
  }

  /** Check until the text checked is the text shown; one request at a time. */
  private async check(): Promise<void> {
    if (this.checking) return;
    this.checking = true;
    try {
      while (this.text.value !== this.checked.value) {
        const text = this.text.value;
        try {
          const answer = await this.session.background("check-wit", { text });
          this.diagnostics.value = answer.diagnostics;
          if (answer.outline.length || !answer.diagnostics.length) this.outline.value = answer.outline;
          this.packageName.value = answer.package;
          this.failure.value = null;
        } catch (error) {
          if (isStopped(error)) continue;
          this.diagnostics.value = [];
          this.failure.value =
            error instanceof Error ? error.message : String((error as { message?: unknown }).message);
        }
        this.checked.value = text;
      }
    } finally {
      this.checking = false;
    }
  }
}
