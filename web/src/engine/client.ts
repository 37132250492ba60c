// The page's end of the engine: one worker, one request at a time, progress, Stop. Survives the worker: after Stop or a crash a new one
// boots, and the components that were open are opened again when they are next used, under the ids the page knows.

import type {
  Failure,
  HelloResult,
  HttpLog,
  MachineParams,
  Method,
  OpenParams,
  Output,
  Params,
  Progress,
  ResponseHead,
  Result,
  RunParams,
} from "../protocol.ts";
import { Keeping, type OnKept } from "./keeping.ts";
import { withKept } from "./kept.ts";
import { type Answer, mailbox, Outbox, Sender } from "./mailbox.ts";
import type { EngineReply, FromWorker, ToWorker } from "./messages.ts";
import { failure } from "./messages.ts";
import type { ReachDoor } from "./reach.ts";
import { Ring, shared } from "./ring.ts";

/** `failed`: Python does not start in this browser; `stop()` tries again. */
export type EngineState = "booting" | "ready" | "busy" | "stopping" | "failed";

/** What a status line shows. `method` is the request that runs; `progress` is the latest of the boot or of that request. */
export interface EngineStatus {
  state: EngineState;
  method: Method | null;
  progress: Progress | null;
  boot: "snapshot" | "plain" | null;
}

export interface CallOptions {
  /** It runs now; before, it waited for others. */
  onStart?: () => void;
  onProgress?: (progress: Progress) => void;
  /** Bytes the guest writes, as they come; `run` is its place among those that run together. */
  onOutput?: (stream: "stdout" | "stderr", bytes: Uint8Array, run?: number) => void;
  /** What becomes of the guest's HTTP requests. */
  onHttp?: (log: HttpLog) => void;
  /** A streaming response of `request`: how it begins, and its body as it comes. */
  onResponse?: (head: ResponseHead) => void;
  /** While what it returns is pending, the guest is not hurried. */
  onResponseChunk?: (bytes: Uint8Array) => Promise<void> | void;
  onResponseEnd?: () => void;
  /** What is typed into a live standard input; its end is the input's end. */
  input?: AsyncIterable<Uint8Array>;
  /** What it wrote to a directory that is kept was kept after a stop; or why not. */
  onKept?: OnKept;
  /** Answers an import listed in `imports`: WAVE texts in, WAVE text out (empty where nothing is returned). */
  onImportCall?: (func: string, args: string[]) => Promise<string>;
  /** Aborting removes a waiting request, and stops a running one. */
  signal?: AbortSignal;
}

/** As `Params`, but `open` also takes a `Blob` or `File`, which the worker then reads itself. */
export type CallParams<M extends Method> = M extends "open"
  ? Omit<OpenParams, "bytes"> & { bytes: Uint8Array | Blob }
  : Params<M>;

/** The part of `Worker` the client needs; tests give their own. */
export interface WorkerLike {
  postMessage(message: ToWorker, transfer?: Transferable[]): void;
  terminate(): void;
  onmessage: ((event: MessageEvent<FromWorker>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

/** A way to some hosts, until it is closed. */
export interface Reach {
  port: MessagePort;
  close(): void;
}

export interface ClientOptions {
  spawn?: () => WorkerLike;
  /** Opens a way to the hosts that a request was granted. */
  reach?: (hosts: string[]) => Reach;
  /** The site's address, ending in a slash. */
  root?: string;
  /** Whether to boot from the snapshot (the default) or plainly. */
  snapshot?: boolean;
  /** How long a question may wait for a guest that does not let go of Python, before another worker is asked, in milliseconds. */
  patience?: number;
  /** How long an interrupted request may take to end by itself before its worker is terminated, in milliseconds. */
  grace?: number;
}

interface Job {
  id: number;
  method: Method;
  params: Record<string, unknown>;
  options: CallOptions;
  resolve: (result: never) => void;
  reject: (error: Failure) => void;
  /** Ends listening to the caller's signal. */
  release: () => void;
  /** Ends taking what is typed. */
  ended: () => void;
  /** The directories it was given to keep. */
  keeping: Keeping | null;
  /** Why it was stopped, where nobody asked for it. */
  over: Failure | null;
}

/** What was asked and is not answered yet. */
interface Question {
  id: number;
  method: Method;
  params: unknown;
  resolve: (result: never) => void;
  reject: (error: Failure) => void;
}

interface Component {
  name: string;
  bytes: Uint8Array | Blob;
  /** Its id in the worker of this generation. */
  inner: string;
  generation: number;
}

interface Instance {
  inner: string;
  generation: number;
  /** Of the component it was made of. */
  component: string;
  keeping: Keeping | null;
}

/** Bytes above this size travel as a `Blob`, made piece by piece, so that no task of the main thread gets long. */
const LARGE = 1 << 20;
const PIECE = 1 << 20;
const INTERRUPT = 2;
/** What timers of a browser can count, in milliseconds: 24 days. */
const LONGEST = 2 ** 31;
/** How often the page looks for what a guest has written, in milliseconds. */
const LOOK = 30;

const newWorker = (): WorkerLike =>
  new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "pycm" });

function openReach(hosts: string[]): Reach {
  const worker = new Worker(new URL("./reach-worker.ts", import.meta.url), { type: "module", name: "reach" });
  const { port1, port2 } = new MessageChannel();
  worker.postMessage({ hosts, port: port1 } satisfies ReachDoor, [port1]);
  return { port: port2, close: () => worker.terminate() };
}

export class Client {
  /** Settles with the first boot. */
  readonly ready: Promise<HelloResult>;

  #options: Required<ClientOptions>;
  #worker: WorkerLike | null = null;
  #generation = 0;
  #booted = false;
  #status: EngineStatus = { state: "booting", method: null, progress: null, boot: null };
  #listeners = new Set<(status: EngineStatus) => void>();
  #interrupt: Uint8Array | null;
  /** For a worker that hears nothing while a guest waits; made anew for each. */
  #mail: { memory: SharedArrayBuffer; sender: Sender } | null = null;
  readonly #outbox = new Outbox();
  readonly #name = crypto.randomUUID();
  #suspends = true;
  /** What the guest writes, before it is sent. */
  #ring: Ring | null = null;
  #looking: ReturnType<typeof setInterval> | undefined;
  #queue: Job[] = [];
  #running: Job | null = null;
  /** Takes the reply of what runs in the worker (a job, or what has to come before it). */
  #onReply: ((reply: EngineReply) => void) | null = null;
  /** Ends what waits for that reply, when its worker is gone. */
  #onLoss: (() => void) | null = null;
  #requests = 0;
  #asked = new Map<number, Question>();
  /** Answers questions while a guest holds the Python of the other; gone when that is free again. */
  #second: WorkerLike | null = null;
  #secondBooted = false;
  #impatient: ReturnType<typeof setTimeout> | undefined;
  #components = new Map<string, Component>();
  #instances = new Map<string, Instance>();
  /** Directories that what was stopped wrote to, until what it wrote is kept; by name. */
  #saving = new Map<string, Promise<void>>();
  #named = 0;
  /** The ways out of instances that live on. */
  #reaching: Reach[] = [];
  #stopped: { promise: Promise<void>; resolve: () => void; timer: ReturnType<typeof setTimeout> } | null = null;

  constructor(options: ClientOptions = {}) {
    this.#options = {
      spawn: options.spawn ?? newWorker,
      reach: options.reach ?? openReach,
      root: options.root ?? new URL("./", document.baseURI).href,
      snapshot: options.snapshot ?? true,
      grace: options.grace ?? 300,
      patience: options.patience ?? 400,
    };
    const shared = globalThis.crossOriginIsolated && typeof SharedArrayBuffer !== "undefined";
    this.#interrupt = shared ? new Uint8Array(new SharedArrayBuffer(1)) : null;
    this.ready = this.call("hello", {});
    this.ready.catch(() => undefined);
    this.#start();
  }

  get state(): EngineState {
    return this.#status.state;
  }

  get status(): EngineStatus {
    return this.#status;
  }

  /** Be told of every change of the status; returns how to stop being told. */
  subscribe(listener: (status: EngineStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Queue a request. Rejects with a `Failure`, never with an exception. */
  call<M extends Method>(method: M, params: CallParams<M>, options: CallOptions = {}): Promise<Result<M>> {
    return new Promise<Result<M>>((resolve, reject: (error: Failure) => void) => {
      const { signal } = options;
      if (signal?.aborted) return reject(failure("Stopped", "stopped before it started"));
      const abort = () => this.#abort(job);
      const job: Job = {
        id: ++this.#requests,
        method,
        params: params as Record<string, unknown>,
        options,
        resolve,
        reject,
        release: () => signal?.removeEventListener("abort", abort),
        ended: () => {},
        keeping: null,
        over: null,
      };
      signal?.addEventListener("abort", abort);
      if (this.#status.state === "failed") return this.#end(job, { error: this.#bootFailure() });
      this.#queue.push(job);
      this.#next();
    });
  }

  /**
   * Ask something that changes nothing, beside whatever runs: as soon as Python is free to answer, which is while a guest waits too; where a
   * guest holds it for long, another worker is started that answers. Survives the worker: what a lost worker did not answer, the next one is asked.
   */
  ask<M extends Method>(method: M, params: Params<M>): Promise<Result<M>> {
    return new Promise<Result<M>>((resolve, reject: (error: Failure) => void) => {
      if (this.#status.state === "failed") return reject(this.#bootFailure());
      const question = { id: ++this.#requests, method, params, resolve, reject };
      this.#asked.set(question.id, question);
      if (this.#booted) this.#send(question);
      if (this.#secondBooted) this.#send(question, this.#second);
      this.#waitForAnswers();
    });
  }

  #send({ id, method, params }: Question, worker = this.#worker): void {
    worker?.postMessage({ type: "request", id, method, params });
  }

  /** Whoever holds Python for long must not keep the editor waiting: what is not answered in time, another worker is asked, too. */
  #waitForAnswers(): void {
    if (this.#impatient !== undefined || this.#second !== null) return;
    this.#impatient = setTimeout(() => {
      this.#impatient = undefined;
      if (this.#asked.size > 0 && this.#running !== null && this.#booted) this.#startSecond();
    }, this.#options.patience);
  }

  #startSecond(): void {
    const second = (this.#second = this.#options.spawn());
    second.onmessage = ({ data }) => {
      if (second !== this.#second) return;
      if (data.event === "booted") {
        this.#secondBooted = true;
        for (const question of this.#asked.values()) this.#send(question, second);
      } else if (data.event === "reply") this.#answered(data);
      else if (data.event === "dead") this.#endSecond();
    };
    second.onerror = () => this.#endSecond();
    const { root, snapshot } = this.#options;
    second.postMessage({ type: "boot", root, snapshot, interrupt: null, mailbox: this.#name, ring: null });
  }

  #endSecond(): void {
    this.#second?.terminate();
    this.#second = null;
    this.#secondBooted = false;
  }

  /**
   * Stop what runs: it rejects with kind `Stopped`. Python is interrupted where the page is isolated; what does not end by itself within the
   * grace, and a guest's own loop never does, ends with its worker. Resolves when that is done; requests that wait run afterwards. While Python
   * boots, what waits for it is what stops.
   */
  stop(): Promise<void> {
    if (this.#stopped !== null) return this.#stopped.promise;
    if (this.#status.state === "failed") {
      this.#start();
      return Promise.resolve();
    }
    if (!this.#booted) {
      // Nothing runs yet; what waits for Python was asked for as much as what would run.
      const waiting = this.#queue.filter((job) => job.method !== "hello");
      this.#queue = this.#queue.filter((job) => job.method === "hello");
      for (const job of waiting) this.#end(job, { error: failure("Stopped", "stopped before it started") });
    }
    if (this.#running === null || !this.#booted) return Promise.resolve();
    let resolve = () => {};
    const promise = new Promise<void>((done) => (resolve = done));
    const grace = this.#interrupt === null ? 0 : this.#options.grace;
    this.#stopped = { promise, resolve, timer: setTimeout(() => this.#restart(), grace) };
    if (this.#interrupt !== null) Atomics.store(this.#interrupt, 0, INTERRUPT);
    this.#worker?.postMessage({ type: "stop", id: this.#running.id });
    if (!this.#suspends) this.#mail?.sender.stop(this.#running.id);
    this.#show({ state: "stopping" });
    return promise;
  }

  // --- the worker ---------------------------------------------------------------------------------------------------

  #start(): void {
    this.#generation += 1;
    for (const reach of this.#reaching.splice(0)) reach.close();
    this.#lost();
    this.#booted = false;
    this.#show({ state: "booting", method: null, progress: null, boot: null });
    const worker = this.#options.spawn();
    this.#worker = worker;
    worker.onmessage = ({ data }) => {
      if (worker === this.#worker) this.#receive(data);
    };
    worker.onerror = (event) => {
      if (worker === this.#worker) this.#died(event.message || "the worker cannot be loaded");
    };
    if (this.#interrupt !== null) Atomics.store(this.#interrupt, 0, 0);
    const { root, snapshot } = this.#options;
    this.#mail = null;
    if (this.#interrupt !== null) {
      const memory = mailbox();
      this.#mail = { memory, sender: new Sender(memory) };
    }
    const { memory } = this.#mail ?? {};
    const ring = shared();
    this.#ring = ring && new Ring(ring);
    const mail = memory ?? this.#name;
    worker.postMessage({ type: "boot", root, snapshot, interrupt: this.#interrupt, mailbox: mail, ring });
  }

  /** The worker is gone, and everything that lived in it. */
  #lost(): void {
    const keeping = this.#running?.keeping ?? null;
    keeping?.leave(this.#ring);
    const lose = this.#onLoss;
    this.#onReply = this.#onLoss = null;
    lose?.();
    for (const instance of this.#instances.values()) instance.keeping?.end();
  }

  /** An engine called `name` waits for mail, at most `ms` milliseconds: where it is ours, `answer` is told, now or then. */
  waits(name: string, ms: number, answer: (answer: Answer) => void): void {
    if (name === this.#name) this.#outbox.asked(ms, answer);
  }

  #receive(message: FromWorker): void {
    switch (message.event) {
      case "booted":
        this.#booted = true;
        this.#suspends = message.suspends;
        this.#show({ state: "ready", progress: null, boot: message.boot });
        for (const question of this.#asked.values()) this.#send(question);
        this.#next();
        break;
      case "dead":
        this.#died(message.message);
        break;
      case "reply":
        if (message.id === this.#running?.id) this.#onReply?.(message);
        else this.#answered(message);
        break;
      case "progress":
        if (message.id === 0 ? this.#booted : message.id !== this.#running?.id) break;
        this.#show({ progress: message });
        this.#running?.options.onProgress?.(message);
        break;
      case "output":
        this.#output(message);
        break;
      case "http":
        if (message.id === this.#running?.id) this.#running.options.onHttp?.(message);
        break;
      case "kept":
        if (message.id === this.#running?.id) this.#running.keeping?.hear(message);
        break;
      case "response-head":
        if (message.id === this.#running?.id) this.#running.options.onResponse?.(message);
        break;
      case "response-chunk":
        if (message.id === this.#running?.id) void this.#respond(this.#running, message.bytes);
        break;
      case "response-end":
        if (message.id === this.#running?.id) this.#running.options.onResponseEnd?.();
        break;
      case "import-call":
        if (message.id === this.#running?.id) void this.#answer(this.#running, message);
        break;
    }
  }

  #output({ id, stream, bytes, run }: Output): void {
    const rest = this.#ring?.rest(stream, run ?? 0, bytes) ?? bytes;
    if (rest.length === 0 && bytes.length > 0) return;
    if (id === this.#running?.id) this.#written(this.#running, stream, rest, run ?? 0);
  }

  #written({ method, options }: Job, stream: Output["stream"], bytes: Uint8Array, run: number): void {
    if (method === "run-together") options.onOutput?.(stream, bytes, run);
    else options.onOutput?.(stream, bytes);
  }

  #answered({ id, result, error }: EngineReply): void {
    const question = this.#asked.get(id);
    this.#asked.delete(id);
    if (error === undefined) question?.resolve(result as never);
    else question?.reject(error);
  }

  /** A piece of a response, and word to the guest when it has been taken. */
  async #respond(job: Job, bytes: Uint8Array): Promise<void> {
    const worker = this.#worker;
    const size = bytes.byteLength;
    try {
      await job.options.onResponseChunk?.(bytes);
    } finally {
      if (job === this.#running && worker === this.#worker) {
        worker?.postMessage({ type: "taken", event: "response-taken", id: job.id, size });
      }
    }
  }

  async #answer(job: Job, { call, func, args }: { call: number; func: string; args: string[] }): Promise<void> {
    const worker = this.#worker;
    const answer = job.options.onImportCall;
    let reply: { result: string } | { error: string };
    try {
      reply = answer ? { result: await answer(func, args) } : { error: `nobody answers \`${func}\`` };
    } catch (error) {
      reply = { error: messageOf(error) };
    }
    if (worker === this.#worker) worker?.postMessage({ type: "answer", event: "import-answer", call, ...reply });
  }

  /** The worker is gone: what ran fails, and a new worker starts, unless it was booting that failed. */
  #died(message: string): void {
    this.#look();
    this.#worker?.terminate();
    this.#worker = null;
    if (!this.#booted) {
      this.#show({ state: "failed", method: null, progress: null });
      const waiting = this.#queue.splice(0);
      for (const job of waiting) this.#end(job, { error: this.#bootFailure(message) });
      for (const question of this.#asked.values()) question.reject(this.#bootFailure(message));
      this.#asked.clear();
      return;
    }
    const job = this.#running;
    this.#endSecond();
    this.#start();
    this.#running = null;
    if (job !== null) {
      const stopping = this.#settleStop();
      this.#end(job, {
        error: stopping
          ? stopped(job)
          : failure("InternalError", `the engine died: ${message}`, "please report it with the input that caused it"),
      });
    }
  }

  #bootFailure(message = "Python does not start in this browser"): Failure {
    return failure("InternalError", `the engine did not start: ${message}`, "reload the page");
  }

  /** Stop by terminating; the page's state stays. */
  #restart(): void {
    this.#look();
    this.#worker?.terminate();
    const job = this.#running;
    this.#endSecond();
    this.#start();
    this.#running = null;
    if (job !== null) this.#end(job, { error: stopped(job) });
    this.#settleStop();
  }

  #settleStop(): boolean {
    const stopped = this.#stopped;
    if (stopped === null) return false;
    clearTimeout(stopped.timer);
    this.#stopped = null;
    stopped.resolve();
    return true;
  }

  #abort(job: Job): void {
    const at = this.#queue.indexOf(job);
    if (at >= 0) {
      this.#queue.splice(at, 1);
      this.#end(job, { error: failure("Stopped", "stopped before it started") });
    } else if (job === this.#running) {
      void this.stop();
    }
  }

  // --- requests --------------------------------------------------------------------------------------------------------

  #next(): void {
    if (this.#running !== null || !this.#booted) return;
    const job = this.#queue.shift();
    if (job === undefined) return;
    this.#running = job;
    this.#watch(job);
    job.options.onStart?.();
    this.#show({ state: "busy", method: job.method, progress: null });
    this.#run(job).then(
      (result) => this.#done(job, { result }),
      (error: unknown) =>
        this.#done(job, { error: isFailure(error) ? error : failure("InternalError", String(error)) }),
    );
  }

  async #run(job: Job): Promise<unknown> {
    const { method } = job;
    if (method === "open") return this.#open(job);
    const { id, instance } = job.params;
    const params = { ...job.params };
    if (typeof instance === "string") params["instance"] = this.#innerInstance(instance);
    if (typeof id === "string") {
      const component = this.#components.get(id);
      if (component === undefined) throw failure("BadRequest", `no component \`${id}\` is open`);
      if (method === "close") this.#forget(id);
      if (method === "close" && component.generation !== this.#generation) return {};
      await this.#reopen(job, component);
      params["id"] = component.inner;
    }
    if (method === "run-together" && Array.isArray(params["runs"])) {
      params["runs"] = await this.#inner(job, params["runs"] as RunParams[]);
    }
    const machines = (params["runs"] ?? [params]) as MachineParams[];
    if (typeof instance === "string") job.keeping = this.#instances.get(instance)?.keeping ?? null;
    const names = typeof instance === "string" ? [] : [...new Set(machines.flatMap(keptNames))];
    if (names.length > 0) return this.#performKeeping(job, params, machines, new Keeping(names));
    const result = (await this.#perform(job, params, machines)) as object;
    return job.keeping ? job.keeping.put(result) : result;
  }

  /** Perform it with directories that are kept, which nobody else uses meanwhile. */
  async #performKeeping(
    job: Job,
    params: Record<string, unknown>,
    machines: readonly MachineParams[],
    keeping: Keeping,
  ): Promise<unknown> {
    const { names } = keeping;
    if (job.method === "run-together" && machines.flatMap(keptNames).length > names.length) {
      throw failure("BadRequest", "two of those that run together keep the same directory", "give it to one of them");
    }
    for (const name of names) await this.#saving.get(name);
    return new Promise((resolve, reject: (error: unknown) => void) => {
      const using = withKept(names, async () => {
        try {
          await keeping.give(machines);
          job.keeping = keeping;
          const result = (await this.#perform(job, params, machines)) as object;
          if (!("results" in result)) resolve(await keeping.put(result));
          else {
            const results: object[] = [];
            for (const one of result.results as object[]) results.push(await keeping.put(one));
            resolve({ results });
          }
          if (job.method === "instantiate") await keeping.ended;
          for (const name of names) this.#saving.set(name, using);
        } catch (error) {
          if (job === this.#running) keeping.leave(this.#ring);
          for (const name of names) this.#saving.set(name, using);
          reject(error);
        }
        await keeping.save((after) => this.ask("kept-after", after as never), job.options.onKept);
      }).catch(reject);
    });
  }

  /** Runs that go together, under the worker's own ids. */
  async #inner(job: Job, runs: readonly RunParams[]): Promise<RunParams[]> {
    const found: RunParams[] = [];
    for (const run of runs) {
      const component = this.#components.get(run.id);
      if (component === undefined) throw failure("BadRequest", `no component \`${run.id}\` is open`);
      await this.#reopen(job, component);
      found.push({ ...run, id: component.inner });
    }
    return found;
  }

  async #perform(job: Job, params: Record<string, unknown>, machines: readonly MachineParams[]): Promise<unknown> {
    const { method } = job;
    const hosts = machines.flatMap(({ grants }) =>
      Array.isArray(grants?.http?.hosts) ? grants.http.hosts.map(String) : [],
    );
    const reach = hosts.length > 0 ? this.#options.reach(hosts) : undefined;
    const time = Math.min(...machines.map(({ bounds }) => bounds?.time ?? Infinity));
    const timer = time < LONGEST ? setTimeout(() => this.#over(job, time), time) : undefined;
    try {
      const answer = this.#post(job, method, params, reach);
      void this.#type(job);
      const result = await answer;
      if (method !== "instantiate") return result;
      if (reach) this.#reaching.push(reach);
      return this.#outerInstance(job, result as Result<"instantiate">);
    } finally {
      clearTimeout(timer);
      if (reach && !this.#reaching.includes(reach)) reach.close();
    }
  }

  /** Its time is over. */
  #over(job: Job, time: number): void {
    if (job !== this.#running) return;
    job.over = failure(
      "Exhaustion",
      `the time limit of ${time / 1000} s was reached`,
      "allow it more time, if it is not in an endless loop",
    );
    void this.stop();
  }

  /** Pass on what is typed, for as long as the job runs. */
  async #type(job: Job): Promise<void> {
    const { input } = job.options;
    if (input === undefined) return;
    const worker = this.#worker;
    const send = async (bytes: Uint8Array | null): Promise<void> => {
      const { id } = job;
      if (this.#suspends) worker?.postMessage({ type: "input", event: "input", id, bytes });
      else if (this.#mail === null) this.#outbox.put({ type: "input", id, bytes });
      else await this.#mail.sender.input(id, bytes, () => !ended && worker === this.#worker);
    };
    const typed = input[Symbol.asyncIterator]();
    let ended = false;
    job.ended = () => {
      ended = true;
      void typed.return?.();
    };
    try {
      for (;;) {
        const { done, value } = await typed.next();
        if (ended) return;
        if (done) break;
        await send(value);
      }
    } catch {
      // An input that fails has ended.
    }
    await send(null);
  }

  async #open(job: Job): Promise<Result<"open">> {
    const { name, bytes } = job.params as unknown as CallParams<"open">;
    if (!(bytes instanceof Uint8Array || bytes instanceof Blob)) {
      throw failure("BadRequest", "`bytes` must be a Uint8Array or a Blob");
    }
    const kept = await keep(bytes, () => job === this.#running);
    if (job !== this.#running) throw failure("Stopped", "stopped");
    const generation = this.#generation;
    const result = (await this.#post(job, "open", { name, bytes: kept })) as Result<"open">;
    const id = `c${++this.#named}`;
    this.#components.set(id, { name, bytes: kept, inner: result.id, generation });
    return { ...result, id };
  }

  async #reopen(job: Job, component: Component): Promise<void> {
    if (component.generation === this.#generation) return;
    const generation = this.#generation;
    const { name, bytes } = component;
    const result = (await this.#post(job, "open", { name, bytes })) as Result<"open">;
    component.inner = result.id;
    component.generation = generation;
  }

  /** A component is closed; its instances end with it. */
  #forget(id: string): void {
    this.#components.delete(id);
    for (const { component, keeping } of this.#instances.values()) if (component === id) keeping?.end();
  }

  /** A call into an instance was stopped, though the worker lives: the instance ends all the same, as it does when the worker ends. */
  #endInstance({ params }: Job): void {
    const instance = this.#instances.get(String(params["instance"]));
    if (instance === undefined) return;
    instance.generation = 0;
    instance.keeping?.leave(this.#ring);
    instance.keeping?.end();
  }

  #innerInstance(name: string): string {
    const instance = this.#instances.get(name);
    if (instance === undefined) throw failure("BadRequest", `no instance \`${name}\``);
    if (instance.generation !== this.#generation) {
      throw failure("BadRequest", `instance \`${name}\` ended when the engine was stopped`, "instantiate it again");
    }
    return instance.inner;
  }

  #outerInstance({ params, keeping }: Job, result: Result<"instantiate">): Result<"instantiate"> {
    const instance = `i${++this.#named}`;
    const component = String(params["id"]);
    this.#instances.set(instance, { inner: result.instance, generation: this.#generation, component, keeping });
    return { ...result, instance };
  }

  /** Show what the guest of `job` writes while it runs. */
  #watch({ options }: Job): void {
    clearInterval(this.#looking);
    if (this.#ring !== null && options.onOutput) this.#looking = setInterval(() => this.#look(), LOOK);
  }

  #look(): void {
    const job = this.#running;
    if (job?.options.onOutput) this.#ring?.look((...written) => this.#written(job, ...written));
  }

  /** One exchange with the worker on behalf of `job`. */
  #post(job: Job, method: Method, params: unknown, reach?: Reach): Promise<unknown> {
    return new Promise((resolve, reject: (error: Failure) => void) => {
      this.#onLoss = () => reject(failure("Stopped", "stopped"));
      this.#onReply = ({ result, error }) => {
        this.#onReply = this.#onLoss = null;
        if (error === undefined) resolve(result);
        else reject(error);
      };
      // A stop that was asked for while something else ran must not hit this request; one asked for during it must.
      if (this.#interrupt !== null && this.#stopped === null) Atomics.store(this.#interrupt, 0, 0);
      const transfer: Transferable[] = [];
      const message = { type: "request" as const, id: job.id, method, params: copied(params, transfer) };
      if (reach) this.#worker?.postMessage({ ...message, reach: reach.port }, [reach.port, ...transfer]);
      else this.#worker?.postMessage(message, transfer);
    });
  }

  #done(job: Job, outcome: { result: unknown } | { error: Failure }): void {
    if (job !== this.#running) return;
    this.#look();
    clearInterval(this.#looking);
    this.#running = null;
    this.#endSecond();
    if (this.#settleStop()) {
      outcome = { error: stopped(job) };
      this.#endInstance(job);
    }
    if (this.#interrupt !== null) Atomics.store(this.#interrupt, 0, 0);
    this.#mail?.sender.clear();
    this.#outbox.clear();
    this.#show({ state: "ready", method: null, progress: null });
    this.#end(job, outcome);
    this.#next();
  }

  #end(job: Job, outcome: { result: unknown } | { error: Failure }): void {
    job.release();
    job.ended();
    if ("error" in outcome) job.reject(outcome.error);
    else job.resolve(outcome.result as never);
  }

  #show(change: Partial<EngineStatus>): void {
    this.#status = { ...this.#status, ...change };
    for (const listener of this.#listeners) listener(this.#status);
  }
}

const stopped = (job: Job): Failure => job.over ?? failure("Stopped", "stopped");

/** The names of the kept directories that a machine is given. */
function keptNames({ mounts }: MachineParams): string[] {
  return Object.values(mounts ?? {}).flatMap(({ kept }) => (kept === undefined ? [] : [String(kept)]));
}

/** `value` with a copy of all its bytes, to be given away: the browser would copy them twice. */
function copied(value: unknown, transfer: Transferable[]): unknown {
  if (value instanceof Uint8Array) {
    const copy = value.slice();
    transfer.push(copy.buffer);
    return copy;
  }
  if (Array.isArray(value)) return value.map((item) => copied(item, transfer));
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copied(item, transfer)]));
}

/** Bytes the client may keep and send again and again: the caller's own may change, or be transferred away. */
async function keep(bytes: Uint8Array | Blob, wanted: () => boolean): Promise<Uint8Array | Blob> {
  if (bytes instanceof Blob) return bytes;
  if (bytes.byteLength <= LARGE) return bytes.slice();
  const pieces: Blob[] = [];
  for (let at = 0; at < bytes.byteLength && wanted(); at += PIECE) {
    pieces.push(new Blob([bytes.subarray(at, at + PIECE) as Uint8Array<ArrayBuffer>]));
    await new Promise((resolve) => setTimeout(resolve));
  }
  return new Blob(pieces);
}

function isFailure(error: unknown): error is Failure {
  return typeof error === "object" && error !== null && "kind" in error && "message" in error;
}

function messageOf(error: unknown): string {
  if (isFailure(error) || error instanceof Error) return error.message;
  return String(error);
}
