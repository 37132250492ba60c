import {
  HighlightStyle,
  LanguageSupport,
  StreamLanguage,
  syntaxHighlighting,
  type StringStream,
} from "@codemirror/language";
import { tags } from "@lezer/highlight";

/** Colours only: what the text means is for the core to say. */
interface State {
  /** The last word was one that introduces a name. */
  naming: boolean;
  /** The last word was one that a package name or path may follow. */
  path: boolean;
  /** Depth of block comments, which nest (WIT.md, "Comments"). */
  comment: number;
}

const KEYWORDS = new Set([
  "package",
  "world",
  "interface",
  "import",
  "export",
  "use",
  "as",
  "include",
  "with",
  "from",
  "constructor",
  "static",
  "async",
  "func",
]);
const NAMING = new Set(["world", "interface", "record", "variant", "enum", "flags", "resource", "type"]);
const BEFORE_PATHS = new Set(["package", "use", "import", "export", "include"]);
const DEFINITIONS = new Set(["record", "variant", "enum", "flags", "resource", "type"]);
const TYPES = new Set([
  ..."u8 u16 u32 u64 s8 s16 s32 s64 f32 f64 bool char string list option result tuple own borrow stream future map error-context".split(
    " ",
  ),
]);

function token(stream: StringStream, state: State): string | null {
  if (state.comment > 0) {
    while (!stream.eol()) {
      if (stream.match("*/")) state.comment -= 1;
      else if (stream.match("/*")) state.comment += 1;
      else stream.next();
      if (state.comment === 0) break;
    }
    return "comment";
  }
  if (stream.eatSpace()) return null;
  if (stream.match(/^\/\/\/.*/)) return "docComment";
  if (stream.match(/^\/\/.*/)) return "comment";
  if (stream.match("/*")) {
    state.comment = 1;
    return "comment";
  }
  if (stream.match(/^@[a-z][a-z-]*/)) return "annotation";
  if (stream.match(/^@?\d+\.\d+\.\d+(?:[-+][\w.+-]*)?/)) return "version";
  if (stream.match(/^\d+/)) return "number";
  if (stream.match("->")) return "operator";
  const path = state.path;
  state.path = false;
  if (path && stream.match(/^[a-z][a-z0-9-]*:[a-z][a-z0-9-]*(?:[:/][a-z][a-z0-9-]*)*/)) return "name";
  const word = stream.match(/^%?[A-Za-z][A-Za-z0-9-]*/) as RegExpMatchArray | null;
  if (word) {
    const text = word[0];
    const naming = state.naming;
    state.naming = false;
    if (naming) return "definition";
    if (stream.match(/^\s*:(?!\s*[a-z-]+\/)/, false) && !DEFINITIONS.has(text) && text !== "package") return "field";
    if (KEYWORDS.has(text) || DEFINITIONS.has(text)) {
      state.naming = NAMING.has(text);
      state.path = BEFORE_PATHS.has(text);
      return DEFINITIONS.has(text) ? "definitionKeyword" : "keyword";
    }
    return TYPES.has(text) ? "typeName" : "name";
  }
  stream.next();
  return "punctuation";
}

const language = StreamLanguage.define<State>({
  name: "wit",
  startState: () => ({ naming: false, path: false, comment: 0 }),
  token,
  languageData: {
    commentTokens: { line: "//", block: { open: "/*", close: "*/" } },
    closeBrackets: { brackets: ["{", "(", "<"] },
  },
  tokenTable: {
    docComment: tags.docComment,
    comment: tags.comment,
    annotation: tags.annotation,
    version: tags.number,
    number: tags.number,
    operator: tags.operator,
    definition: tags.definition(tags.typeName),
    definitionKeyword: tags.definitionKeyword,
    keyword: tags.keyword,
    field: tags.propertyName,
    typeName: tags.standard(tags.typeName),
    name: tags.typeName,
    punctuation: tags.punctuation,
  },
});

const style = HighlightStyle.define([
  { tag: tags.docComment, color: "var(--code-doc)", fontStyle: "italic" },
  { tag: tags.comment, color: "var(--code-comment)", fontStyle: "italic" },
  { tag: [tags.keyword, tags.definitionKeyword], color: "var(--code-keyword)" },
  { tag: tags.annotation, color: "var(--code-keyword)" },
  { tag: tags.definition(tags.typeName), color: "var(--code-name)", fontWeight: "600" },
  { tag: tags.propertyName, color: "var(--code-label)" },
  { tag: tags.standard(tags.typeName), color: "var(--code-type)" },
  { tag: tags.typeName, color: "var(--code-name)" },
  { tag: tags.number, color: "var(--code-number)" },
  { tag: [tags.operator, tags.punctuation], color: "var(--code-quiet)" },
]);

/** WIT for CodeMirror: colours, comments, brackets. */
export function wit(): LanguageSupport {
  return new LanguageSupport(language, [syntaxHighlighting(style)]);
}
