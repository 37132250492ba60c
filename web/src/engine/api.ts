// `window.pycm`: what embedders and tests drive. It can do what the page can do, in the words of README.

import type { FileData, HelloResult, InvokeParams, Method, Params, Result, RunParams } from "../protocol.ts";
import type { CallOptions, CallParams, Client, EngineState, EngineStatus } from "./client.ts";
import { failure } from "./messages.ts";

/** Answers one import: WAVE texts in, WAVE text out (nothing, or the empty text, where nothing is returned). */
export type ImportFunction = (...args: string[]) => Promise<string | void> | string | void;

/** `ns:pkg/iface#func` → who answers it. */
export type Imports = Record<string, ImportFunction>;

export interface ApiParams {
  instantiate: { id: string; imports?: Imports };
  invoke: Omit<InvokeParams, "imports"> & { imports?: Imports };
  run: Omit<RunParams, "stdin" | "files"> & {
    stdin?: string | Uint8Array;
    files?: Record<string, Uint8Array | FileData>;
  };
  open: CallParams<"open">;
}

export type ParamsOf<M extends Method> = M extends keyof ApiParams ? ApiParams[M] : Params<M>;

export type RunAnswer = Omit<Result<"run">, "files"> & { files: Record<string, Uint8Array | { dir: true }> };

export type ResultOf<M extends Method> = M extends "run" ? RunAnswer : Result<M>;

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
  /** Ends the running call, which rejects with kind `Stopped`; open components stay. */
  stop(): Promise<void>;
  subscribe(listener: (status: EngineStatus) => void): () => void;
}

declare global {
  interface Window {
    pycm: Api;
  }
}

/** The API over a client. */
export function makeApi(client: Client): Api {
  /** Who answers for instances that live on. */
  const answering = new Map<string, Imports>();

  async function call(
    method: Method,
    params: Record<string, unknown> = {},
    options: CallOptions = {},
  ): Promise<unknown> {
    switch (method) {
      case "instantiate":
      case "invoke": {
        const { imports: given, ...rest } = params;
        const imports = checkImports(given);
        const instance = typeof rest["instance"] === "string" ? rest["instance"] : undefined;
        const all = { ...(instance === undefined ? {} : answering.get(instance)), ...imports };
        const message = imports === undefined ? rest : { ...rest, imports: Object.keys(imports) };
        const onImportCall = (func: string, args: string[]) => answer(all, func, args);
        const result = await client.call(method, message as never, { ...options, onImportCall });
        if (method === "instantiate") answering.set((result as Result<"instantiate">).instance, all);
        return result;
      }
      case "run": {
        const result = await client.call("run", runParams(params), options);
        return { ...result, files: runFiles(result.files) };
      }
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
export function installApi(client: Client): Api {
  const api = makeApi(client);
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

function runParams({ stdin, files, ...rest }: Record<string, unknown>): RunParams {
  const params = { ...rest } as unknown as RunParams;
  if (stdin !== undefined && stdin !== null) {
    params.stdin = typeof stdin === "string" ? new TextEncoder().encode(stdin) : (stdin as Uint8Array);
  }
  if (files !== undefined && files !== null) {
    params.files = Object.fromEntries(
      Object.entries(files).map(([path, file]) => [
        path,
        file instanceof Uint8Array ? { bytes: file } : (file as FileData),
      ]),
    );
  }
  return params;
}

function runFiles(files: Record<string, FileData>): Record<string, Uint8Array | { dir: true }> {
  return Object.fromEntries(
    Object.entries(files).map(([path, file]) => [
      path,
      file.dir ? { dir: true as const } : (file.bytes ?? new Uint8Array()),
    ]),
  );
}
