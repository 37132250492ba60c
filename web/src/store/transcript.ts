import { signal } from "@preact/signals";
import { ConsoleText, type Chunk } from "../text/console";

/** What one command writes, painted at most once a frame. */
export class Transcript {
  readonly chunks = signal<readonly Chunk[]>([]);
  /** Characters that left the view. */
  readonly dropped = signal(0);
  private text = new ConsoleText();
  private frame = 0;

  clear(): void {
    this.text = new ConsoleText();
    this.paint();
  }

  write(stream: "stdout" | "stderr", bytes: Uint8Array): void {
    this.text.write(stream, bytes);
    if (this.frame === 0) {
      this.frame = requestAnimationFrame(() => {
        this.frame = 0;
        this.paint();
      });
    }
  }

  /** Show what was typed. */
  type(text: string): void {
    this.text.type(text);
    this.paint();
  }

  /** Nothing more comes. */
  end(): void {
    this.text.end();
    this.paint();
  }

  private paint(): void {
    this.chunks.value = this.text.chunks;
    this.dropped.value = this.text.dropped;
  }
}
