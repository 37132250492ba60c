import { describe, expect, it } from "vitest";
import { Sgr } from "./sgr";

describe("Sgr", () => {
  it("gives styles to what follows a sequence", () => {
    expect(new Sgr().read("a\x1b[1;31mb\x1b[0mc")).toEqual([
      { text: "a", style: "" },
      { text: "b", style: "sgr-bold sgr-red" },
      { text: "c", style: "" },
    ]);
  });

  it("waits for a sequence that is cut in two", () => {
    const sgr = new Sgr();
    expect(sgr.read("a\x1b")).toEqual([{ text: "a", style: "" }]);
    expect(sgr.read("[3")).toEqual([]);
    expect(sgr.read("2mb")).toEqual([{ text: "b", style: "sgr-green" }]);
    expect(sgr.read("\x1b[4")).toEqual([]);
    expect(sgr.end()).toEqual([{ text: "\x1b[4", style: "sgr-green" }]);
  });

  it("skips the parameters of palettes it has no names for", () => {
    expect(new Sgr().read("\x1b[38;5;9;1mx")).toEqual([{ text: "x", style: "sgr-bold sgr-red" }]);
    expect(new Sgr().read("\x1b[38;2;1;31;3;4mx")).toEqual([{ text: "x", style: "sgr-underline" }]);
    expect(new Sgr().read("\x1b[31;39mx")).toEqual([{ text: "x", style: "" }]);
  });

  it("leaves every other control alone", () => {
    expect(new Sgr().read("\x1b[2J\x1b]0;title\x07x")).toEqual([{ text: "\x1b[2J\x1b]0;title\x07x", style: "" }]);
  });
});
