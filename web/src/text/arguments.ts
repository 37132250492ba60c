/** A command line cut into arguments: spaces part, quotes join, a backslash takes the next character as it is (not inside '…'). */
export function splitArguments(line: string): string[] {
  const out: string[] = [];
  let word: string | null = null;
  let quote = "";
  for (let index = 0; index < line.length; index += 1) {
    const char = line[index] ?? "";
    if (char === "\\" && quote !== "'" && index + 1 < line.length) {
      index += 1;
      word = (word ?? "") + (line[index] ?? "");
    } else if (quote) {
      if (char === quote) quote = "";
      else word = (word ?? "") + char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= "";
    } else if (/\s/.test(char)) {
      if (word !== null) out.push(word);
      word = null;
    } else {
      word = (word ?? "") + char;
    }
  }
  if (word !== null) out.push(word);
  return out;
}

/** The line that `splitArguments` cuts into `words` again. */
export function joinArguments(words: readonly string[]): string {
  return words
    .map((word) => (word !== "" && /^[^\s"'\\]+$/.test(word) ? word : `"${word.replace(/["\\]/g, "\\$&")}"`))
    .join(" ");
}

/** `NAME=value` lines as a mapping; lines without `=` or without a name come back as `wrong` (1-based line numbers). */
export function parseEnvironment(text: string): { values: Record<string, string>; wrong: number[] } {
  const values: Record<string, string> = Object.create(null) as Record<string, string>;
  const wrong: number[] = [];
  text.split("\n").forEach((line, index) => {
    if (line.trim() === "") return;
    const at = line.indexOf("=");
    if (at <= 0) wrong.push(index + 1);
    else values[line.slice(0, at).trim()] = line.slice(at + 1);
  });
  return { values, wrong };
}
