import { expect, it } from "vitest";
import { fromHex } from "../text/bytes";
import { readAs, readAsText } from "./decode";

it.each([
  ["bool", "01", "true"],
  ["u8", "ff", "255"],
  ["s8", "ff", "-1"],
  ["u16", "0102", "513"],
  ["s32", "feffffff", "-2"],
  ["u64", "ffffffffffffffff", "18446744073709551615"],
  ["f32", "0000c03f", "1.5"],
  ["f64", "0000000000000080", "-0"],
  ["f64", "000000000000f87f", "NaN"],
  ["char", "00f60100", "'😀'"],
])("%s from %s is %s", (type, hex, value) => {
  const bytes = fromHex(hex);
  expect(readAs(type, bytes, bytes.length)).toBe(value);
});

it("says nothing where it cannot know", () => {
  expect(readAs("u32", fromHex("01"), 1)).toBe(null);
  expect(readAs("u32", fromHex("01000000"), 64)).toBe(null);
  expect(readAs("char", fromHex("00d80000"), 4)).toBe(null);
  expect(readAs("point", fromHex("01"), 1)).toBe(null);
  expect(readAsText("string", fromHex("41"), 1)).toBe(null);
  expect(readAsText("string content, utf-8", fromHex("c3"), 1)).toBe(null);
});

it("reads texts in their encodings", () => {
  expect(readAsText("string content, utf-8", fromHex("c3a9"), 2)).toBe("é");
  expect(readAsText("string content, utf-16", fromHex("3dd800de"), 4)).toBe("😀");
  expect(readAsText("string content, latin1+utf16", fromHex("e900"), 2)).toBe("é");
});
