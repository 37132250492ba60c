/** How much of a file's name is kept, in code points. */
const LONGEST = 200;

/**
 * A foreign file's name, to be shown: what turns its letters around (`exe.wasm` that reads `msaw.exe`), breaks its line or cannot be seen
 * shows as `\ufffd`, and the middle of a very long name as `…`. What joins letters and emoji stays.
 */
export function plainName(name: string): string {
  const seen = name.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (sign) => (/[\u200c\u200d]/.test(sign) ? sign : "\ufffd"));
  const points = [...seen];
  if (points.length <= LONGEST) return seen;
  return [...points.slice(0, LONGEST - 21), "…", ...points.slice(-20)].join("");
}
