/** What is typed into a live standard input: an iterable that the engine reads while a command runs. */
export class LiveInput implements AsyncIterable<Uint8Array> {
  private readonly waiting: Uint8Array[] = [];
  private over = false;
  private wake: () => void = () => {};

  type(text: string): void {
    if (this.over) return;
    this.waiting.push(new TextEncoder().encode(text));
    this.wake();
  }

  end(): void {
    this.over = true;
    this.wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const next = this.waiting.shift();
      if (next) yield next;
      else if (this.over) return;
      else await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}
