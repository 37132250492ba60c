// What client and worker say to each other around the protocol of app/messages.py: booting, and bytes that are too large to copy at once.

import type {
  Failure,
  HttpLog,
  ImportAnswer,
  ImportCall,
  Input,
  KeptJournal,
  Output,
  Progress,
  ResponseChunk,
  ResponseEnd,
  ResponseHead,
  ResponseTaken,
} from "../protocol.ts";

/** Client → worker, once. `interrupt` is there when the page is isolated: a 2 in it interrupts Python. */
export interface Boot {
  type: "boot";
  root: string;
  snapshot: boolean;
  interrupt: Uint8Array | null;
  /** Where a worker that cannot suspend finds what it waits for (mailbox.ts): memory where the page is isolated, else its name. */
  mailbox: SharedArrayBuffer | string;
  /** What guests write, before Python is told of it (`ring.ts`); there when the page is isolated. */
  ring: WebAssembly.Memory | null;
}

/** Client → worker. A `Blob` among the params is read by the worker, so that large files never pass through the main thread. */
export interface EngineRequest {
  type: "request";
  id: number;
  method: string;
  params: unknown;
  /** A way to the hosts that were granted. */
  reach?: MessagePort;
}

/** Client → worker: the request is to end, if it waits. */
export interface StopWaiting {
  type: "stop";
  id: number;
}

export type ToWorker =
  | Boot
  | EngineRequest
  | StopWaiting
  | ({ type: "input" } & Input)
  | ({ type: "taken" } & ResponseTaken)
  | ({ type: "answer" } & ImportAnswer);

/** Worker → client: Python answers from now on. */
export interface Booted {
  event: "booted";
  boot: "snapshot" | "plain";
  /** Whether it hears messages while a guest waits; else what comes goes through the mailbox. */
  suspends: boolean;
}

/** Worker → client: Python will not start, or has died. */
export interface Dead {
  event: "dead";
  message: string;
}

/** Worker → client: the reply to a request; exactly one of `result` and `error` is there. */
export interface EngineReply {
  event: "reply";
  id: number;
  result?: unknown;
  error?: Failure;
}

export type FromWorker =
  | Booted
  | Dead
  | EngineReply
  | Progress
  | Output
  | HttpLog
  | KeptJournal
  | ResponseHead
  | ResponseChunk
  | ResponseEnd
  | ImportCall;

/** A failure as data: what a failed call rejects with. */
export function failure(kind: string, message: string, hint: string | null = null): Failure {
  return { kind, message, where: null, hint };
}
