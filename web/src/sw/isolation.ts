// The head of every response made for a served component. The component's page has the site's origin, or its stylesheets and images would not
// come through the service worker; so none of its scripts run, and it reaches nobody else (RATIONALE.md, "Why do served pages run no scripts?").

const POLICY = [
  // No `allow-scripts`, no `allow-popups`, no `allow-top-navigation`; for the page opened in a tab of its own, too.
  "sandbox allow-same-origin allow-forms",
  "default-src 'none'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "media-src 'self' data:",
  "frame-src 'self'",
  "form-action 'self'",
  "base-uri 'self'",
  "frame-ancestors 'self'",
].join("; ");

/** The headers, with ours over them. A policy of the component's own holds beside ours. */
export function isolated(headers: readonly (readonly [string, string])[]): Headers {
  const made = new Headers(headers.map(([name, value]): [string, string] => [name, value]));
  made.append("content-security-policy", POLICY);
  made.set("cross-origin-embedder-policy", "require-corp");
  made.set("cross-origin-opener-policy", "same-origin");
  made.set("cross-origin-resource-policy", "same-origin");
  made.set("x-dns-prefetch-control", "off");
  // Without it a browser keeps the first kilobyte of a text back, to look at it.
  if (made.has("content-type")) made.set("x-content-type-options", "nosniff");
  // Root-relative links are led back to the component by who asked for them.
  if (!made.has("referrer-policy")) made.set("referrer-policy", "same-origin");
  if (!made.has("cache-control")) made.set("cache-control", "no-store");
  return made;
}
