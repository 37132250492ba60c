import { expect, it } from "vitest";
import { handlesIn, isHandleOf, resourceOf } from "./handles";

it("finds handles, not what looks like one in a text", () => {
  expect(handlesIn("[counter#1, {a: input-stream#12, b: \"x#3\", c: '#'}, counter#1]")).toEqual([
    "counter#1",
    "input-stream#12",
  ]);
  expect(handlesIn('"a \\" counter#1"')).toEqual([]);
  expect(handlesIn("")).toEqual([]);
});

it("knows the resource of a handle type", () => {
  expect(["own<counter>", "borrow<counter>", "counter"].map(resourceOf)).toEqual(["counter", "counter", "counter"]);
  expect(isHandleOf("counter#1", "counter")).toBe(true);
  expect(isHandleOf("encounter#1", "counter")).toBe(false);
});
