import { expect, it } from "vitest";
import type { FuncItem, TypeNode } from "../protocol";
import { displayName, handlesAfter, usesHandles } from "./calls";
import { treeOf } from "./given";
import { filesAfter } from "./runs";

const func = (name: string, params: TypeNode[], result: TypeNode | null): FuncItem => ({
  path: name,
  name,
  params: params.map((type, index) => ({ name: `p${index}`, type })),
  result,
  async_: false,
  wit: "",
});
const own: TypeNode = { kind: "own", text: "counter" };
const borrow: TypeNode = { kind: "borrow", text: "borrow<counter>" };
const list: TypeNode = { kind: "list", text: "list<counter>", items: [{ name: "element", type: own }] };
const number: TypeNode = { kind: "s32", text: "s32" };

it("follows handles: what a call brings, less what it takes", () => {
  expect(handlesAfter([], func("new", [number], own), ["1"], "counter#1")).toEqual(["counter#1"]);
  expect(
    handlesAfter(["counter#1", "counter#2"], func("merge", [own, own], own), ["counter#1", "counter#2"], "counter#3"),
  ).toEqual(["counter#3"]);
  expect(handlesAfter(["counter#1"], func("bump", [borrow], number), ["counter#1"], "2")).toEqual(["counter#1"]);
  expect(handlesAfter(["counter#1", "counter#2"], func("sum", [list], number), ["[counter#2]"], "2")).toEqual([
    "counter#1",
  ]);
});

it("knows which functions need a kept instance", () => {
  expect([func("a", [list], null), func("b", [], own), func("c", [number], number)].map(usesHandles)).toEqual([
    true,
    true,
    false,
  ]);
});

it("reads names aloud", () => {
  expect(
    ["[constructor]counter", "[method]counter.bump", "[static]counter.merge", "add"].map((name) =>
      displayName({ name }),
    ),
  ).toEqual(["new counter", "counter.bump", "counter.merge", "add"]);
});

it("says what a run did to the files", () => {
  const bytes = (...list: number[]): { bytes: Uint8Array } => ({ bytes: Uint8Array.from(list) });
  const files = { "/a": bytes(1), "/b": bytes(2, 2), "/d": bytes(4), "/e": { dir: true } };
  const changes = [
    { path: "/b", change: "changed" as const, before: 1, after: 2 },
    { path: "/c", change: "removed" as const, before: 3, after: null },
    { path: "/d", change: "added" as const, before: null, after: 1 },
    { path: "/e", change: "added" as const, before: null, after: null },
  ];
  const all = filesAfter({ files, changes });
  expect(all.map(({ path, change, before, after }) => [path, change, before, after].join(" "))).toEqual([
    "/b changed 1 2",
    "/c removed 3 ",
    "/d added  1",
    "/e added  ",
    "/a same 1 1",
  ]);
});

it("shows files as a tree", () => {
  const file = new Blob([]);
  const rows = treeOf({ "/b.txt": file, "/b/c/d": file, "/a": null, "/b/x": { link: "c" } });
  expect(
    rows.map(({ parent, name, depth, file }) => `${"  ".repeat(depth)}${parent}${name}${file ? "" : "/"}`),
  ).toEqual(["/a/", "/b/", "  /b/c/", "    /b/c/d", "  /b/x", "/b.txt"]);
});
