import { describe, expect, it } from "vitest";
import type { TraceEvent } from "../protocol";
import { familiesOf, positionOf, shown, traceText } from "./filter";
import { memoriesOf, memoryAt, TracedMemory, touchesMemory } from "./memory";

const event = (kind: string, more: Partial<TraceEvent> = {}): TraceEvent => ({
  seq: 0,
  kind,
  depth: 0,
  text: kind,
  rule: "",
  ...more,
});

const EVENTS: TraceEvent[] = [
  event("call-begin"),
  event("realloc", { address: 0x400, size: 10 }),
  event("store", { address: 0x400, bytes: "48656c6c6f", size: 5 }),
  event("core-call"),
  event("store", { address: 0x401, bytes: "00", size: 1 }),
  event("load", { address: 0x10, bytes: "2a000000", size: 4 }),
];

describe("memory as a trace tells it", () => {
  it("has the rows that any event touches, and knows the gaps", () => {
    expect(new TracedMemory(EVENTS).rows).toEqual([
      { address: 0x10, gap: 0 },
      { address: 0x400, gap: 0x3e8 },
      { address: 0x408, gap: 0 },
    ]);
  });
  it("tells allocated, known and touched bytes apart, at each event", () => {
    const memory = new TracedMemory(EVENTS);
    memory.seek(0);
    expect(memory.cell(0x400)).toEqual({ state: "unknown", byte: null });
    expect(memory.touchedRow).toBe(null);
    memory.seek(1);
    expect(memory.cell(0x400)).toEqual({ state: "touched", byte: null });
    expect(memory.touchedRow).toBe(1);
    memory.seek(3);
    expect(memory.cell(0x401)).toEqual({ state: "known", byte: 0x65 });
    expect(memory.cell(0x409)).toEqual({ state: "room", byte: null });
    memory.seek(4);
    expect(memory.cell(0x401)).toEqual({ state: "touched", byte: 0 });
  });
  it("is the same going back as going forward", () => {
    const memory = new TracedMemory(EVENTS);
    memory.seek(5);
    memory.seek(2);
    expect(memory.cell(0x401)).toEqual({ state: "touched", byte: 0x65 });
    expect(memory.cell(0x10)).toEqual({ state: "unknown", byte: null });
  });
  it("knows which event a byte comes from, or will", () => {
    const memory = new TracedMemory(EVENTS);
    memory.seek(3);
    expect([0x401, 0x409, 0x10, 0x14, 0x9999].map((address) => memory.eventAt(address))).toEqual([2, 1, 5, null, null]);
    memory.seek(4);
    expect(memory.eventAt(0x401)).toBe(4);
  });
  it("bounds what one event may claim", () => {
    expect(new TracedMemory([event("store", { address: 0, bytes: "00", size: 1 << 20 })]).rows.length).toBe(512);
  });
});

describe("what guest code writes", () => {
  const run = (address: number, bytes: string, size = bytes.length >> 1) => ({ address, bytes, size });
  const TRACE: TraceEvent[] = [
    event("call-begin"),
    event("memory", { memory: 0, size: 65536, runs: [run(0x402, "0708")] }),
    event("store", { memory: 0, address: 0x400, bytes: "01", size: 1 }),
    event("guest-write", { memory: 0, runs: [run(0x401, "ff"), run(0x800, "aabb")] }),
    event("realloc", { memory: 0, address: 0x404, size: 2 }),
    event("guest-write", { memory: 0, runs: [run(0x400, "", 4)] }),
    event("memory-unwatched", { memory: 0, value: "it is too large" }),
  ];

  it("shows in bytes, and as rows only when asked for", () => {
    const memory = new TracedMemory(TRACE);
    expect(memory.rows.map((row) => row.address)).toEqual([0x400]);
    expect(new TracedMemory(TRACE, 0, true).rows.map((row) => row.address)).toEqual([0x400, 0x800]);
    memory.seek(0);
    expect(memory.cell(0x402)).toEqual({ state: "unknown", byte: null });
    memory.seek(2);
    expect([0x400, 0x401, 0x402, 0x407].map((at) => memory.cell(at).byte)).toEqual([1, 0, 7, 0]);
    memory.seek(3);
    expect(memory.cell(0x401)).toEqual({ state: "touched", byte: 0xff });
    memory.seek(4);
    memory.seek(3);
    expect(memory.cell(0x404)).toEqual({ state: "known", byte: 0 });
    memory.seek(5);
    expect(memory.cell(0x404)).toEqual({ state: "room", byte: 0 });
  });
  it("is unknown where its bytes are not shown, and when nobody watches", () => {
    const memory = new TracedMemory(TRACE);
    memory.seek(5);
    expect([0x400, 0x403, 0x405].map((at) => memory.cell(at).byte)).toEqual([null, null, 0]);
    memory.seek(6);
    expect(memory.cell(0x405).byte).toBe(null);
  });
  it("is not what a trace opens at", () => {
    expect(TRACE.findIndex(touchesMemory)).toBe(2);
    expect(shown(TRACE, new Set(["guest"]))).toEqual([0, 2, 4]);
  });
});

describe("several memories", () => {
  const TRACE: TraceEvent[] = [
    event("call-begin"),
    event("memory", { memory: 0, instance: 1, size: 65536, runs: [] }),
    event("memory", { memory: 1, instance: 2, size: 65536, runs: [] }),
    event("store", { memory: 1, instance: 2, address: 0, bytes: "05", size: 1 }),
    event("core-call"),
    event("store", { memory: 0, instance: 1, address: 8, bytes: "06", size: 1 }),
  ];

  it("are told apart", () => {
    expect(memoriesOf(TRACE)).toEqual([
      { number: 0, instance: 1 },
      { number: 1, instance: 2 },
    ]);
    const [first, second] = [0, 1].map((number) => new TracedMemory(TRACE, number));
    first?.seek(5);
    second?.seek(3);
    expect(first?.rows).toEqual([{ address: 8, gap: 0 }]);
    expect(second?.cell(0)).toEqual({ state: "touched", byte: 5 });
    expect(second?.touchedRow).toBe(0);
  });
  it("show for the events that are about them", () => {
    expect([0, 3, 4, 5].map((at) => memoryAt(TRACE, at))).toEqual([1, 1, 1, 0]);
    expect(memoryAt([event("call-begin")], 0)).toBe(null);
  });
});

describe("choosing events", () => {
  it("counts by what they do", () => {
    expect(familiesOf(EVENTS).map(({ look, count }) => [look.word, count])).toEqual([
      ["call", 2],
      ["realloc", 1],
      ["store", 2],
      ["load", 1],
    ]);
  });
  it("hides families and finds the place", () => {
    const indices = shown(EVENTS, new Set(["call"]));
    expect(indices).toEqual([1, 2, 4, 5]);
    expect([0, 3, 4, 99].map((at) => positionOf(indices, at))).toEqual([0, 1, 2, 3]);
    expect(positionOf([], 3)).toBe(0);
  });
  it("is a text, too", () => {
    expect(
      traceText([event("store", { seq: 7, depth: 1, path: "v[0]", type: "u8", address: 16, bytes: "0aff" })]),
    ).toBe("   7   store v[0] : u8 @ 0x10 0a ff");
  });
});
