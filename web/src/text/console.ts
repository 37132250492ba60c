import { Sgr } from "./sgr";

/** `typed` is what the visitor typed into a live input, shown where it was typed. */
export type StreamName = "stdout" | "stderr" | "typed";

/** A run of text from one stream. `key` is stable while the chunk stays in the view. */
export interface Chunk {
  key: number;
  stream: StreamName;
  text: string;
  /** Class names for its colours. */
  style: string;
}

/** What the view holds at most, in characters; older text leaves it (the whole stays in the run's result). */
export const CONSOLE_LIMIT = 400_000;

/** Control characters as pictures, so that no escape code is ever obeyed: ESC is shown as ␛. Newline and tab stay. */
export function visible(text: string): string {
  return text.replace(/\r\n/g, "\n").replace(/[\u0000-\u0008\u000b-\u001f\u007f\u0080-\u009f]/g, (char) => {
    const code = char.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return code === 0x7f ? "\u2421" : "\ufffd";
  });
}

/** The console's text: two streams of bytes, decoded as UTF-8 as they come, in one order. */
export class ConsoleText {
  chunks: Chunk[] = [];
  /** Characters that left the view. */
  dropped = 0;
  private size = 0;
  private nextKey = 1;
  private readonly decoders = { stdout: new TextDecoder("utf-8"), stderr: new TextDecoder("utf-8") };
  private readonly colours = { stdout: new Sgr(), stderr: new Sgr() };

  /** Take bytes of one stream; a character cut in two waits for its rest. */
  write(stream: "stdout" | "stderr", bytes: Uint8Array): void {
    const text = this.decoders[stream].decode(bytes, { stream: true });
    for (const piece of this.colours[stream].read(text)) this.push(stream, piece.text, piece.style);
  }

  /** Show what was typed. */
  type(text: string): void {
    this.push("typed", text, "");
  }

  /** The streams have ended: what waits for a rest becomes the replacement character. */
  end(): void {
    for (const stream of ["stdout", "stderr"] as const) {
      const pieces = [...this.colours[stream].read(this.decoders[stream].decode()), ...this.colours[stream].end()];
      for (const piece of pieces) this.push(stream, piece.text, piece.style);
    }
  }

  private push(stream: StreamName, text: string, style: string): void {
    if (text === "") return;
    const last = this.chunks.at(-1);
    if (last && last.stream === stream && last.style === style && last.text.length < 4096) {
      this.chunks = [...this.chunks.slice(0, -1), { ...last, text: last.text + text }];
    } else {
      this.chunks = [...this.chunks, { key: this.nextKey, stream, text, style }];
      this.nextKey += 1;
    }
    this.size += text.length;
    while (this.size > CONSOLE_LIMIT && this.chunks.length > 1) {
      const gone = this.chunks[0]?.text.length ?? 0;
      this.chunks = this.chunks.slice(1);
      this.size -= gone;
      this.dropped += gone;
    }
  }
}
