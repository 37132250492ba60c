/** `name: value` lines as pairs; the numbers of the lines that are none. Empty lines count for nothing. */
export function parseHeaders(text: string): { pairs: string[][]; wrong: number[] } {
  const pairs: string[][] = [];
  const wrong: number[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const found = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*(.*?)\s*$/.exec(line);
    if (found) pairs.push([found[1] ?? "", found[2] ?? ""]);
    else wrong.push(index + 1);
  }
  return { pairs, wrong };
}

/** Bytes as text where they are UTF-8 that one can read, else null. */
export function readable(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return /[\0-\x08\x0e-\x1a\x1c-\x1f]/.test(text) ? null : text;
  } catch {
    return null;
  }
}
