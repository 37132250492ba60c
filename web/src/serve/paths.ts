// Where served components live: `<root>serve/<serving>/…`, below the site's own address.

/** The folder, below the site's root. */
export const FOLDER = "serve/";

/** An address that belongs to a serving. `path` is what the component gets: it starts with a slash and keeps its query. */
export interface Place {
  serving: string;
  path: string;
}

/** The address of a serving's `/`. `root` is the site's address, ending in a slash. */
export function addressOf(root: string, serving: string): string {
  return `${root}${FOLDER}${serving}/`;
}

/** What `address` asks for, if it lies below `root`'s folder. */
export function placeOf(address: string, root: string): Place | null {
  const url = new URL(address);
  const start = root + FOLDER;
  const whole = url.origin + url.pathname;
  if (!whole.startsWith(start)) return null;
  const [serving = ""] = whole.slice(start.length).split("/", 1);
  if (serving === "") return null;
  return { serving, path: (whole.slice(start.length + serving.length) || "/") + url.search };
}

/**
 * Where a root-relative address of a served page (`/style.css`) leads: the browser resolved it against the site, the page meant its component.
 * `from` is the address of the page or stylesheet that asked.
 */
export function meantBy(address: string, from: string, root: string): string | null {
  if (from === "" || placeOf(address, root) !== null) return null;
  const place = placeOf(from, root);
  const url = new URL(address);
  if (place === null || url.origin !== new URL(root).origin) return null;
  return addressOf(root, place.serving).slice(0, -1) + url.pathname + url.search;
}
