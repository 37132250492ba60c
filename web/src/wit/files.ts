/** The WIT texts of a project, by path: `name.wit` belongs to the package itself, `deps/name.wit` and `deps/folder/name.wit` to others. */
export type WitFiles = Readonly<Record<string, string>>;

/** What a project's first text is called. */
export const MAIN = "main.wit";
/** More texts than this are no project that somebody writes in a page. */
export const MOST_FILES = 200;

const NAME = /^(?:deps\/(?:[A-Za-z0-9][\w.-]*\/)?)?[A-Za-z0-9][\w.-]*\.wit$/;

export function isFileName(name: string): boolean {
  return name.length <= 120 && NAME.test(name);
}

/** What the visitor typed as the path of a text, or why it cannot be one. */
export function checkFileName(
  typed: string,
  taken: readonly string[],
): { name: string; error: null } | { error: string } {
  const trimmed = typed.trim().replace(/^\.?\//, "");
  if (!trimmed) return { error: "Type a name, such as types.wit or deps/other/types.wit." };
  const name = trimmed.endsWith(".wit") ? trimmed : `${trimmed}.wit`;
  if (!isFileName(name))
    return { error: "Use name.wit, deps/name.wit or deps/folder/name.wit, with letters, digits, dots and dashes." };
  if (taken.includes(name)) return { error: `There is a ${name} already.` };
  return { name, error: null };
}

/** In the order of the list: the package's own texts first. */
export function sortedNames(files: WitFiles): string[] {
  const depth = (name: string): number => name.split("/").length;
  return Object.keys(files).sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1));
}

/** Texts of somebody else: only what is called like a text, never more than a page can take. */
export function foreignFiles(files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(files)
      .filter(([name]) => isFileName(name))
      .slice(0, MOST_FILES),
  );
}

/** What a new text starts with: a package of its own has a header. */
export function newText(name: string): string {
  const [folder, other = ""] = name.replace(/\.wit$/, "").split("/");
  if (folder !== "deps") return "";
  const label =
    other
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^[-0-9]+|-$/g, "") || "other";
  return `package my:${label};\n\ninterface types {\n}\n`;
}
