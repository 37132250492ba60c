import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { counter, Ring, shared } from "./ring.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Writes as the generated module does (pycm_core/runtime/engines/ring.py). */
class Guest {
  #view: DataView;
  #bytes: Uint8Array;
  #post: () => void;
  constructor(memory: WebAssembly.Memory) {
    this.#view = new DataView(memory.buffer);
    this.#bytes = new Uint8Array(memory.buffer);
    this.#post = counter(memory);
  }
  write(key: number, words: string): void {
    const bytes = new TextEncoder().encode(words);
    const tail = this.#view.getUint32(8, true);
    let records = this.#view.getUint32(12, true);
    if (records === 0 || this.#view.getUint32(4 + 12 * records, true) !== key) {
      records += 1;
      this.#view.setUint32(12, records, true);
      this.#view.setUint32(4 + 12 * records, key, true);
      this.#view.setUint32(8 + 12 * records, 0, true);
    }
    this.#bytes.set(bytes, 65536 + tail);
    this.#view.setUint32(8 + 12 * records, this.#view.getUint32(8 + 12 * records, true) + bytes.length, true);
    this.#view.setUint32(8, tail + bytes.length, true);
  }
  empty(): void {
    this.#view.setUint32(12, 0, true);
    this.#view.setUint32(4, this.#view.getUint32(4, true) + 1, true);
    this.#view.setUint32(8, 0, true);
  }
  post(): void {
    this.#post();
  }
}

const OUT = (1 << 16) | 1;
const ERR = (2 << 16) | 2;
const FILE = 3;

describe("a ring", () => {
  let guest: Guest;
  let ring: Ring;
  let shown: string[];
  const look = () =>
    ring.look((stream, bytes, run) => shown.push(`${stream}${run ? ` of ${run}` : ""} ${text(bytes)}`));
  const message = (stream: "stdout" | "stderr", words: string) =>
    text(ring.rest(stream, 0, new TextEncoder().encode(words)));

  beforeEach(() => {
    vi.stubGlobal("crossOriginIsolated", true);
    const memory = shared()!;
    guest = new Guest(memory);
    ring = new Ring(memory);
    shown = [];
  });
  afterEach(() => vi.unstubAllGlobals());

  it("is there only where the page is isolated", () => {
    vi.stubGlobal("crossOriginIsolated", false);
    expect(shared()).toBeNull();
  });

  it("shows what is written, once", () => {
    guest.write(OUT, "one ");
    look();
    look();
    guest.write(OUT, "two ");
    guest.write(ERR, "three ");
    guest.write(FILE, "for a file");
    guest.write(OUT, "four");
    look();
    expect(shown).toEqual(["stdout one ", "stdout two ", "stderr three ", "stdout four"]);
  });

  it("leaves out of messages what it has shown", () => {
    guest.write(OUT, "ab");
    guest.write(ERR, "x");
    look();
    guest.write(OUT, "cd");
    guest.empty();
    for (let i = 0; i < 3; i++) guest.post();
    expect(message("stdout", "ab")).toBe("");
    expect(message("stderr", "x")).toBe("");
    expect(message("stdout", "cd")).toBe("cd");
    guest.write(OUT, "e");
    look();
    expect(shown.at(-1)).toBe("stdout e");
  });

  it("waits for messages that are on their way, for their bytes come first", () => {
    guest.write(OUT, "first");
    guest.empty();
    guest.post();
    guest.write(OUT, "second");
    look();
    expect(shown).toEqual([]);
    expect(message("stdout", "first")).toBe("first");
    look();
    expect(shown).toEqual(["stdout second"]);
  });

  it("tells those that run together apart", () => {
    guest.write((4 << 16) | 1, "second");
    guest.write(OUT, "first");
    look();
    expect(shown).toEqual(["stderr of 1 second", "stdout first"]);
    guest.empty();
    for (let i = 0; i < 2; i++) guest.post();
    expect(text(ring.rest("stderr", 1, new TextEncoder().encode("second and")))).toBe(" and");
    expect(message("stdout", "first")).toBe("");
  });

  it("knows a ring that was emptied without a message", () => {
    guest.write(FILE, "0123456789");
    look();
    guest.empty();
    guest.write(OUT, "short");
    look();
    expect(shown).toEqual(["stdout short"]);
  });

  it("keeps streams into kept directories from being shown, and has what is left of them", () => {
    const kept = (1024 << 16) | 4;
    guest.write(kept, "a");
    guest.write(OUT, "out");
    guest.write(kept, "b");
    look();
    expect(shown).toEqual(["stdout out"]);
    expect(ring.left().map(({ stream, bytes }) => [stream, text(bytes)])).toEqual([
      [1024, "a"],
      [1024, "b"],
    ]);
    guest.empty();
    expect(ring.left()).toEqual([]);
  });
});
