// What of a component's response a browser can show, and what is left out, in words.
//
// A served page has the site's own origin, so nothing in its head may speak for the site: cookies, reports to other hosts, early fetches.

import type { Head } from "./messages.ts";

export interface Presented {
  head: Head;
  /** What was dropped or changed, and why. */
  notes: string[];
}

/** A response that no browser can make: why. */
export class Unpresentable extends Error {}

/** Statuses that `Response` allows no body with (Fetch, "null body status"). */
const NULL_BODY = new Set([204, 205, 304]);
const DECODABLE: Readonly<Record<string, Head["decode"]>> = { gzip: "gzip", "x-gzip": "gzip", deflate: "deflate" };

const DROPPED: Readonly<Record<string, string>> = {
  "set-cookie": "browsers take no cookies from a service worker",
  "set-cookie2": "browsers take no cookies from a service worker",
  "clear-site-data": "it would clear this site's own data",
  "service-worker-allowed": "it would speak for this site",
  "strict-transport-security": "it would speak for this site",
  "public-key-pins": "it would speak for this site",
  "expect-ct": "it would speak for this site",
  "alt-svc": "it would speak for this site",
  "accept-ch": "it would speak for this site",
  "critical-ch": "it would speak for this site",
  "origin-agent-cluster": "it would speak for this site",
  "report-to": "reports would go to another host",
  "reporting-endpoints": "reports would go to another host",
  nel: "reports would go to another host",
  "content-security-policy-report-only": "reports would go to another host",
  "cross-origin-embedder-policy-report-only": "reports would go to another host",
  "cross-origin-opener-policy-report-only": "reports would go to another host",
  link: "it would make the browser fetch or connect ahead",
  "speculation-rules": "it would make the browser fetch ahead",
  "x-dns-prefetch-control": "it would make the browser look up names",
  sourcemap: "scripts of served pages do not run",
  refresh: "pages without scripts do not move by themselves",
  "x-frame-options": "the page is shown in a frame",
  "cross-origin-embedder-policy": "this site sets its own",
  "cross-origin-opener-policy": "this site sets its own",
  "cross-origin-resource-policy": "this site sets its own",
  connection: "it is about a connection, and there is none",
  "keep-alive": "it is about a connection, and there is none",
  "transfer-encoding": "it is about a connection, and there is none",
  upgrade: "it is about a connection, and there is none",
  trailer: "browsers show no trailers",
};
const DROPPED_FAMILIES: readonly [RegExp, string][] = [
  [/^attribution-reporting-/, "reports would go to another host"],
  [/^proxy-/, "there is no proxy"],
  [/^(shared-storage-|activate-storage-|observe-browsing-topics$|use-as-dictionary$)/, "it would speak for this site"],
];

/** Directives of a component's own policy that would send reports, or keep its page out of the frame. */
const LEFT_OUT = /^(report-uri|report-to|frame-ancestors|sandbox)$/i;

/**
 * The response that `status` and `headers` can become. `base` is the serving's address without the last slash. Throws `Unpresentable`.
 */
export function present(status: number, headers: readonly (readonly string[])[], base: string): Presented {
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new Unpresentable(`the status is ${status}, and browsers make no response of one outside 200 to 599`);
  }
  const notes: string[] = [];
  const kept: [string, string][] = [];
  let decode: Head["decode"] = null;
  const encoding = headers
    .find(([name]) => name?.toLowerCase() === "content-encoding")?.[1]
    ?.trim()
    .toLowerCase();
  if (encoding !== undefined && encoding in DECODABLE) decode = DECODABLE[encoding] ?? null;
  for (const [name = "", value = ""] of headers) {
    const lower = name.toLowerCase();
    const why = DROPPED[lower] ?? DROPPED_FAMILIES.find(([family]) => family.test(lower))?.[1];
    if (why !== undefined) notes.push(`${lower} dropped: ${why}`);
    else if (!isField(name, value)) notes.push(`${lower} dropped: browsers take no such field`);
    else if (decode && (lower === "content-encoding" || lower === "content-length")) {
      if (lower === "content-encoding") notes.push(`content-encoding dropped: the body was unpacked from ${encoding}`);
    } else if (lower === "content-encoding" && encoding !== "identity") {
      notes.push(`content-encoding ${encoding}: the browser does not unpack it`);
      kept.push([lower, value]);
    } else if (lower === "content-security-policy") {
      const policy = withoutReports(value);
      if (policy !== value)
        notes.push("content-security-policy changed: reports and the frame are this site's business");
      if (policy) kept.push([lower, policy]);
    } else if (lower === "location") {
      const [location, note] = inside(value, base);
      if (note) notes.push(note);
      kept.push([lower, location]);
    } else kept.push([lower, value]);
  }
  return { head: { status, headers: kept, bodied: !NULL_BODY.has(status), decode }, notes };
}

function withoutReports(policies: string): string {
  return policies
    .split(",")
    .map((policy) =>
      policy
        .split(";")
        .filter((directive) => !LEFT_OUT.test(directive.trim().split(/\s+/)[0] ?? ""))
        .join(";"),
    )
    .filter((policy) => policy.trim() !== "")
    .join(",");
}

/** A redirect of the component, below its own address. */
function inside(location: string, base: string): [string, string | null] {
  const { origin } = new URL(base);
  const path = location.startsWith(`${origin}/`) ? location.slice(origin.length) : location;
  if (!path.startsWith("/") || path.startsWith("//") || `${origin}${path}`.startsWith(`${base}/`))
    return [location, null];
  return [base + path, `location ${location} leads below this component's address`];
}

/** Whether a browser takes it. */
function isField(name: string, value: string): boolean {
  try {
    new Headers([[name, value]]);
    return true;
  } catch {
    return false;
  }
}
