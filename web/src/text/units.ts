/**
 * Python counts code points, the editor UTF-16 units. Both functions clamp to the text, so that a diagnostic for an older text
 * never points outside.
 */
export function toUtf16(text: string, codePoint: number): number {
  let units = 0;
  for (let seen = 0; seen < codePoint && units < text.length; seen += 1) {
    units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1;
  }
  return Math.min(units, text.length);
}

/** The other way: how many code points stand before a UTF-16 position. */
export function toCodePoint(text: string, units: number): number {
  const before = text.slice(0, units);
  if (!/[\ud800-\udbff]/.test(before)) return before.length;
  let count = 0;
  for (const _ of before) count += 1;
  return count;
}

/** Many positions at once, in one pass over the text; the positions may come in any order. */
export function toUtf16All(text: string, codePoints: readonly number[]): number[] {
  if (!/[\ud800-\udbff]/.test(text)) return codePoints.map((at) => Math.max(0, Math.min(at, text.length)));
  const order = codePoints.map((at, index) => ({ at, index })).sort((a, b) => a.at - b.at);
  const out = new Array<number>(codePoints.length).fill(0);
  let units = 0;
  let seen = 0;
  for (const { at, index } of order) {
    while (seen < at && units < text.length) {
      units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1;
      seen += 1;
    }
    out[index] = Math.min(units, text.length);
  }
  return out;
}

/**
 * Where a place of `old` (code points) is in `now`, which differs from it in one stretch; a place inside that stretch moves to its start.
 * What is written just at the place comes before it when it is the start of something, behind it when it is the `end`.
 */
export function moved(old: string, now: string, codePoint: number, end = false): number {
  if (old === now) return codePoint;
  const shorter = Math.min(old.length, now.length);
  let same = 0;
  while (same < shorter && old[same] === now[same]) same += 1;
  let after = 0;
  while (after < shorter - same && old[old.length - 1 - after] === now[now.length - 1 - after]) after += 1;
  const at = toUtf16(old, codePoint);
  if (at < same || (end && at === same)) return codePoint;
  const to = at >= old.length - after ? at + now.length - old.length : same;
  return toCodePoint(now, to);
}
