import type { HttpExchange } from "../protocol.ts";
import { plainName } from "../text/names.ts";

/**
 * The inside of a link and of a project file, before deflate: the length of a JSON text (LEB128), the JSON (UTF-8), then blobs
 * one after the other, whose lengths the JSON gives. This format is version 1 and is read for ever; a field may be added, none renamed.
 */

/** A file, a directory (null), or a symbolic link. */
export type SharedFile = Uint8Array | null | { link: string };

export type AnswerMode = "nobody" | "typed" | "ask";

/** How the visitor answers one import: `texts` are WAVE results in order, the last one repeats. */
export interface Answer {
  mode: AnswerMode;
  texts: string[];
}

/** A command that runs together with the component, with its command line and what it is given. */
export interface SharedBeside {
  name: string;
  bytes: Uint8Array;
  line: string;
  files: Record<string, SharedFile>;
  readOnly?: boolean;
  quota?: number;
}

/** Everything that a link or a project file can say. Files are by absolute path. */
export interface Shared {
  /** Version of the application that made it. */
  madeWith: string;
  /** The WIT text that is shown, and what it is called when that is not `main.wit`; the other texts by path, when there are any. */
  wit: string;
  witName?: string;
  moreWit?: Record<string, string>;
  component: { name: string; bytes: Uint8Array } | null;
  func: string | null;
  /** WAVE texts by function. */
  args: Record<string, string[]>;
  keep: boolean;
  argv: string | null;
  env: string;
  stdin: string;
  files: Record<string, SharedFile>;
  /** What bounds a run's own changes of them: none at all, a quota in bytes. */
  readOnly?: boolean;
  quota?: number;
  beside?: SharedBeside[];
  answers: Record<string, Answer>;
  /** Answers to the component's HTTP requests, played back instead of asking anybody. What may be asked is never in here. */
  replay?: HttpExchange[];
  view: { left: string; part: string; tab: string; event: number | null };
}

/** How many commands a link may bring to run together with the component. */
const BESIDE = 8;
/** How deep the lists and objects of an exchange may be nested; the headers of a response are a list of lists, two deep in it. */
const EXCHANGE_DEPTH = 8;

/** The JSON part: short names, defaults left out. */
interface Header {
  p: string;
  w?: string;
  /** `witName` and `moreWit`. */
  wn?: string;
  ws?: Record<string, string>;
  n?: string;
  f?: string;
  a?: Record<string, string[]>;
  k?: 1;
  v?: string;
  e?: string;
  i?: string;
  /** Files: path → index of its blob, -1 for a directory, the target of a symbolic link. */
  d?: Record<string, number | string>;
  /** `readOnly`, `quota`. */
  o?: 1;
  q?: number;
  /** `beside`: name, command line, index of its blob, and the rest as for the component. */
  c?: { n: string; v: string; b: number; d?: Record<string, number | string>; o?: 1; q?: number }[];
  m?: Record<string, [string, ...string[]]>;
  /** Replayed exchanges. */
  r?: HttpExchange[];
  x?: { l?: string; p?: string; t?: string; e?: number };
  /** Lengths of the blobs; the component, where there is one, is the first. */
  b?: number[];
}

/** A text or file that is not in the format; `message` says where it broke. */
export class BrokenContainer extends Error {}

export function emptyShared(): Shared {
  return {
    madeWith: "",
    wit: "",
    component: null,
    func: null,
    args: {},
    keep: false,
    argv: null,
    env: "",
    stdin: "",
    files: {},
    answers: {},
    view: { left: "", part: "", tab: "", event: null },
  };
}

export function encodeContainer(shared: Shared): Blob {
  const blobs: Uint8Array[] = [];
  const header: Header = { p: shared.madeWith };
  if (shared.wit) header.w = shared.wit;
  if (shared.witName !== undefined) header.wn = shared.witName;
  if (shared.moreWit && Object.keys(shared.moreWit).length) header.ws = shared.moreWit;
  if (shared.component) {
    header.n = shared.component.name;
    blobs.push(shared.component.bytes);
  }
  if (shared.func !== null) header.f = shared.func;
  if (Object.keys(shared.args).length) header.a = shared.args;
  if (shared.keep) header.k = 1;
  if (shared.argv !== null) header.v = shared.argv;
  if (shared.env) header.e = shared.env;
  if (shared.stdin) header.i = shared.stdin;
  Object.assign(header, encodeFiles(shared, blobs));
  if (shared.beside?.length)
    header.c = shared.beside.map((one) => ({
      n: one.name,
      v: one.line,
      b: blobs.push(one.bytes) - 1,
      ...encodeFiles(one, blobs),
    }));
  const answers = Object.entries(shared.answers);
  if (answers.length)
    header.m = Object.fromEntries(answers.map(([func, answer]) => [func, [answer.mode, ...answer.texts]]));
  if (shared.replay) header.r = shared.replay;
  const view: NonNullable<Header["x"]> = {};
  if (shared.view.left) view.l = shared.view.left;
  if (shared.view.part) view.p = shared.view.part;
  if (shared.view.tab) view.t = shared.view.tab;
  if (shared.view.event !== null) view.e = shared.view.event;
  if (Object.keys(view).length) header.x = view;
  if (blobs.length) header.b = blobs.map((blob) => blob.length);
  const json = new TextEncoder().encode(JSON.stringify(header));
  return new Blob([leb128(json.length), json, ...blobs] as BlobPart[]);
}

export function decodeContainer(bytes: Uint8Array): Shared {
  const [length, start] = readLeb128(bytes);
  if (start + length > bytes.length) throw new BrokenContainer("it ends in the middle of its description");
  const header = parseHeader(bytes.subarray(start, start + length));
  const blobs: Uint8Array[] = [];
  let at = start + length;
  for (const size of header.b ?? []) {
    if (!Number.isSafeInteger(size) || size < 0 || at + size > bytes.length)
      throw new BrokenContainer("it ends in the middle of a file");
    blobs.push(bytes.slice(at, at + size));
    at += size;
  }
  const out = emptyShared();
  out.madeWith = text(header.p);
  out.wit = text(header.w);
  if (typeof header.wn === "string") out.witName = header.wn;
  const more = entries(header.ws);
  if (more.length) out.moreWit = Object.fromEntries(more.map(([path, wit]) => [path, text(wit)]));
  if (typeof header.n === "string") {
    const component = blobs[0];
    if (!component) throw new BrokenContainer("its component is missing");
    out.component = { name: plainName(header.n), bytes: component };
  }
  if (typeof header.f === "string") out.func = header.f;
  for (const [func, args] of entries(header.a)) if (Array.isArray(args)) out.args[func] = args.map(text);
  out.keep = header.k === 1;
  if (typeof header.v === "string") out.argv = header.v;
  out.env = text(header.e);
  out.stdin = text(header.i);
  Object.assign(out, decodeFiles(header, blobs));
  if (Array.isArray(header.c)) {
    const beside = header.c.filter((one) => one !== null && typeof one === "object").slice(0, BESIDE);
    out.beside = beside.map((one) => {
      const bytes = blobs[Number(one.b)];
      if (bytes === undefined) throw new BrokenContainer("a component to run together with is missing");
      return { name: plainName(text(one.n)), bytes, line: text(one.v), ...decodeFiles(one, blobs) };
    });
  }
  for (const [func, answer] of entries(header.m)) {
    if (!Array.isArray(answer)) continue;
    const [mode, ...texts] = answer.map(text);
    out.answers[func] = { mode: mode === "typed" || mode === "ask" ? mode : "nobody", texts };
  }
  // The worker checks what is in it; what is nested too deep would not even reach it.
  if (Array.isArray(header.r)) out.replay = header.r.filter((exchange) => isWithin(exchange, EXCHANGE_DEPTH));
  const view = header.x ?? {};
  out.view = {
    left: text(view.l),
    part: text(view.p),
    tab: text(view.t),
    event: typeof view.e === "number" ? view.e : null,
  };
  return out;
}

type Files = Pick<Shared, "files" | "readOnly" | "quota">;

function encodeFiles({ files, readOnly, quota }: Files, blobs: Uint8Array[]): Pick<Header, "d" | "o" | "q"> {
  const found: Pick<Header, "d" | "o" | "q"> = {};
  for (const [path, file] of Object.entries(files)) {
    found.d ??= {};
    if (file === null) found.d[path] = -1;
    else found.d[path] = file instanceof Uint8Array ? blobs.push(file) - 1 : file.link;
  }
  if (readOnly) found.o = 1;
  if (quota !== undefined) found.q = quota;
  return found;
}

function decodeFiles({ d, o, q }: Pick<Header, "d" | "o" | "q">, blobs: readonly Uint8Array[]): Files {
  const found: Files = { files: {} };
  for (const [path, index] of entries(d)) {
    if (typeof index === "string") {
      found.files[path] = { link: index };
      continue;
    }
    const blob = index === -1 ? null : blobs[Number(index)];
    if (blob === undefined) throw new BrokenContainer("one of its files is missing");
    found.files[path] = blob;
  }
  if (o === 1) found.readOnly = true;
  if (typeof q === "number" && Number.isSafeInteger(q) && q >= 0) found.quota = q;
  return found;
}

function parseHeader(bytes: Uint8Array): Header {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (value !== null && typeof value === "object" && !Array.isArray(value)) return value as Header;
  } catch {
    // told below, in words
  }
  throw new BrokenContainer("its description does not parse");
}

/** Whether no list or object of a JSON value is nested deeper than that. */
function isWithin(value: unknown, depth: number): boolean {
  if (value === null || typeof value !== "object") return true;
  return depth > 0 && Object.values(value).every((item) => isWithin(item, depth - 1));
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Own entries of what should be an object; a `__proto__` key is no entry. */
function entries(value: unknown): [string, unknown][] {
  return value !== null && typeof value === "object" && !Array.isArray(value)
    ? Object.entries(value).filter(([key]) => key !== "__proto__")
    : [];
}

function leb128(value: number): Uint8Array<ArrayBuffer> {
  const out: number[] = [];
  let rest = value;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    out.push(rest ? low | 0x80 : low);
  } while (rest);
  return Uint8Array.from(out);
}

function readLeb128(bytes: Uint8Array): [value: number, next: number] {
  let value = 0;
  for (let at = 0; at < 5; at += 1) {
    const byte = bytes[at];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return [value, at + 1];
  }
  throw new BrokenContainer("it is too short");
}
