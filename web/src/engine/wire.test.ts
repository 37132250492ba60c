import { expect, it } from "vitest";

import { pack, unpack } from "./wire.ts";

it("carries bytes beside the text", () => {
  const value = { name: "x", bytes: new Uint8Array([1, 2]), files: { "/a": { bytes: new Uint8Array([3]) } }, n: null };
  const { text, bytes } = pack(value);
  expect(bytes).toEqual([new Uint8Array([1, 2]), new Uint8Array([3])]);
  expect(text).not.toContain("1,2");
  expect(unpack(text, bytes)).toEqual(value);
});

it("carries any text, also halves of surrogate pairs", () => {
  const value = { text: "\ud800 \u0000 é 🦀" };
  expect(unpack(pack(value).text, [])).toEqual(value);
});
