/** The handles (`counter#1`) that stand in a WAVE text, in order, without repeats; what looks like one inside a string is not. */
export function handlesIn(text: string): string[] {
  const found = new Set<string>();
  const pattern = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|([A-Za-z%][A-Za-z0-9-]*#\d+)/gsu;
  for (const match of text.matchAll(pattern)) if (match[1]) found.add(match[1]);
  return [...found];
}

/** The resource a handle type names: `borrow<counter>` and `own<counter>` and `counter` are all `counter`. */
export function resourceOf(typeText: string): string {
  return /^(?:own|borrow)<(.+)>$/.exec(typeText.trim())?.[1]?.trim() ?? typeText.trim();
}

/** Whether `handle` (`counter#1`) is one of `resource`. */
export function isHandleOf(handle: string, resource: string): boolean {
  return handle.replace(/#\d+$/, "") === resource;
}
