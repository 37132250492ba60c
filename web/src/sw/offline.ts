// The site for when the network is off. Names with a hash come from the cache first; all others, the page among them, from the network as long
// as there is one, so nobody is kept on an old page.

declare const self: ServiceWorkerGlobalScope;

/** What the build laid out: paths relative to the site's root, `""` for the page. `version` changes with any of them. */
interface Site {
  version: string;
  hashed: string[];
  others: string[];
}

declare const __SITE__: Site;

const PREFIX = "pycm-site-";
/** Pages of the version before may still be open, and boot their engine again. */
const VERSIONS_KEPT = 2;

/** Whether a path, relative to the site's root, never changes its contents (netlify.toml says the same of these folders). */
const isHashed = (path: string): boolean => /^(assets|engine|reach)\//.test(path);

/** The answer to a request for the site itself; `null` for what is none of our business. */
export function kept(event: FetchEvent, root: string): Promise<Response> | null {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(root)) return null;
  const path = pathOf(request.url, root);
  if (isHashed(path)) return fromCache(root + path).then((found) => found ?? fetch(request));
  // Anything else is between whoever asks and the host.
  if (request.mode !== "navigate" && !__SITE__.others.includes(path)) return null;
  return fetch(request).catch(async (error: unknown) => {
    const found = await fromCache(root + (request.mode === "navigate" ? "" : path));
    if (found === null) throw error;
    return found;
  });
}

/** Keep everything the site needs. Resolves to whether all of it is there. */
export async function keep(root: string, told: (done: number, total: number) => void): Promise<boolean> {
  const { version, hashed, others } = __SITE__;
  const cache = await caches.open(PREFIX + version);
  const there = new Set((await cache.keys()).map(({ url }) => pathOf(url, root)));
  const missing = [...hashed, ...others].filter((path) => !there.has(path));
  const total = hashed.length + others.length;
  told(total - missing.length, total);
  for (const [at, path] of missing.entries()) {
    const response = await got(path, root);
    if (response === null) return false;
    await cache.put(root + path, response);
    told(total - missing.length + at + 1, total);
  }
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX)).slice(0, -VERSIONS_KEPT);
  await Promise.all(old.map((name) => caches.delete(name)));
  return true;
}

/** Keep nothing any more. */
export async function forget(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX)).map((name) => caches.delete(name)));
  await self.registration.unregister();
}

/** One file of this version, or `null`: the network is off, or the site has moved on to another version. */
async function got(path: string, root: string): Promise<Response | null> {
  try {
    if (isHashed(path)) {
      const response = (await fromCache(root + path)) ?? (await fetch(root + path));
      return response.ok ? response : null;
    }
    const response = await fetch(root + path, { cache: "no-cache" });
    if (!response.ok) return null;
    return path !== "" || (await isOurs(response.clone())) ? response : null;
  } catch {
    return null;
  }
}

/** Whether the page uses only files of this version: a page of another one would not start without the network. */
async function isOurs(page: Response): Promise<boolean> {
  const used = (await page.text()).match(/assets\/[\w.-]+/g) ?? [];
  return used.every((path) => __SITE__.hashed.includes(path));
}

async function fromCache(url: string): Promise<Response | null> {
  // The newest version first: only pages of an old one want what it lacks.
  const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX)).reverse();
  for (const name of names) {
    const found = await (await caches.open(name)).match(url, { ignoreVary: true });
    if (found !== undefined) return found;
  }
  return null;
}

/** Without the root, the query and the fragment. */
function pathOf(url: string, root: string): string {
  const path = url.slice(root.length).replace(/[?#].*$/, "");
  return path === "index.html" ? "" : path;
}
