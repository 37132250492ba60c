// How values cross into Python and back: JSON text, with the bytes beside it. Python reads JSON far faster than it walks JavaScript
// objects. An object with the one key `BYTES` stands for an entry of the list of bytes (app/bootstrap.py does the same).

const BYTES = "\0bytes";

/** A value as JSON text and the bytes it holds. */
export function pack(value: unknown): { text: string; bytes: Uint8Array[] } {
  const bytes: Uint8Array[] = [];
  const text = JSON.stringify(value ?? null, (_key, item: unknown) => {
    if (item instanceof Uint8Array) return { [BYTES]: bytes.push(item) - 1 };
    if (item instanceof ArrayBuffer) return { [BYTES]: bytes.push(new Uint8Array(item)) - 1 };
    if (typeof item === "bigint") return item.toString();
    return item;
  });
  return { text, bytes };
}

/** The value that `pack` packed. */
export function unpack(text: string, bytes: readonly Uint8Array[]): unknown {
  if (bytes.length === 0) return JSON.parse(text);
  return JSON.parse(text, (_key, item: unknown) => {
    if (typeof item === "object" && item !== null && BYTES in item) return bytes[item[BYTES] as number];
    return item;
  });
}
