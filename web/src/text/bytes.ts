const GROUPED = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

/** `1,234 bytes`. */
export function exactBytes(count: number): string {
  return `${GROUPED.format(count)} ${count === 1 ? "byte" : "bytes"}`;
}

/** `1.6 MB`, for a status line: decimal units, one digit. */
export function shortBytes(count: number): string {
  if (count < 1000) return `${count} B`;
  if (count < 1_000_000) return `${SHORT.format(count / 1000)} kB`;
  return `${SHORT.format(count / 1_000_000)} MB`;
}

/** `1,234`. */
export function grouped(count: number): string {
  return GROUPED.format(count);
}

/** `one event`, `3 events`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${GROUPED.format(count)} ${count === 1 ? one : many}`;
}

/** `0x00010f40`. */
export function hexAddress(address: number): string {
  return `0x${address.toString(16).padStart(6, "0")}`;
}

/** Bytes from hexadecimal text; a broken digit ends it. */
export function fromHex(text: string): Uint8Array {
  const digits = text.replace(/\s+/g, "");
  const out = new Uint8Array(digits.length >> 1);
  for (let index = 0; index < out.length; index += 1) {
    const byte = Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16);
    if (Number.isNaN(byte)) return out.subarray(0, index);
    out[index] = byte;
  }
  return out;
}

export function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

/** A byte as ASCII, or a middle dot where it has no picture. */
export function asciiOf(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·";
}
