import type { TypeNode } from "../protocol";
import { caseOf, elementOf, field, FLOAT, INTEGER, integerRange, isFloat, NOT_FINITE, type WaveValue } from "./value";

/** Words of WAVE that a label may not be without a leading `%`. */
const KEYWORDS = new Set(["true", "false", "inf", "nan", "some", "none", "ok", "err"]);

function label(name: string): string {
  return KEYWORDS.has(name) ? `%${name}` : name;
}

/** `value` as WAVE text. The value need not be valid: what was typed is printed as it stands. */
export function printWave(type: TypeNode, value: WaveValue): string {
  const { kind } = type;
  if (integerRange(kind)) return printInteger(value);
  if (isFloat(kind)) return printFloat(value);
  switch (kind) {
    case "bool":
      return value === true ? "true" : "false";
    case "char":
      return `'${escape(String(value ?? ""), "'")}'`;
    case "string":
      return `"${escape(String(value ?? ""), '"')}"`;
    case "list": {
      if (typeof value === "string") return value;
      const element = elementOf(type);
      return `[${list(value)
        .map((item) => (element ? printWave(element, item) : "_"))
        .join(", ")}]`;
    }
    case "map":
      return `[${list(value)
        .map((pair) => printWave({ kind: "tuple", text: "", items: type.items ?? [] }, pair))
        .join(", ")}]`;
    case "tuple":
      return `(${(type.items ?? []).map((item, index) => (item.type ? printWave(item.type, list(value)[index] ?? null) : "_")).join(", ")})`;
    case "record": {
      const fields = (type.items ?? []).map(
        (item) => `${label(item.name)}: ${item.type ? printWave(item.type, field(value, item.name)) : "_"}`,
      );
      return fields.length ? `{${fields.join(", ")}}` : "{:}";
    }
    case "variant":
    case "result": {
      const tag = String(field(value, "tag") ?? "");
      const payload = caseOf(type, tag);
      const word = kind === "result" ? tag : label(tag);
      return payload ? `${word}(${printWave(payload, field(value, "value"))})` : word;
    }
    case "enum":
      return label(String(value ?? ""));
    case "option": {
      const element = elementOf(type);
      return value === null || !element ? "none" : `some(${printWave(element, field(value, "some"))})`;
    }
    case "flags": {
      const chosen = new Set(list(value));
      return `{${(type.labels ?? [])
        .filter((one) => chosen.has(one))
        .map(label)
        .join(", ")}}`;
    }
    case "own":
    case "borrow":
      return String(field(value, "handle") ?? "");
    default:
      return "";
  }
}

function list(value: WaveValue): WaveValue[] {
  return Array.isArray(value) ? value : [];
}

function printFloat(value: WaveValue): string {
  if (typeof value === "number") {
    if (Number.isNaN(value)) return "nan";
    if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
    return Object.is(value, -0) ? "-0" : String(value);
  }
  const text = String(value).trim();
  if (NOT_FINITE.test(text)) return text.toLowerCase().replace(/^\+/, "").replace("infinity", "inf");
  const parts = FLOAT.exec(text);
  if (!parts) return text;
  const [, sign = "", whole = "", point = "", fraction = "", exponent = ""] = parts;
  return `${sign === "-" ? "-" : ""}${whole.replace(/^0+(?=\d)/, "") || "0"}${point ? `.${fraction || "0"}` : ""}${exponent}`;
}

/** WAVE knows neither a leading `+` nor zeros before a number; people type them. */
function printInteger(value: WaveValue): string {
  const text = String(value).trim();
  return INTEGER.test(text) ? String(BigInt(text.replace(/^\+/, ""))) : text;
}

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function escape(text: string, quote: string): string {
  let out = "";
  for (const scalar of text) {
    const code = scalar.codePointAt(0) ?? 0;
    if (scalar === quote) out += `\\${quote}`;
    else if (ESCAPES[scalar]) out += ESCAPES[scalar];
    else if (code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0xd800 && code <= 0xdfff))
      out += `\\u{${code.toString(16)}}`;
    else out += scalar;
  }
  return out;
}
