// Generated from app/messages.py by `python -m app.protocol`; a test fails when the two differ. Do not edit.

/**
 * What the page and the worker say to each other. `web/src/protocol.ts` is generated from this file (`python -m app.protocol`).
 *
 * The page sends a `Request` and gets exactly one `Reply` with the same `id`; in between the worker may send `Progress`, `Output`, `HttpLog`,
 * `KeptJournal`, `ResponseHead`, `ResponseChunk`, `ResponseEnd` and `ImportCall` messages that carry that `id`, and the page `Input` and `ResponseTaken`.
 * One request runs at a time.
 * Bytes are `Uint8Array`s on the page, `bytes` in Python. WAVE is the text form of values; a resource handle is written `name#n`
 * (`counter#1`), which only this project reads.
 */

/** Where an error lies: an offset in the bytes, or a span of a text (0-based `start`, `end`; 1-based `line`, `column`). */
export interface Place {
  offset?: number;
  file?: string;
  start?: number;
  end?: number;
  line?: number;
  column?: number;
}

/** A failed request. `kind` is a class of `pycm_core.base.errors`, or `Stopped`, or `BadRequest`. */
export interface Failure {
  kind: string;
  message: string;
  where: Place | null;
  hint: string | null;
}

/** What else to look at ("first defined here"): code-point indices into the text `file`. */
export interface SecondPlace {
  message: string;
  file: string;
  start: number;
  end: number;
}

/** For the editor: code-point indices into the text. */
export interface Diagnostic {
  start: number;
  end: number;
  severity: "error" | "warning" | "info";
  message: string;
  hint: string | null;
  related?: SecondPlace[];
}

/**
 * A value type, as a tree (WIT types do not recurse).
 *
 * `kind` is the name of a primitive, or `list`, `tuple`, `record`, `variant`, `enum`, `flags`, `option`, `result`, `own`, `borrow`,
 * `stream`, `future`, `map`. `text` is the type as WIT writes it (its name, where it has one).
 */
export interface TypeNode {
  kind: string;
  text: string;
  /** Record fields, variant cases, tuple members, `option`'s and `list`'s one element, `ok` and `err` of a result, `key` and `value`. */
  items?: NamedType[];
  /** Of `enum` and `flags`. */
  labels?: string[];
}

/** A labelled type; `type` is null for a case without payload. */
export interface NamedType {
  name: string;
  type: TypeNode | null;
}

/** A function one can call or must answer: `path` is what `invoke` takes (`lab:b/api#echo`, or `add`). */
export interface FuncItem {
  path: string;
  name: string;
  params: NamedType[];
  result: TypeNode | null;
  async_: boolean;
  wit: string;
}

/** An imported or exported instance (`interface`), or the bare functions of the world (`name` is empty). */
export interface InterfaceItem {
  name: string;
  funcs: FuncItem[];
  /** Names of the types and resources it exports. */
  types: string[];
  /** For imports: who answers. */
  answered?: "wasi" | "page" | "nobody";
}

/** Bytes that lie together in a linear memory. */
export interface MemoryRun {
  address: number;
  size: number;
  /** Hexadecimal; fewer than `size` where they would be too many, or none. */
  bytes: string;
}

/** One event of a trace (pycm_core.abi.trace documents the kinds). */
export interface TraceEvent {
  seq: number;
  kind: string;
  depth: number;
  /** The event in plain words. */
  text: string;
  /** Document and heading of the spec. */
  rule: string;
  /** The component instance it happened in or for; -1 is the host. */
  instance?: number;
  func?: string;
  direction?: "export" | "import";
  /** Of the handle in the guest's table. */
  index?: number;
  path?: string;
  type?: string;
  value?: string;
  /** Number of the linear memory; `instance` is the one it belongs to. */
  memory?: number;
  address?: number;
  /** Hexadecimal, at most 4,096 bytes; `size` is the true count. */
  bytes?: string;
  /** Bytes; of `memory` and `memory-grow`, of the memory itself. */
  size?: number;
  /** What guest code wrote. Of `memory`, what it held where this trace looks at it; what lies between is zero. */
  runs?: MemoryRun[];
}

export type HelloParams = Record<string, never>;

export interface HelloResult {
  version: string;
  python: string;
  features: string[];
  boot: "snapshot" | "plain";
}

/** Check the text of the editor. */
export interface CheckWitParams {
  text: string;
  name?: string;
}

export interface OutlineItem {
  kind: string;
  name: string;
  start: number;
  end: number;
  children: OutlineItem[];
}

export interface CheckWitResult {
  diagnostics: Diagnostic[];
  outline: OutlineItem[];
  package: string | null;
}

/**
 * Texts by path: those without a folder are the files of the root package, `deps/a.wit` and the files of `deps/a/` a package each.
 *
 * WASI's packages need not be among them. `file` is one of the paths.
 */
export interface WitParams {
  files: Record<string, string>;
  file: string;
}

/** `diagnostics` by path, for every text; `outline` is that of `file`. `package` is the root package's name, if a text gives it. */
export interface WitCheckResult {
  diagnostics: Record<string, Diagnostic[]>;
  outline: OutlineItem[];
  package: string | null;
}

/** `at` is a code-point index into the text `file`. */
export interface WitAtParams extends WitParams {
  at: number;
}

/** `text` goes where `start` and `end` of the answer say; `kind` is `keyword`, `primitive`, `type`, `resource`, `interface`, … */
export interface WitCompletion {
  text: string;
  kind: string;
  detail: string | null;
  docs: string | null;
}

export interface WitCompleteResult {
  start: number;
  end: number;
  items: WitCompletion[];
}

/** A field of a record, a case of a variant, …: `offset` and `size` in bytes; `type` as WIT writes it, null for a case without payload. */
export interface WitLayoutPart {
  name: string;
  type: string | null;
  offset: number;
  size: number;
}

/**
 * How values of a type lie in a 32-bit memory, in bytes, and as what core values they travel (CanonicalABI.md, "Alignment" to "Flattening").
 *
 * `flat` is null where there are more than 16: then they travel in memory.
 */
export interface WitLayout {
  size: number;
  align: number;
  parts: WitLayoutPart[];
  flat: string[] | null;
}

/**
 * What stands between `start` and `end`: its definition as WIT, its documentation (plain text), the layout of a type, the core signature
 * of a function as a host calls it.
 */
export interface WitHover {
  start: number;
  end: number;
  text: string;
  docs: string | null;
  layout: WitLayout | null;
  core: string | null;
}

export interface WitHoverResult {
  hover: WitHover | null;
}

/** A place in a text; with `built_in`, `file` is one that `wit-source` has. `line` counts from 1; `preview` is that line. */
export interface WitLocation {
  file: string;
  start: number;
  end: number;
  line: number;
  preview: string;
  built_in: boolean;
}

export interface WitDefinitionResult {
  location: WitLocation | null;
}

/** The definition is among them; `total` counts those that were left out too. */
export interface WitReferencesResult {
  locations: WitLocation[];
  total: number;
}

/** Without `name`: only whether, and where, there is something to rename. */
export interface WitRenameParams extends WitAtParams {
  name?: string;
}

export interface WitEdit {
  file: string;
  start: number;
  end: number;
  text: string;
}

/** `start` and `end` are those of the name at the place asked for. `problem` says in words why there are no edits. */
export interface WitRenameResult {
  start: number;
  end: number;
  edits: WitEdit[];
  problem: string | null;
}

export interface WitFormatParams {
  text: string;
}

export interface WitFormatResult {
  text: string;
}

/** The text of a file of a built-in package, by the name that locations give it (`wasi:io@0.2.12/streams.wit`). */
export interface WitSourceParams {
  name: string;
}

export interface WitSourceResult {
  text: string;
}

/** With `id`, the component gets that id (a page that outlived its worker opens again under the ids it has). */
export interface OpenParams {
  name: string;
  bytes: Uint8Array;
  id?: string;
}

/** `kind`: a component, or a core module (shown, not callable: `wit` of its functions is their core type, `types` are its other items). */
export interface OpenResult {
  id: string;
  kind: "component" | "module";
  name: string;
  size: number;
  wit: string;
  imports: InterfaceItem[];
  exports: InterfaceItem[];
  /** Whether it exports `wasi:cli/run`, so that `run` works. */
  command: boolean;
  /** In plain words: what this component needs that is not there yet. */
  missing: string[];
}

export interface CloseParams {
  id: string;
}

export type CloseResult = Record<string, never>;

/** A file (`bytes`), a directory (`dir`) or a symbolic link (`link` is its target). */
export interface FileData {
  bytes?: Uint8Array;
  dir?: boolean;
  link?: string;
}

/** A request and what came of it: `response`, or `error` (a code of `wasi:http/types` and what belongs to it). Values and bodies in base64. */
export interface HttpExchange {
  method: string;
  url: string;
  headers: string[][];
  body: string;
  response?: HttpResponse;
  error?: unknown[];
}

/** A response as it is recorded. Values and the body in base64. */
export interface HttpResponse {
  status: number;
  headers: string[][];
  body: string;
  trailers?: string[][];
}

/**
 * Whom the guest may send requests to: `hosts` are `name` or `name:port`, `*` is everybody.
 *
 * With `replay`, nothing is sent: each request is answered by the first record of the same method, URL and body. `record` keeps what was
 * exchanged for the result.
 */
export interface HttpGrant {
  hosts?: string[];
  replay?: HttpExchange[];
  record?: boolean;
}

/**
 * A loopback network inside the tab. `shared`: the one network of all that is open, instead of one of its own.
 *
 * `names` gives addresses to host names; `tcp`, `udp` and `lookup` (all on) say what is allowed.
 */
export interface NetworkGrant {
  shared?: boolean;
  names?: Record<string, string[]>;
  tcp?: boolean;
  udp?: boolean;
  lookup?: boolean;
}

/** What may reach out of the machine, or change from run to run. Nothing does by default. */
export interface Grants {
  http?: HttpGrant;
  network?: NetworkGrant;
  clock?: "virtual" | "real";
  random?: "seeded" | "real";
  /** Live: `stdin` comes first, then what `Input` messages bring. */
  stdin?: "prepared" | "live";
}

/** A directory of `files` that the guest finds open. */
export interface PreopenData {
  path: string;
  writable?: boolean;
}

/**
 * A directory beside `files`: what a `zip` file holds, or `files` by absolute path within it; empty where neither is there.
 *
 * With `kept`, it comes from this browser's storage under that name, and what it holds afterwards goes back there; the page sees to that,
 * and gives the `zip`. What is not `writable` (the default) is read-only; `capacity` is its quota in bytes.
 */
export interface MountData {
  zip?: Uint8Array;
  files?: Record<string, FileData>;
  kept?: string;
  writable?: boolean;
  capacity?: number;
}

/**
 * What a run did at an absolute guest path. Sizes in bytes, null for what is no file; `before` of what was added and `after` of what was
 * removed are null too.
 */
export interface FileChange {
  path: string;
  change: "added" | "changed" | "removed";
  before: number | null;
  after: number | null;
}

/**
 * What the guest may use up. `memory` is in bytes, of each of its memories, which do not grow past it; `time` is in milliseconds by the clock
 * on the wall, which the page looks at, and which ends a call with `Exhaustion`. `fuel` is in instructions, for engines that count them; the
 * browser's does not.
 */
export interface Bounds {
  memory?: number;
  time?: number;
  fuel?: number;
}

/** What WASI gives the guest; nothing of it by default. `files` by absolute guest path, preopened at `/` unless `preopens` says otherwise. */
export interface MachineParams {
  argv?: string[];
  env?: Record<string, string>;
  stdin?: Uint8Array;
  files?: Record<string, FileData>;
  /** By the name the guest sees. */
  preopens?: Record<string, PreopenData>;
  /** The quota of `files`, in bytes. */
  capacity?: number;
  /** By the absolute path that the guest finds them at. */
  mounts?: Record<string, MountData>;
  /** Which streams are terminals. */
  terminals?: ("stdin" | "stdout" | "stderr")[];
  /** Of the random numbers. */
  seed?: number;
  /** What the virtual clock starts at, in milliseconds since 1970. */
  start?: number;
  bounds?: Bounds;
  grants?: Grants;
}

/** `imports` lists the functions the page answers (`ns:pkg/iface#func`). `trace` (the default) lets calls be traced. */
export interface InstantiateParams extends MachineParams {
  id: string;
  imports?: string[];
  trace?: boolean;
}

/** `kept` and `unkept` as in the result of `run`: what it did to kept directories while it was made. */
export interface InstantiateResult {
  instance: string;
  kept?: Record<string, Uint8Array>;
  unkept?: Record<string, string>;
}

/** Without `instance`: in a fresh one. `imports` and what the machine gives as in `instantiate`, for the fresh one. */
export interface InvokeParams extends MachineParams {
  id: string;
  func: string;
  args: string[];
  instance?: string | null;
  imports?: string[];
  trace?: boolean;
}

export interface TrapInfo {
  kind: string;
  message: string;
  rule: string | null;
  where: Place | null;
  hint: string | null;
}

/** `result` is WAVE (empty text where nothing is returned); exactly one of `result` and `trap` is there. */
export interface InvokeResult {
  result?: string;
  trap?: TrapInfo;
  trace: TraceEvent[];
  /** Whether the trace was cut at the limit. */
  truncated: boolean;
  kept?: Record<string, Uint8Array>;
  /** As in the result of `run`. */
  unkept?: Record<string, string>;
}

/** `argv` starts with the program's name. */
export interface RunParams extends MachineParams {
  id: string;
}

/**
 * `files` is the whole tree after the run, mounts included, `changes` what the run did to it. A trap is `exit` 134 and `trap`. `exchanges`
 * where they were recorded. `kept` are zip files for the browser's storage, by name, of what has changed; the page puts them there, and says
 * in `unkept` what it could not, and why.
 */
export interface RunResult {
  exit: number;
  stdout: Uint8Array;
  stderr: Uint8Array;
  files: Record<string, FileData>;
  changes: FileChange[];
  kept?: Record<string, Uint8Array>;
  unkept?: Record<string, string>;
  trap?: TrapInfo;
  exchanges?: HttpExchange[];
}

/**
 * Commands that run at the same time on a loopback network of their own. They start in order, each when those before it wait or have
 * ended. What `grants.network` of each says is allowed; `names` gives addresses to host names.
 */
export interface RunTogetherParams {
  runs: RunParams[];
  names?: Record<string, string[]>;
}

/** One result per run, in order. */
export interface RunTogetherResult {
  results: RunResult[];
}

/** What a stream was given that its file did not see. */
export interface LeftInStream {
  stream: number;
  bytes: Uint8Array;
}

/** What a kept directory held at first, what `KeptJournal` messages said since (one after the other), and what streams were left with. */
export interface KeptAfterParams {
  zip?: Uint8Array;
  journal: Uint8Array;
  left: LeftInStream[];
}

/** What it holds then. */
export interface KeptAfterResult {
  zip: Uint8Array;
}

export interface UnzipParams {
  bytes: Uint8Array;
}

/** `files` by absolute path. What holds no tree of files is refused, and so is what is past a limit. */
export interface UnzipResult {
  files: Record<string, FileData>;
}

export interface ZipParams {
  files: Record<string, FileData>;
}

export interface ZipResult {
  bytes: Uint8Array;
}

/** Whether a component can serve, in such a machine: fails where it cannot. What is served is asked by `request`. */
export interface ServeParams extends MachineParams {
  id: string;
}

export interface ServeResult {
  /** The path of the function that will answer. */
  handler: string;
}

/**
 * A request for a component that exports `wasi:http/incoming-handler`. It is answered by a fresh instance.
 *
 * `url` is absolute, or a path. `method` is `GET` by default. With `streaming`, the response comes in `ResponseHead` and `ResponseChunk`
 * messages, and the result has no body.
 */
export interface RequestParams extends MachineParams {
  id: string;
  url: string;
  method?: string;
  headers?: string[][];
  body?: Uint8Array;
  streaming?: boolean;
}

/** `error` is why there is no response, or why it was cut short, in words; `status` is 500 then. */
export interface RequestResult {
  status: number;
  headers: string[][];
  body: Uint8Array;
  trailers: string[][];
  stdout: Uint8Array;
  stderr: Uint8Array;
  trap?: TrapInfo;
  error?: string;
  kept?: Record<string, Uint8Array>;
  unkept?: Record<string, string>;
  exchanges?: HttpExchange[];
}

/** A script of a WebAssembly test suite. `features` stand instead of those that its `RUN:` line asks for. */
export interface WastParams {
  text: string;
  name?: string;
  features?: string[];
}

/** What became of one directive; `worded` says whether a rejection has the words that the script expects, which decides nothing. */
export interface DirectiveResult {
  line: number;
  directive: string;
  verdict: "passed" | "failed" | "skipped";
  message: string;
  worded?: boolean;
}

/** All directives, in order, and how many came to what. `engine` ran them. */
export interface WastResult {
  directives: DirectiveResult[];
  passed: number;
  failed: number;
  skipped: number;
  engine: string;
}

/** Parse the text of one argument against the parameter's type; `index` counts parameters from 0. */
export interface WaveCheckParams {
  id: string;
  func: string;
  index: number;
  text: string;
}

/**
 * `value` is the value as JSON, for the form: 64-bit integers and non-finite floats as strings, `char` and `enum` as strings,
 * flags as lists of labels, records as objects by label, variants and results as `{tag, value?}`, options as `null` or `{some}`, lists and
 * tuples as arrays, handles as `{handle: "counter#1"}`.
 */
export interface WaveCheckResult {
  value: unknown;
  error: Diagnostic | null;
}

/** What the worker is doing for request `id` (`id` is 0 while booting). `total` is 0 when unknown. Bytes or items, as `unit` says. */
export interface Progress {
  event: "progress";
  id: number;
  stage: string;
  done: number;
  total: number;
  unit: "bytes" | "items";
}

/** Bytes the guest wrote, as they come. `run` is its place among those that run together. */
export interface Output {
  event: "output";
  id: number;
  run?: number;
  stream: "stdout" | "stderr";
  bytes: Uint8Array;
}

/** What the guest's requests come to, one message at each step: sent, a response begins, it ends or fails, the browser did something by itself. */
export interface HttpLog {
  event: "http";
  id: number;
  /** Of the request, from 1. */
  number: number;
  step: "sent" | "response" | "end" | "failed" | "note";
  method: string;
  url: string;
  status?: number;
  /** Bytes of the body, at the end. */
  size?: number;
  /** What failed, or what the browser did. */
  words?: string;
}

/**
 * What the guest does to a directory that is kept, as it does it (`wasi_browser/vfs/journal.py`): if it is stopped, `kept-after` makes of all of
 * them what is to be kept. With `anew`, nothing that came before is needed, nor what the directory held.
 */
export interface KeptJournal {
  event: "kept";
  id: number;
  name: string;
  bytes: Uint8Array;
  anew: boolean;
}

/** A streaming response begins. */
export interface ResponseHead {
  event: "response-head";
  id: number;
  status: number;
  headers: string[][];
}

/** More of the body of a streaming response. */
export interface ResponseChunk {
  event: "response-chunk";
  id: number;
  bytes: Uint8Array;
}

/** The body of a streaming response is complete. The component may still be at work. */
export interface ResponseEnd {
  event: "response-end";
  id: number;
}

/** From the page: so many bytes of a streaming response have found their reader. */
export interface ResponseTaken {
  event: "response-taken";
  id: number;
  size: number;
}

/** From the page: more of a live standard input; null is its end. */
export interface Input {
  event: "input";
  id: number;
  bytes: Uint8Array | null;
}

/** The guest calls an import the page answers; the page posts an `ImportAnswer` with the same `call`. */
export interface ImportCall {
  event: "import-call";
  id: number;
  call: number;
  func: string;
  args: string[];
}

/** `result` is WAVE (empty where nothing is returned); `error` when the page's function failed: the guest traps with it. */
export interface ImportAnswer {
  event: "import-answer";
  call: number;
  result?: string;
  error?: string;
}

export interface Request {
  id: number;
  method: string;
  params: unknown;
}

export interface Reply {
  id: number;
  result?: unknown;
  error?: Failure;
}

/** Method name → what it takes and what it answers. */
export interface Methods {
  "hello": { params: HelloParams; result: HelloResult };
  "check-wit": { params: CheckWitParams; result: CheckWitResult };
  "wit-check": { params: WitParams; result: WitCheckResult };
  "wit-complete": { params: WitAtParams; result: WitCompleteResult };
  "wit-hover": { params: WitAtParams; result: WitHoverResult };
  "wit-definition": { params: WitAtParams; result: WitDefinitionResult };
  "wit-references": { params: WitAtParams; result: WitReferencesResult };
  "wit-rename": { params: WitRenameParams; result: WitRenameResult };
  "wit-format": { params: WitFormatParams; result: WitFormatResult };
  "wit-source": { params: WitSourceParams; result: WitSourceResult };
  "open": { params: OpenParams; result: OpenResult };
  "close": { params: CloseParams; result: CloseResult };
  "instantiate": { params: InstantiateParams; result: InstantiateResult };
  "invoke": { params: InvokeParams; result: InvokeResult };
  "run": { params: RunParams; result: RunResult };
  "run-together": { params: RunTogetherParams; result: RunTogetherResult };
  "kept-after": { params: KeptAfterParams; result: KeptAfterResult };
  "zip": { params: ZipParams; result: ZipResult };
  "unzip": { params: UnzipParams; result: UnzipResult };
  "request": { params: RequestParams; result: RequestResult };
  "serve": { params: ServeParams; result: ServeResult };
  "wast": { params: WastParams; result: WastResult };
  "wave-check": { params: WaveCheckParams; result: WaveCheckResult };
}

export type Event = Progress | Output | HttpLog | KeptJournal | ResponseHead | ResponseChunk | ResponseEnd | ResponseTaken | Input | ImportCall | ImportAnswer;

export type Method = keyof Methods;
export type Params<M extends Method> = Methods[M]["params"];
export type Result<M extends Method> = Methods[M]["result"];
