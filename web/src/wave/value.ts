import type { TypeNode } from "../protocol";

/**
 * A value as the form edits it, in the shape of `wave-check`'s answer: 64-bit integers and non-finite floats are strings,
 * variants and results `{tag, value?}`, options `null` or `{some}`, flags lists of labels, handles `{handle}`.
 * A number that does not parse (yet) stays the string that was typed; `problems` says what is wrong with it.
 */
export type WaveValue = boolean | number | string | null | WaveValue[] | { [label: string]: WaveValue };

export interface Problem {
  /** Where in the value, as one reads it aloud: `points[2].x`; empty for the value itself. */
  path: string;
  message: string;
}

interface IntegerRange {
  low: bigint;
  high: bigint;
}

const INTEGERS: Readonly<Record<string, IntegerRange>> = {
  u8: { low: 0n, high: 255n },
  u16: { low: 0n, high: 65_535n },
  u32: { low: 0n, high: 4_294_967_295n },
  u64: { low: 0n, high: 18_446_744_073_709_551_615n },
  s8: { low: -128n, high: 127n },
  s16: { low: -32_768n, high: 32_767n },
  s32: { low: -2_147_483_648n, high: 2_147_483_647n },
  s64: { low: -9_223_372_036_854_775_808n, high: 9_223_372_036_854_775_807n },
};

/** The range of an integer type, or null for every other kind. */
export function integerRange(kind: string): IntegerRange | null {
  return INTEGERS[kind] ?? null;
}

export function isFloat(kind: string): boolean {
  return kind === "f32" || kind === "f64";
}

/** The length of `list<T, n>`, or null where the length is free. */
export function fixedLength(type: TypeNode): number | null {
  const found = type.kind === "list" ? /,\s*(\d+)\s*>$/.exec(type.text) : null;
  return found ? Number(found[1]) : null;
}

/** The element type of a list or an option. */
export function elementOf(type: TypeNode): TypeNode | null {
  return type.items?.[0]?.type ?? null;
}

/** The payload type of a case of a variant or a result; undefined when there is no such case. */
export function caseOf(type: TypeNode, tag: string): TypeNode | null | undefined {
  const item = type.items?.find((one) => one.name === tag);
  return item === undefined ? undefined : (item.type ?? null);
}

/** The value a form starts from: zero, empty, the first case. */
export function defaultValue(type: TypeNode): WaveValue {
  const { kind } = type;
  if (integerRange(kind)) return kind.endsWith("64") ? "0" : 0;
  if (isFloat(kind)) return 0;
  switch (kind) {
    case "bool":
      return false;
    case "char":
      return "a";
    case "string":
      return "";
    case "list": {
      const element = elementOf(type);
      const length = fixedLength(type) ?? 0;
      return element ? Array.from({ length }, () => defaultValue(element)) : [];
    }
    case "map":
    case "flags":
      return [];
    case "tuple":
      return (type.items ?? []).map((item) => (item.type ? defaultValue(item.type) : null));
    case "record":
      return Object.fromEntries(
        (type.items ?? []).map((item) => [item.name, item.type ? defaultValue(item.type) : null]),
      );
    case "variant":
    case "result":
      return caseValue(type, type.items?.[0]?.name ?? "ok");
    case "enum":
      return type.labels?.[0] ?? "";
    case "option":
      return null;
    case "own":
    case "borrow":
      return { handle: "" };
    default:
      return null;
  }
}

/** The case `tag` of a variant or result, with the payload a form starts from. */
export function caseValue(type: TypeNode, tag: string): WaveValue {
  const payload = caseOf(type, tag);
  return payload ? { tag, value: defaultValue(payload) } : { tag };
}

/** Whether a form can be made for the type: streams and futures have no text form yet. */
export function editable(type: TypeNode): boolean {
  if (type.kind === "stream" || type.kind === "future" || type.kind === "error-context") return false;
  return (type.items ?? []).every((item) => item.type === null || item.type === undefined || editable(item.type));
}

/** What people type for numbers, which is more than WAVE takes: `+5`, `.5`, `5.`, `Infinity`; `printWave` makes WAVE of it. */
export const INTEGER = /^[+-]?\d+$/;
export const FLOAT = /^([+-]?)(?=\.?\d)(\d*)(\.?)(\d*)([eE][+-]?\d+)?$/;
export const NOT_FINITE = /^(nan|[+-]?inf(inity)?)$/i;

/** What is wrong with `value` as a value of `type`, in reading order; empty when nothing is. */
export function problems(type: TypeNode, value: WaveValue, path = ""): Problem[] {
  const { kind } = type;
  const range = integerRange(kind);
  if (range) return integerProblems(range, kind, value, path);
  if (isFloat(kind)) {
    const text = String(value).trim();
    if (NOT_FINITE.test(text) || FLOAT.test(text) || (typeof value === "number" && !Number.isFinite(value))) return [];
    return [{ path, message: "expected a number, `nan`, `inf` or `-inf`" }];
  }
  switch (kind) {
    case "char": {
      const scalars = typeof value === "string" ? [...value] : [];
      const first = scalars[0]?.codePointAt(0) ?? 0;
      if (scalars.length !== 1) return [{ path, message: `expected one character, found ${scalars.length}` }];
      return first >= 0xd800 && first <= 0xdfff ? [{ path, message: "a lone surrogate is not a character" }] : [];
    }
    case "list": {
      if (typeof value === "string") return [{ path, message: wrongHex(value) }];
      const items = Array.isArray(value) ? value : [];
      const length = fixedLength(type);
      const wrong =
        length !== null && items.length !== length
          ? [{ path, message: `expected ${length} items, found ${items.length}` }]
          : [];
      const element = elementOf(type);
      return element
        ? [...wrong, ...items.flatMap((item, index) => problems(element, item, `${path}[${index}]`))]
        : wrong;
    }
    case "map":
      return (Array.isArray(value) ? value : []).flatMap((pair, index) =>
        (type.items ?? []).flatMap((item, side) =>
          item.type && Array.isArray(pair)
            ? problems(item.type, pair[side] ?? null, `${path}[${index}].${item.name}`)
            : [],
        ),
      );
    case "tuple":
      return (type.items ?? []).flatMap((item, index) =>
        item.type && Array.isArray(value) ? problems(item.type, value[index] ?? null, `${path}[${index}]`) : [],
      );
    case "record":
      return (type.items ?? []).flatMap((item) =>
        item.type ? problems(item.type, field(value, item.name), path ? `${path}.${item.name}` : item.name) : [],
      );
    case "variant":
    case "result": {
      const tag = String(field(value, "tag") ?? "");
      const payload = caseOf(type, tag);
      if (payload === undefined) return [{ path, message: `\`${tag}\` is not a case of this type` }];
      return payload ? problems(payload, field(value, "value"), path ? `${path}.${tag}` : tag) : [];
    }
    case "option": {
      const element = elementOf(type);
      return value !== null && element ? problems(element, field(value, "some"), path ? `${path}.some` : "some") : [];
    }
    case "own":
    case "borrow":
      return field(value, "handle") ? [] : [{ path, message: "no handle chosen" }];
    default:
      return [];
  }
}

/** Why a text is no bytes in hexadecimal; the form of bytes keeps such a text as it was typed. */
function wrongHex(text: string): string {
  const odd = /[^0-9a-fA-F\s]/u.exec(text);
  return odd ? `expected hexadecimal digits, found \`${odd[0]}\`` : "expected two hexadecimal digits for each byte";
}

function integerProblems(range: IntegerRange, kind: string, value: WaveValue, path: string): Problem[] {
  const text = String(value).trim();
  if (!INTEGER.test(text))
    return [{ path, message: text === "" ? "expected a whole number" : `expected a whole number, found \`${text}\`` }];
  const number = BigInt(text.replace(/^\+/, ""));
  if (number < range.low || number > range.high)
    return [{ path, message: `${kind} goes from ${range.low} to ${range.high}` }];
  return [];
}

/** A member of an object value; null where there is none. */
export function field(value: WaveValue, name: string): WaveValue {
  return value !== null && typeof value === "object" && !Array.isArray(value) && Object.hasOwn(value, name)
    ? (value[name] ?? null)
    : null;
}
