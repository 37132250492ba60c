import { fromBase64Url, toBase64Url } from "./base64url";
import { BrokenContainer, decodeContainer, encodeContainer, type Shared } from "./container";
import { deflate, inflate, TooMuch } from "./deflate";

/** Chromium loads no fragment over 2,097,100 characters; we stop a little earlier. */
export const LINK_LIMIT = 2_000_000;
/** What a link may unpack to, in bytes. */
export const UNPACKED_LIMIT = 8 * 1024 * 1024;
/** What a component may pack to and still travel in a link, in bytes. */
export const COMPONENT_LIMIT = 64 * 1024;
/** A project file is local, so it may be large: 512 MiB unpacked. */
export const PROJECT_LIMIT = 512 * 1024 * 1024;

/** Where links usually go, and how many characters (for a QR code: bytes) fit there. */
export const PLACES: readonly { name: string; limit: number }[] = [
  { name: "a chat message", limit: 2000 },
  { name: "a QR code", limit: 2953 },
  { name: "a GitHub comment", limit: 65_536 },
  { name: "the address bar", limit: LINK_LIMIT },
];

/** A link or project file that cannot be opened: what is wrong, and what to do. */
export class LinkError extends Error {
  constructor(
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}

const ASK_AGAIN = "ask whoever sent it for the whole link: chat programs sometimes cut long ones";

/** The fragment, `v1.…` without `#`. */
export async function encodeLink(shared: Shared): Promise<string> {
  return `v1.${toBase64Url(await deflate(encodeContainer(shared)))}`;
}

/** Whether a location's hash is meant for us at all. */
export function isLink(hash: string): boolean {
  return /^#?v\d+\./.test(hash);
}

/** What a fragment (`#v1.…`, with or without `#`) contains. Throws `LinkError`. */
export async function decodeLink(hash: string): Promise<Shared> {
  const fragment = hash.replace(/^#/, "");
  if (!fragment.startsWith("v1."))
    throw new LinkError(
      "this link was made by a newer playground",
      "reload the page to get the newest version, then open the link again",
    );
  if (fragment.length > LINK_LIMIT)
    throw new LinkError("the link is longer than any link this playground makes", ASK_AGAIN);
  const packed = fromBase64Url(fragment.slice(3));
  if (!packed) throw new LinkError("the link holds characters that no link has", ASK_AGAIN);
  return unpack(packed, UNPACKED_LIMIT, "the link");
}

async function unpack(packed: Uint8Array<ArrayBuffer>, limit: number, what: string): Promise<Shared> {
  try {
    return decodeContainer(await inflate(new Blob([packed]), limit));
  } catch (error) {
    if (error instanceof TooMuch)
      throw new LinkError(
        `${what} unpacks to more than ${limit / 1024 / 1024} MiB`,
        "it was not made by this playground",
      );
    if (error instanceof BrokenContainer) throw new LinkError(`${what} is broken: ${error.message}`, ASK_AGAIN);
    throw new LinkError(`${what} is cut off or altered`, ASK_AGAIN);
  }
}

/** How large the component is when packed; null when it is over the limit (the limit is all we need to know). */
export async function packedSize(component: Blob): Promise<number | null> {
  if (component.size > UNPACKED_LIMIT) return null;
  try {
    return (await deflate(component, COMPONENT_LIMIT)).length;
  } catch (error) {
    if (error instanceof TooMuch) return null;
    throw error;
  }
}

/** First bytes of a project file: a name and the version of the container. */
const MAGIC = Uint8Array.of(0x50, 0x59, 0x43, 0x4d, 0x01);

/** A project file (`.pycm`): the magic, then the deflated container. */
export async function encodeProjectFile(shared: Shared): Promise<Blob> {
  return new Blob([MAGIC, await deflate(encodeContainer(shared))]);
}

/** Whether a file starts like a project file (of any version). */
export async function isProjectFile(file: Blob): Promise<boolean> {
  const head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  return head.length === 4 && head.every((byte, index) => byte === MAGIC[index]);
}

/** What a project file contains. Throws `LinkError`. */
export async function decodeProjectFile(file: Blob): Promise<Shared> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (bytes[4] !== MAGIC[4])
    throw new LinkError(
      "this project file was made by a newer playground",
      "reload the page to get the newest version, then open the file again",
    );
  return unpack(bytes.slice(MAGIC.length), PROJECT_LIMIT, "the project file");
}
