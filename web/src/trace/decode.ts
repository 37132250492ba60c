/**
 * What bytes mean as a value of a primitive type: the canonical ABI is little-endian (CanonicalABI.md, "Loading"). Null for other types,
 * for cut bytes, and where the count does not fit.
 */
export function readAs(type: string, bytes: Uint8Array, size: number): string | null {
  if (bytes.length !== size || size === 0) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const fits = (count: number): boolean => size === count;
  switch (type) {
    case "bool":
      return fits(1) ? (view.getUint8(0) === 0 ? "false" : "true") : null;
    case "u8":
      return fits(1) ? String(view.getUint8(0)) : null;
    case "s8":
      return fits(1) ? String(view.getInt8(0)) : null;
    case "u16":
      return fits(2) ? String(view.getUint16(0, true)) : null;
    case "s16":
      return fits(2) ? String(view.getInt16(0, true)) : null;
    case "u32":
      return fits(4) ? String(view.getUint32(0, true)) : null;
    case "s32":
      return fits(4) ? String(view.getInt32(0, true)) : null;
    case "u64":
      return fits(8) ? String(view.getBigUint64(0, true)) : null;
    case "s64":
      return fits(8) ? String(view.getBigInt64(0, true)) : null;
    case "f32":
      return fits(4) ? float(view.getFloat32(0, true)) : null;
    case "f64":
      return fits(8) ? float(view.getFloat64(0, true)) : null;
    case "char": {
      const code = fits(4) ? view.getUint32(0, true) : -1;
      return code >= 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
        ? `'${String.fromCodePoint(code)}'`
        : null;
    }
    default:
      return null;
  }
}

function float(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

const ENCODINGS: readonly [RegExp, string][] = [
  [/utf-?8/i, "utf-8"],
  [/utf-?16/i, "utf-16le"],
  [/latin-?1/i, "latin1"],
];

/** The text that the bytes of a string's content hold, when `type` says that they are one and none is cut off. */
export function readAsText(type: string, bytes: Uint8Array, size: number): string | null {
  if (!/^string\b/.test(type) || bytes.length !== size || size === 0) return null;
  const encoding = ENCODINGS.find(([pattern]) => pattern.test(type))?.[1];
  if (!encoding) return null;
  if (encoding === "latin1") return String.fromCharCode(...bytes);
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
