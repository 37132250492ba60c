import { describe, expect, it } from "vitest";
import { joinArguments, parseEnvironment, splitArguments } from "./arguments";
import { exactBytes, fromHex, shortBytes } from "./bytes";
import { CONSOLE_LIMIT, ConsoleText, visible } from "./console";
import { plainName } from "./names";
import { moved, toUtf16, toUtf16All } from "./units";

describe("a command line", () => {
  it.each([
    ["a b", ["a", "b"]],
    ["  a   b ", ["a", "b"]],
    [`wc "my file" 'it''s'`, ["wc", "my file", "its"]],
    [String.raw`a\ b "c\"d" 'e\f'`, ["a b", 'c"d', String.raw`e\f`]],
    [`a ""`, ["a", ""]],
    ["", []],
  ])("%s", (line, words) => {
    expect(splitArguments(line)).toEqual(words);
  });
  it("comes back from its words", () => {
    const words = ["wc", "my file", "", 'quo"te', "back\\slash", "ü"];
    expect(splitArguments(joinArguments(words))).toEqual(words);
  });
});

it("reads an environment, and says which lines are none", () => {
  const { values, wrong } = parseEnvironment("A=1\n\nB=x=y\n=no\nnothing\n__proto__=p");
  expect({ ...values }).toEqual({ A: "1", B: "x=y", ["__proto__"]: "p" });
  expect(wrong).toEqual([4, 5]);
});

describe("places in a text", () => {
  it("counts code points as the editor counts", () => {
    expect(toUtf16("a😀b", 2)).toBe(3);
    expect(toUtf16All("a😀b", [3, 0, 2, 99])).toEqual([4, 0, 3, 4]);
    expect(toUtf16All("abc", [2, -1, 9])).toEqual([2, 0, 3]);
  });
});

describe("a place in a text that has changed", () => {
  it.each([
    ["abcdef", "abcdef", 4, 4],
    ["abcdef", "XXabcdef", 4, 6],
    ["abcdef", "abcdefXX", 4, 4],
    ["abcdef", "abef", 5, 3],
    ["abcdef", "abef", 3, 2],
    ["a😀cdef", "a😀XXcdef", 3, 5],
    ["abc", "", 2, 0],
    ["aaaa", "aaaaa", 4, 5],
  ])("%s → %s: %i → %i", (old, now, place, expected) => {
    expect(moved(old, now, place)).toBe(expected);
  });
});

describe("bytes", () => {
  it("reads hexadecimal until it breaks", () => {
    expect([...fromHex("48 65 6c")]).toEqual([0x48, 0x65, 0x6c]);
    expect([...fromHex("00ffz")]).toEqual([0, 255]);
  });
  it("says sizes", () => {
    expect([exactBytes(1), exactBytes(10_123), shortBytes(999), shortBytes(1_655_841)]).toEqual([
      "1 byte",
      "10,123 bytes",
      "999 B",
      "1.7 MB",
    ]);
  });
});

describe("the console", () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  it("waits for the rest of a character, in each stream", () => {
    const console = new ConsoleText();
    const e = bytes("é");
    console.write("stdout", e.subarray(0, 1));
    console.write("stderr", bytes("!"));
    console.write("stdout", e.subarray(1));
    expect(console.chunks.map(({ stream, text }) => [stream, text])).toEqual([
      ["stderr", "!"],
      ["stdout", "é"],
    ]);
  });
  it("shows a character that never ends as replaced", () => {
    const console = new ConsoleText();
    console.write("stdout", Uint8Array.of(0xc3));
    console.end();
    expect(console.chunks[0]?.text).toBe("\ufffd");
  });
  it("obeys no escape code", () => {
    expect(visible("\x1b[31mred\x07\x7f\r\nline\ttab")).toBe("␛[31mred␇␡\nline\ttab");
  });
  it("keeps a bounded amount, and says how much is gone", () => {
    const console = new ConsoleText();
    for (let at = 0; at < 200; at += 1) console.write("stdout", bytes("x".repeat(4096)));
    const held = console.chunks.reduce((sum, chunk) => sum + chunk.text.length, 0);
    expect(held).toBeLessThanOrEqual(CONSOLE_LIMIT);
    expect(held + console.dropped).toBe(200 * 4096);
  });
});

describe("the name of a foreign file", () => {
  it.each([
    ["adder.wasm", "adder.wasm"],
    ["invoice\u202egnp.wasm", "invoice\ufffdgnp.wasm"],
    ["\u2066a\u2069\u200e\u061c.wasm", "\ufffda\ufffd\ufffd\ufffd.wasm"],
    ["two\nlines\t.wasm", "two\ufffdlines\ufffd.wasm"],
    ["👩‍👩‍👧.wasm", "👩‍👩‍👧.wasm"],
    ["الكون.wasm", "الكون.wasm"],
    ["<b>.wasm", "<b>.wasm"],
  ])("%j", (name, shown) => {
    expect(plainName(name)).toBe(shown);
  });
  it("keeps the ends of a long one", () => {
    const shown = plainName(`${"😀".repeat(5000)}.wasm`);
    expect([...shown]).toHaveLength(200);
    expect(shown.endsWith("😀.wasm")).toBe(true);
  });
});
