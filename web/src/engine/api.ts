// `window.pycm`: what embedders and tests drive. It can do what the page can do, in the words of README.

import type {
  FileData,
  HelloResult,
  InvokeParams,
  MachineParams,
  Method,
  MountData,
  Params,
  RequestParams,
  Result,
  RunParams,
  ServeParams,
} from "../protocol.ts";
import type { CallOptions, CallParams, Client, EngineState, EngineStatus } from "./client.ts";
import { failure } from "./messages.ts";
import type { Server } from "../serve/server.ts";

/** Answers one import: WAVE texts in, WAVE text out (nothing, or the empty text, where nothing is returned). */
export type ImportFunction = (...args: string[]) => Promise<string | void> | string | void;

/** `ns:pkg/iface#func` → who answers it. */
export type Imports = Record<string, ImportFunction>;

/** What a live standard input is: texts or bytes, as they come. A `ReadableStream` is one, an async generator too. */
export type LiveInput = AsyncIterable<string | Uint8Array>;

/** What a machine is given, as scripts say it. */
type Machine<P extends MachineParams> = Omit<P, "stdin" | "files" | "mounts"> & {
  /** Text or bytes; or what comes while it runs, which lets the guest wait for it. */
  stdin?: string | Uint8Array | LiveInput;
  files?: Files;
  /** Directories of their own; `kept` are kept in this browser across visits. */
  mounts?: Record<string, Omit<MountData, "zip" | "files"> & { zip?: Uint8Array | Blob; files?: Files }>;
};

/** By absolute path. */
export type Files = Record<string, Uint8Array | Blob | FileData>;

export interface ApiParams {
  instantiate: Machine<MachineParams> & { id: string; imports?: Imports; trace?: boolean };
  invoke: Machine<Omit<InvokeParams, "imports">> & { imports?: Imports };
  run: Machine<RunParams>;
  "run-together": { runs: Machine<RunParams>[]; names?: Record<string, string[]> };
  zip: { files: Files };
  unzip: { bytes: Uint8Array | Blob };
  request: Omit<Machine<RequestParams>, "headers" | "body"> & {
    headers?: Record<string, string> | [string, string][];
    body?: string | Uint8Array;
  };
  serve: Machine<ServeParams>;
  open: CallParams<"open">;
}

export type ParamsOf<M extends Method> = M extends keyof ApiParams ? ApiParams[M] : Params<M>;

export type FilesAnswer = Record<string, Uint8Array | { dir: true } | { link: string }>;

export type RunAnswer = Omit<Result<"run">, "files" | "kept"> & { files: FilesAnswer };

interface Answers {
  run: RunAnswer;
  "run-together": { results: RunAnswer[] };
  unzip: { files: FilesAnswer };
  serve: { url: string };
}

export type ResultOf<M extends Method> = M extends keyof Answers ? Answers[M] : Result<M>;

export interface Api {
  /** Settles when Python answers. */
  readonly ready: Promise<HelloResult>;
  readonly state: EngineState;
  /** Rejects with `{kind, message, where, hint}`. */
  call<M extends Method>(
    method: M,
    params: ParamsOf<M>,
    options?: Omit<CallOptions, "onImportCall">,
  ): Promise<ResultOf<M>>;
  /** Serve no more what has this address, or this component. */
  call(method: "unserve", params: { id?: string; url?: string }): Promise<object>;
  /** Ends the running call, which rejects with kind `Stopped`; open components stay. */
  stop(): Promise<void>;
  subscribe(listener: (status: EngineStatus) => void): () => void;
}

declare global {
  interface Window {
    pycm: Api;
  }
}

/** The API over a client, and what serves components on this page. */
export function makeApi(client: Client, server: Pick<Server, "start" | "end">): Api {
  /** Who answers for instances that live on. */
  const answering = new Map<string, Imports>();

  async function call(
    method: Method | "unserve",
    params: Record<string, unknown> = {},
    options: CallOptions = {},
  ): Promise<unknown> {
    switch (method) {
      case "instantiate":
      case "invoke": {
        const { imports: given, ...other } = params;
        const [rest, input] = machineParams(other);
        const imports = checkImports(given);
        const instance = typeof rest["instance"] === "string" ? rest["instance"] : undefined;
        const all = { ...(instance === undefined ? {} : answering.get(instance)), ...imports };
        const message = imports === undefined ? rest : { ...rest, imports: Object.keys(imports) };
        const onImportCall = (func: string, args: string[]) => answer(all, func, args);
        const result = await client.call(method, message as never, { ...options, ...input, onImportCall });
        if (method === "instantiate") answering.set((result as Result<"instantiate">).instance, all);
        return result;
      }
      case "run": {
        const [machine, input] = machineParams(params);
        const result = await client.call("run", machine as never, { ...options, ...input });
        return { ...result, files: filesAnswer(result.files) };
      }
      case "run-together": {
        const given = params["runs"];
        if (!Array.isArray(given)) throw failure("BadRequest", "`runs` must list what each command is given");
        const machines = given.map((run) => machineParams(run as Record<string, unknown>));
        const live = machines.flatMap(([, { input }]) => (input ? [{ input }] : []));
        const message = { ...params, runs: machines.map(([machine]) => machine) };
        const { results } = await client.call("run-together", message as never, { ...options, ...live[0] });
        return { results: results.map((result) => ({ ...result, files: filesAnswer(result.files) })) };
      }
      case "zip":
        return client.call("zip", { files: filesGiven(params["files"] as Files) as never }, options);
      case "unzip":
        return { files: filesAnswer((await client.call("unzip", params as never, options)).files) };
      case "request": {
        const [machine, input] = machineParams(requestParams(params));
        return client.call("request", machine as never, { ...options, ...input });
      }
      case "serve": {
        if (isLive(params["stdin"])) throw failure("BadRequest", "what is served has no live standard input");
        const { url } = await server.start(machineParams(params)[0] as unknown as ServeParams);
        return { url };
      }
      case "unserve":
        if (!server.end(params))
          throw failure("BadRequest", "nothing is served there", "give the `url` that `serve` gave, or the `id`");
        return {};
      case "close":
        server.end({ id: String(params["id"]) });
        return client.call(method, params as never, options);
      default:
        return client.call(method, params as never, options);
    }
  }

  return {
    ready: client.ready,
    get state() {
      return client.state;
    },
    call: call as Api["call"],
    stop: () => client.stop(),
    subscribe: (listener) => client.subscribe(listener),
  };
}

/** Put the API where embedders look for it. */
export function installApi(client: Client, server: Server): Api {
  const api = makeApi(client, server);
  window.pycm = api;
  return api;
}

function checkImports(imports: unknown): Imports | undefined {
  if (imports === undefined || imports === null) return undefined;
  const entries = typeof imports === "object" ? Object.entries(imports) : [];
  const wrong = entries.find(([, func]) => typeof func !== "function");
  if (typeof imports !== "object" || wrong !== undefined) {
    throw failure(
      "BadRequest",
      "`imports` must map `ns:pkg/iface#func` to functions",
      wrong ? `look at \`${wrong[0]}\`` : null,
    );
  }
  return imports as Imports;
}

async function answer(imports: Imports, func: string, args: string[]): Promise<string> {
  const answering = imports[func] ?? imports[unversioned(func)];
  if (answering === undefined) throw new Error(`nobody answers \`${func}\``);
  return (await answering(...args)) ?? "";
}

/** `demo:kit/kit@0.1.0#add` → `demo:kit/kit#add`. */
function unversioned(path: string): string {
  return path.replace(/@[^#]*(?=#|$)/, "");
}

const bytesOf = (text: string | Uint8Array): Uint8Array =>
  typeof text === "string" ? new TextEncoder().encode(text) : text;

/** What a machine is given, as the protocol has it, and the live input, if there is one. */
function machineParams({
  stdin,
  files,
  mounts,
  ...rest
}: Record<string, unknown>): [Record<string, unknown>, Pick<CallOptions, "input">] {
  const params: Record<string, unknown> = { ...rest };
  let input: Pick<CallOptions, "input"> = {};
  if (isLive(stdin)) {
    params["grants"] = { ...(rest["grants"] as object | undefined), stdin: "live" };
    input = { input: encoded(stdin) };
  } else if (stdin !== undefined && stdin !== null) {
    params["stdin"] = bytesOf(stdin as string | Uint8Array);
  }
  if (files !== undefined && files !== null) params["files"] = filesGiven(files as Files);
  if (mounts !== undefined && mounts !== null) {
    params["mounts"] = Object.fromEntries(
      Object.entries(mounts as Record<string, { files?: Files }>).map(([place, mount]) => [
        place,
        mount?.files ? { ...mount, files: filesGiven(mount.files) } : mount,
      ]),
    );
  }
  return [params, input];
}

/** As the protocol has them; the worker reads each blob. */
function filesGiven(files: Files): Record<string, object> {
  return Object.fromEntries(
    Object.entries(files ?? {}).map(([path, file]) => [
      path,
      file instanceof Uint8Array || file instanceof Blob ? { bytes: file } : file,
    ]),
  );
}

function isLive(stdin: unknown): stdin is LiveInput {
  return typeof stdin === "object" && stdin !== null && Symbol.asyncIterator in stdin;
}

async function* encoded(input: LiveInput): AsyncGenerator<Uint8Array> {
  for await (const text of input) yield bytesOf(text);
}

function requestParams({ headers, body, ...rest }: Record<string, unknown>): Record<string, unknown> {
  const params: Record<string, unknown> = { ...rest };
  if (headers !== undefined && headers !== null) {
    params["headers"] = Array.isArray(headers) ? headers : Object.entries(headers);
  }
  if (body !== undefined && body !== null) params["body"] = bytesOf(body as string | Uint8Array);
  return params;
}

function filesAnswer(files: Record<string, FileData>): FilesAnswer {
  return Object.fromEntries(
    Object.entries(files).map(([path, { dir, link, bytes }]) => [
      path,
      dir ? { dir: true as const } : link !== undefined ? { link } : (bytes ?? new Uint8Array()),
    ]),
  );
}
