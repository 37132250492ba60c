import { describe, expect, it } from "vitest";
import { toCodePoint, toUtf16 } from "../text/units";
import { checkFileName, foreignFiles, isFileName, MOST_FILES, newText, sortedNames } from "./files";

describe("the path of a WIT text", () => {
  it.each(["a.wit", "types-2.wit", "deps/io.wit", "deps/wasi-io/streams.wit", "wasi_io.v2.wit"])(
    "may be %s",
    (name) => {
      expect(isFileName(name)).toBe(true);
    },
  );
  it.each([
    "",
    ".wit",
    "a.txt",
    "/a.wit",
    "../a.wit",
    "a/b.wit",
    "deps/../a.wit",
    "deps/a/b/c.wit",
    "__proto__",
    "a b.wit",
  ])("may not be %s", (name) => {
    expect(isFileName(name)).toBe(false);
  });
  it("is completed, and told when it cannot be", () => {
    expect(checkFileName(" types ", [])).toEqual({ name: "types.wit", error: null });
    expect(checkFileName("./deps/io", [])).toEqual({ name: "deps/io.wit", error: null });
    expect(checkFileName("types", ["types.wit"])).toEqual({ error: "There is a types.wit already." });
    expect(checkFileName("../up", [])).toMatchObject({ error: expect.stringContaining("deps/name.wit") });
    expect(checkFileName("", [])).toMatchObject({ error: expect.stringContaining("Type a name") });
  });
});

it("lists the package's own texts first", () => {
  expect(sortedNames({ "deps/a.wit": "", "z.wit": "", "deps/b/c.wit": "", "b.wit": "" })).toEqual([
    "b.wit",
    "z.wit",
    "deps/a.wit",
    "deps/b/c.wit",
  ]);
});

it("takes from others only what is called like a text, and not too much", () => {
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`f${n}.wit`, ""]));
  expect(Object.keys(foreignFiles(many))).toHaveLength(MOST_FILES);
  expect(foreignFiles({ "../a.wit": "x", "b.wit": "y" })).toEqual({ "b.wit": "y" });
});

it("begins a dependency with a header of its own", () => {
  expect(newText("types.wit")).toBe("");
  expect(newText("deps/io.wit")).toBe("package my:io;\n\ninterface types {\n}\n");
  expect(newText("deps/2 Big/a.wit")).toMatch(/^package my:big;/);
});

it("counts code points both ways", () => {
  const text = "a😀b";
  expect([0, 1, 3, 4].map((units) => toCodePoint(text, units))).toEqual([0, 1, 2, 3]);
  expect([0, 1, 2, 3].map((point) => toUtf16(text, point))).toEqual([0, 1, 3, 4]);
});
