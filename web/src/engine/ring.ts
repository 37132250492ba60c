// What guests write is kept in a memory that the page shares, until Python is told of it (pycm_core/runtime/engines/ring.py has the layout). The
// page looks into it while the guest runs, so that output shows at once although nobody sends it. What it has shown early it leaves out
// when the same bytes come as a message.

/** As in pycm_core/runtime/engines/ring.py. */
const PAGES = 17;
const DATA = 1 << 16;
const FIRST = 16;
const RECORD = 12;
/** Words of the head. */
const POSTED = 0;
const EPOCH = 1;
const TAIL = 2;

export type Stream = "stdout" | "stderr";
/** `run` is the place among those that run together. */
export type Show = (stream: Stream, bytes: Uint8Array, run: number) => void;

/** Channels from here on are streams into directories that are kept (wasi_browser/vfs/journal.py); those below are outputs. */
const STREAMS = 1 << 10;

/** As in wasi_browser/streams.py. */
const channelOf = (stream: Stream, run: number): number => 2 * run + (stream === "stdout" ? 1 : 2);

/** A memory for it, where the page is isolated. */
export function shared(): WebAssembly.Memory | null {
  if (!globalThis.crossOriginIsolated || typeof SharedArrayBuffer === "undefined") return null;
  return new WebAssembly.Memory({ initial: PAGES, maximum: PAGES, shared: true });
}

/** The worker's part: what to call before each message of output is posted. */
export function counter(memory: WebAssembly.Memory): () => void {
  const head = new Int32Array(memory.buffer);
  return () => void Atomics.add(head, POSTED, 1);
}

/** The page's part. */
export class Ring {
  #head: Int32Array;
  #memory: DataView;
  #bytes: Uint8Array;
  /** Messages of output that have come. */
  #came = 0;
  #epoch = 0;
  /** Bytes of this epoch that were looked at. */
  #seen = 0;
  /** Bytes that were shown early, and whose message has not come; by channel. */
  #early: number[] = [];

  constructor(memory: WebAssembly.Memory) {
    this.#head = new Int32Array(memory.buffer);
    this.#memory = new DataView(memory.buffer);
    this.#bytes = new Uint8Array(memory.buffer);
  }

  /** Show what has been written since the last look. */
  look(show: Show): void {
    const posted = Atomics.load(this.#head, POSTED);
    // A message is on its way, with bytes that come before those in the ring.
    if (posted !== this.#came) return;
    const epoch = Atomics.load(this.#head, EPOCH);
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#seen = 0;
    }
    const tail = Atomics.load(this.#head, TAIL);
    const found: [number, Uint8Array][] = [];
    for (let record = FIRST, start = 0; start < tail; record += RECORD) {
      const channel = this.#memory.getUint32(record, true) >>> 16;
      const end = Math.min(tail, start + this.#memory.getUint32(record + 4, true));
      if (end <= start) return;
      const from = Math.max(start, this.#seen);
      if (channel > 0 && channel < STREAMS && from < end)
        found.push([channel, this.#bytes.slice(DATA + from, DATA + end)]);
      start = end;
    }
    if (Atomics.load(this.#head, EPOCH) !== epoch || Atomics.load(this.#head, POSTED) !== posted) return;
    this.#seen = tail;
    for (const [channel, bytes] of found) {
      this.#early[channel] = (this.#early[channel] ?? 0) + bytes.length;
      show(channel % 2 === 1 ? "stdout" : "stderr", bytes, (channel - 1) >> 1);
    }
  }

  /** What was written to directories that are kept and Python has not been told of; to be asked when the guest is no more. */
  left(): { stream: number; bytes: Uint8Array }[] {
    const tail = Atomics.load(this.#head, TAIL);
    const found: { stream: number; bytes: Uint8Array }[] = [];
    for (let record = FIRST, start = 0; start < tail; record += RECORD) {
      const stream = this.#memory.getUint32(record, true) >>> 16;
      const end = Math.min(tail, start + this.#memory.getUint32(record + 4, true));
      if (end <= start) break;
      if (stream >= STREAMS) found.push({ stream, bytes: this.#bytes.slice(DATA + start, DATA + end) });
      start = end;
    }
    return found;
  }

  /** A message of output has come: what of it has not been shown. */
  rest(stream: Stream, run: number, bytes: Uint8Array): Uint8Array {
    this.#came += 1;
    const channel = channelOf(stream, run);
    const early = this.#early[channel] ?? 0;
    const shown = Math.min(early, bytes.length);
    this.#early[channel] = early - shown;
    return bytes.subarray(shown);
  }
}
