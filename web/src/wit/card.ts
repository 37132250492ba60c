import type { WitHover, WitLayout } from "../protocol";

/** What is under the cursor, as a card: definition, documentation, layout. Text only; nothing in WIT is markup. */
export function card(hover: WitHover): HTMLElement {
  const box = element("div", "wit-card");
  box.append(element("pre", "", hover.text));
  if (hover.docs) box.append(element("p", "docs", hover.docs));
  if (hover.layout) box.append(...layout(hover.layout));
  if (hover.core) box.append(facts(["core signature ", mono(hover.core)]));
  return box;
}

/** What a card says, for those who do not see it. */
export function spoken(hover: WitHover): string {
  const { layout: lies } = hover;
  return [
    hover.text,
    hover.docs,
    lies ? `${count(lies.size, "byte")}, aligned to ${lies.align}` : null,
    hover.core ? `core signature ${hover.core}` : null,
  ]
    .filter(Boolean)
    .join(". ");
}

function layout({ size, align, flat, parts }: WitLayout): HTMLElement[] {
  const travels = flat
    ? ["; flattens to ", mono(flat.join(" ") || "nothing")]
    : ["; more than 16 core values, so it travels in memory"];
  const made = [facts([`${count(size, "byte")}, aligned to ${align}`, ...travels])];
  if (!parts.length) return made;
  const table = element("table");
  const row = table.createTHead().insertRow();
  for (const [name, kind] of [
    ["offset", "number"],
    ["size", "number"],
    ["name", ""],
    ["type", ""],
  ] as const) {
    const head = element("th", kind, name);
    head.scope = "col";
    row.append(head);
  }
  const body = table.createTBody();
  for (const part of parts) {
    const line = body.insertRow();
    line.append(element("td", "number", String(part.offset)), element("td", "number", String(part.size)));
    line.append(element("td", "mono", part.name), element("td", "mono", part.type ?? ""));
  }
  made.push(table);
  return made;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function facts(parts: (string | HTMLElement)[]): HTMLElement {
  const line = element("p", "facts");
  line.append(...parts);
  return line;
}

function mono(text: string): HTMLElement {
  return element("span", "mono", text);
}

function element<K extends keyof HTMLElementTagNameMap>(tag: K, kind = "", text = ""): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (kind) made.className = kind;
  made.textContent = text;
  return made;
}
