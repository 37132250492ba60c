import { ensureSyntaxTree } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { expect, it } from "vitest";
import { wit } from "./mode";

/** `text` as `[piece, colour]` pairs. */
function colours(text: string): [string, string][] {
  const state = EditorState.create({ doc: text, extensions: [wit()] });
  const out: [string, string][] = [];
  ensureSyntaxTree(state, text.length, 1e4)?.iterate({
    enter: (node) => {
      if (!node.type.isTop) out.push([text.slice(node.from, node.to), node.type.name]);
    },
  });
  return out.filter(([, name]) => name !== "punctuation");
}

it("tells names, labels, types and comments apart", () => {
  expect(colours("package lab:bench@1.0.0;\nrecord point { %x: f64 } /* a /* b */ */ // c")).toEqual([
    ["package", "keyword"],
    ["lab:bench", "name"],
    ["@1.0.0", "version"],
    ["record", "definitionKeyword"],
    ["point", "definition"],
    ["%x", "field"],
    ["f64", "typeName"],
    ["/* a /* b */ */", "comment"],
    ["// c", "comment"],
  ]);
});

it("survives anything", () => {
  expect(() => colours('}{ @ %% "x" \u0000 /* never closed\n-> -> 1.2 ///')).not.toThrow();
});
