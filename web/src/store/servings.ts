import { batch, computed, signal } from "@preact/signals";
import type { Failure, RequestResult, ServeParams } from "../protocol";
import { placeOf } from "../serve/paths";
import type { Exchange, Server, ServerState, Serving } from "../serve/server";
import { parseEnvironment } from "../text/arguments";
import { parseHeaders } from "../text/headers";
import { asFailure } from "./engine";
import type { Grants } from "./grants";
import type { Opened } from "./opened";
import { Requests } from "./requests";
import type { Runs } from "./runs";
import type { Session } from "./session";

/** What came of a request made by hand. */
export interface Answer {
  result: RequestResult | null;
  failure: Failure | null;
  took: number;
}

/** What the frame shows; a new `key` shows it anew. */
export interface Visit {
  url: string;
  key: number;
}

const HANDLER = /^wasi:http\/incoming-handler(@|$)/;

/** Components that answer HTTP requests: served in a frame, and asked by hand. */
export class Servings {
  readonly state = signal<ServerState>({ servings: [], exchanges: [] });
  /** Whether what is open answers requests. */
  readonly possible = computed(() => (this.opened.shown.value?.exports ?? []).some(({ name }) => HANDLER.test(name)));
  /** Of what is open. */
  readonly current = computed<Serving | null>(
    () => this.state.value.servings.find(({ params }) => params.id === this.opened.shown.value?.id) ?? null,
  );
  /** The requests to what is open, the last first. */
  readonly log = computed<readonly Exchange[]>(() => {
    const names = new Set([this.current.value?.name, this.ended.value]);
    return this.state.value.exchanges.filter(({ serving }) => names.has(serving)).reverse();
  });
  /** Why it could not be served. */
  readonly failure = signal<Failure | null>(null);
  readonly starting = signal(false);
  /** Whether it is put aside for the command that the same component is. */
  readonly put = signal(false);
  /** What the address bar says: a path of the component. */
  readonly address = signal("/");
  readonly visit = signal<Visit | null>(null);
  /** Where the frame was, the last being where it is. */
  readonly trail = signal<readonly string[]>([]);

  readonly method = signal("GET");
  readonly path = signal("/");
  readonly headers = signal("");
  readonly body = signal("");
  readonly wrongHeaders = computed(() => parseHeaders(this.headers.value).wrong);
  readonly answer = signal<Answer | null>(null);

  /** The requests that the component itself makes. */
  readonly requests = new Requests();

  /** The serving that was stopped last: its log stays. */
  private readonly ended = signal<string | null>(null);
  private frame = 0;

  constructor(
    private readonly session: Session,
    private readonly opened: Opened,
    private readonly server: Server,
    private readonly grants: Grants,
    private readonly runs: Runs,
  ) {
    server.subscribe((state) => {
      // A stream tells of every piece; a picture of it is enough.
      if (state.servings !== this.state.peek().servings) this.state.value = state;
      else if (this.frame === 0) {
        this.frame = requestAnimationFrame(() => {
          this.frame = 0;
          this.state.value = server.state;
        });
      }
    });
    opened.shown.subscribe((shown) => {
      for (const { params } of server.state.servings)
        if (params.id === this.known && shown?.id !== this.known) server.end(params);
      if (shown?.id === this.known) return;
      this.known = shown?.id ?? null;
      this.reset();
    });
  }

  /** The id of what was open. */
  private known: string | null = null;

  private reset(): void {
    batch(() => {
      this.failure.value = null;
      this.address.value = "/";
      this.visit.value = null;
      this.trail.value = [];
      this.ended.value = null;
      this.answer.value = null;
    });
  }

  async start(): Promise<void> {
    if (this.starting.value || this.current.value || !(await this.grants.ready("Serve"))) return;
    if (this.starting.value || this.current.value) return;
    this.failure.value = null;
    this.starting.value = true;
    this.requests.clear();
    try {
      await this.server.start(this.given(), () => this.requests.more());
      this.go(this.address.value);
    } catch (error) {
      this.failure.value = asFailure(error);
    } finally {
      this.starting.value = false;
    }
  }

  /** What each request's machine is given. */
  private given(): ServeParams {
    return {
      id: this.opened.id,
      env: { ...parseEnvironment(this.runs.env.value).values },
      ...this.runs.given.params(),
      ...this.grants.bounds(),
      grants: this.grants.granted(),
    };
  }

  /** Serve no more. */
  end(): void {
    const serving = this.current.value;
    if (!serving) return;
    batch(() => {
      this.ended.value = serving.name;
      this.visit.value = null;
      this.trail.value = [];
      this.server.end(serving);
    });
  }

  /** Show a path in the frame. */
  go(path: string): void {
    const serving = this.current.value;
    if (!serving) return;
    const inside = path.startsWith("/") ? path : `/${path}`;
    this.address.value = inside;
    this.visit.value = { url: serving.url.slice(0, -1) + inside, key: (this.visit.value?.key ?? 0) + 1 };
  }

  /** Where the frame has gone by itself. */
  arrived(url: string): void {
    const path = placeOf(url, this.server.root)?.path;
    if (path === undefined) return;
    this.address.value = path;
    if (this.trail.value.at(-1) !== path) this.trail.value = [...this.trail.value, path].slice(-100);
  }

  back(): void {
    const before = this.trail.value.at(-2);
    if (before === undefined) return;
    this.trail.value = this.trail.value.slice(0, -2);
    this.go(before);
  }

  reload(): void {
    this.go(this.trail.value.at(-1) ?? this.address.value);
  }

  /** End one request. */
  stop(exchange: Exchange): void {
    this.server.stop(exchange.number);
  }

  /** Make the request of the form. */
  async ask(): Promise<void> {
    if (this.session.busy.value || this.wrongHeaders.value.length) return;
    if (!(await this.grants.ready("Send")) || this.session.busy.value) return;
    this.requests.clear();
    const started = performance.now();
    const path = this.path.value.startsWith("/") ? this.path.value : `/${this.path.value}`;
    this.answer.value = null;
    const outcome = await this.session.perform(`Asking for ${path}`, async (options) => {
      try {
        const result = await this.session.engine.call(
          "request",
          {
            ...this.given(),
            method: this.method.value,
            url: path,
            headers: parseHeaders(this.headers.value).pairs,
            body: new TextEncoder().encode(this.body.value),
          },
          { ...options, onHttp: this.requests.hear },
        );
        return { result, failure: null };
      } catch (error) {
        return { result: null, failure: asFailure(error) };
      }
    });
    this.answer.value = { ...outcome, took: performance.now() - started };
  }
}
