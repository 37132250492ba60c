import { describe, expect, it } from "vitest";
import type { TypeNode } from "../protocol";
import { printWave } from "./print";
import { caseValue, defaultValue, editable, problems, type WaveValue } from "./value";

const prim = (kind: string): TypeNode => ({ kind, text: kind });
const of = (kind: string, ...items: [string, TypeNode | null][]): TypeNode => ({
  kind,
  text: kind,
  items: items.map(([name, type]) => ({ name, type })),
});

const point = of("record", ["x", prim("f64")], ["y", prim("f64")]);
const shape = of("variant", ["circle", prim("f64")], ["path", of("list", ["element", point])], ["none", null]);
const flags: TypeNode = { kind: "flags", text: "lamps", labels: ["red", "ok", "blue"] };

describe("WAVE text of a value", () => {
  const cases: [string, TypeNode, WaveValue, string][] = [
    ["bool", prim("bool"), true, "true"],
    ["integer", prim("s32"), -5, "-5"],
    ["64-bit integer", prim("u64"), "18446744073709551615", "18446744073709551615"],
    ["float", prim("f64"), 1.5, "1.5"],
    ["whole float", prim("f64"), 2, "2"],
    ["negative zero", prim("f64"), -0, "-0"],
    ["not a number", prim("f32"), "nan", "nan"],
    ["infinity", prim("f32"), "-inf", "-inf"],
    ["small float", prim("f64"), 1e-7, "1e-7"],
    ["integer as people type it", prim("s32"), "+05", "5"],
    ["float without a whole part", prim("f64"), "-.5", "-0.5"],
    ["float without a fraction", prim("f32"), "+5.e3", "5.0e3"],
    ["float with zeros before it", prim("f32"), "007", "7"],
    ["infinity, written out", prim("f32"), "-Infinity", "-inf"],
    ["a number that is none, as it was typed", prim("f32"), "1,5", "1,5"],
    ["char", prim("char"), "é", "'é'"],
    ["quote as char", prim("char"), "'", "'\\''"],
    ["string", prim("string"), 'a "b"\\\n\t\u0001é😀', '"a \\"b\\"\\\\\\n\\t\\u{1}é😀"'],
    ["empty list", of("list", ["element", prim("u8")]), [], "[]"],
    ["list", of("list", ["element", prim("u8")]), [1, 2], "[1, 2]"],
    ["tuple", of("tuple", ["0", prim("u8")], ["1", prim("string")]), [1, "a"], '(1, "a")'],
    ["record", point, { x: 1, y: 2.5 }, "{x: 1, y: 2.5}"],
    ["empty record", of("record"), {}, "{:}"],
    ["case with payload", shape, { tag: "circle", value: 2 }, "circle(2)"],
    ["case named like a keyword", shape, { tag: "none" }, "%none"],
    ["ok without payload", of("result", ["ok", null], ["err", prim("string")]), { tag: "ok" }, "ok"],
    ["err", of("result", ["ok", null], ["err", prim("string")]), { tag: "err", value: "x" }, 'err("x")'],
    ["none", of("option", ["some", prim("u8")]), null, "none"],
    ["some", of("option", ["some", prim("u8")]), { some: 3 }, "some(3)"],
    ["nested option", of("option", ["some", of("option", ["some", prim("u8")])]), { some: null }, "some(none)"],
    ["enum", { kind: "enum", text: "day", labels: ["mon", "inf"] }, "inf", "%inf"],
    ["flags, in the order of the type", flags, ["blue", "ok"], "{%ok, blue}"],
    ["no flags", flags, [], "{}"],
    ["handle", { kind: "own", text: "own<counter>" }, { handle: "counter#1" }, "counter#1"],
  ];
  it.each(cases)("%s", (_name, type, value, text) => {
    expect(printWave(type, value)).toBe(text);
  });
});

describe("the value a form starts from", () => {
  it("is a valid one for every kind", () => {
    for (const type of [
      prim("bool"),
      prim("u64"),
      prim("f32"),
      prim("char"),
      prim("string"),
      point,
      shape,
      flags,
      of("option", ["some", point]),
    ]) {
      expect(problems(type, defaultValue(type))).toEqual([]);
    }
  });
  it("fills lists of a fixed length", () => {
    expect(defaultValue({ kind: "list", text: "list<u8, 3>", items: [{ name: "element", type: prim("u8") }] })).toEqual(
      [0, 0, 0],
    );
  });
  it("gives a case its payload", () => {
    expect(caseValue(shape, "circle")).toEqual({ tag: "circle", value: 0 });
    expect(caseValue(shape, "none")).toEqual({ tag: "none" });
  });
  it("does not exist for streams, however deep", () => {
    expect(editable(of("list", ["element", of("stream", ["element", prim("u8")])]))).toBe(false);
    expect(editable(shape)).toBe(true);
  });
});

describe("what is wrong with a value", () => {
  it.each([
    ["u8", "256", "u8 goes from 0 to 255"],
    ["u8", -1, "u8 goes from 0 to 255"],
    ["s64", "9223372036854775808", "s64 goes from -9223372036854775808 to 9223372036854775807"],
    ["u8", "1.5", "expected a whole number, found `1.5`"],
    ["u8", "", "expected a whole number"],
    ["f64", "1,5", "expected a number, `nan`, `inf` or `-inf`"],
    ["char", "ab", "expected one character, found 2"],
    ["char", "\ud800", "a lone surrogate is not a character"],
  ])("%s %j", (kind, value, message) => {
    expect(problems(prim(kind), value)).toEqual([{ path: "", message }]);
  });
  it.each([
    ["48 6g", "expected hexadecimal digits, found `g`"],
    ["48 6", "expected two hexadecimal digits for each byte"],
  ])("bytes typed as %j stay as they are, and it says why", (typed, message) => {
    const bytes = of("list", ["element", prim("u8")]);
    expect(problems(bytes, typed)).toEqual([{ path: "", message }]);
    expect(printWave(bytes, typed)).toBe(typed);
  });
  it("says where, as one reads it", () => {
    expect(
      problems(of("record", ["path", of("list", ["element", point])]), { path: [{ x: 0, y: "?" }] })[0]?.path,
    ).toBe("path[0].y");
  });
  it("accepts one character beyond the basic plane", () => {
    expect(problems(prim("char"), "😀")).toEqual([]);
  });
});
