import { batch, computed, effect, signal } from "@preact/signals";
import type { Bounds, Grants as Granted, HttpExchange, InterfaceItem } from "../protocol";
import type { Opened } from "./opened";

/** What a component may ask for, by what it imports. `outside`: it reaches beyond this tab. */
export interface Need {
  kind: "http" | "network" | "clock" | "random";
  outside: boolean;
  /** The imports that reach it, as the component names them. */
  imports: readonly string[];
}

const REACHES: readonly { kind: Need["kind"]; outside: boolean; imports: RegExp }[] = [
  { kind: "http", outside: true, imports: /^wasi:http\/(outgoing-handler|handler|client)(@|$)/ },
  { kind: "network", outside: false, imports: /^wasi:sockets\// },
  { kind: "clock", outside: false, imports: /^wasi:clocks\// },
  { kind: "random", outside: false, imports: /^wasi:random\// },
];

/** What these imports need of the world; imports of types only need nothing. */
export function needsOf(imports: readonly InterfaceItem[]): Need[] {
  return REACHES.map(({ kind, outside, imports: pattern }) => ({
    kind,
    outside,
    imports: imports.filter((item) => item.funcs.length > 0 && pattern.test(item.name)).map((item) => item.name),
  })).filter((need) => need.imports.length > 0);
}

/** `a.example, b.example:81` → the hosts, in the words of the protocol. An address stands for its host. */
export function hostsOf(text: string): string[] {
  return text
    .split(/[\s,]+/)
    .filter((word) => word !== "")
    .map((word) => word.replace(/^https?:\/\//i, "").replace(/\/.*$/, ""))
    .filter((word) => word !== "");
}

/** A run that waits for the visitor's answer. */
export interface Asking {
  /** What the button does: "Run", "Call". */
  action: string;
  answer: (go: boolean) => void;
}

/** What the open component may reach. Everything is denied until the visitor says otherwise, for each component anew. */
export class Grants {
  readonly http = signal<"deny" | "allow" | "replay">("deny");
  /** As it was typed. */
  readonly hosts = signal("");
  /** What is replayed. */
  readonly exchanges = signal<readonly HttpExchange[]>([]);
  readonly network = signal<"deny" | "allow">("deny");
  readonly clock = signal<"virtual" | "real">("virtual");
  readonly random = signal<"seeded" | "real">("seeded");
  /** What it may use up: MiB of each memory, seconds; null for no bound but the browser's own. */
  readonly memory = signal<number | null>(null);
  readonly time = signal<number | null>(null);
  /** Whether it runs together with others, on a network that is granted by that. */
  readonly together = signal(false);
  /** Whether the visitor has seen what the component could reach, and answered. */
  readonly answered = signal(false);
  readonly asking = signal<Asking | null>(null);
  readonly needs = computed(() => needsOf(this.opened.shown.value?.imports ?? []));
  /** In words, for the line beside the button. */
  readonly summary = computed(() => {
    const words: string[] = [];
    for (const { kind } of this.needs.value) {
      if (kind === "http") words.push(HTTP_WORDS[this.http.value](hostsOf(this.hosts.value)));
      if (kind === "network")
        words.push(
          this.together.value
            ? "sockets among those that run together"
            : this.network.value === "allow"
              ? "sockets in this tab"
              : "no sockets",
        );
      if (kind === "clock") words.push(`${this.clock.value} clock`);
      if (kind === "random") words.push(this.random.value === "real" ? "real random numbers" : "seeded random numbers");
    }
    return words.join(", ");
  });
  /** What it may use up, in words; empty where there is no bound. */
  readonly boundsInWords = computed(() => {
    const words: string[] = [];
    if (this.memory.value !== null) words.push(`${this.memory.value} MiB of memory`);
    if (this.time.value !== null) words.push(`${this.time.value} s`);
    return words.join(" and ");
  });
  /** Why it cannot be answered like this. */
  readonly obstacle = computed(() =>
    this.http.value === "allow" && hostsOf(this.hosts.value).length === 0 ? "name at least one host, or deny" : null,
  );

  constructor(private readonly opened: Opened) {
    let before: unknown = null;
    effect(() => {
      const file = this.opened.file.value;
      if (file !== before) this.reset();
      before = file;
    });
  }

  /** Another component: what was granted to the one before is over. */
  reset(): void {
    batch(() => {
      this.deny();
      this.memory.value = this.time.value = null;
      this.hosts.value = "";
      this.exchanges.value = [];
      this.answered.value = false;
    });
  }

  /** Deny everything. */
  deny(): void {
    batch(() => {
      this.http.value = "deny";
      this.network.value = "deny";
      this.clock.value = "virtual";
      this.random.value = "seeded";
    });
  }

  /** Play back what was recorded, instead of asking anybody. */
  replay(exchanges: readonly HttpExchange[]): void {
    batch(() => {
      this.exchanges.value = exchanges;
      this.http.value = "replay";
      this.answered.value = true;
    });
  }

  /** Whether a run may begin. Asks first where something could reach outside and the visitor has not answered. */
  async ready(action: string): Promise<boolean> {
    if (this.answered.value || !this.needs.value.some((need) => need.outside)) return true;
    return this.ask(action);
  }

  /** Show the card, and wait for the answer. */
  ask(action: string): Promise<boolean> {
    this.asking.value?.answer(false);
    return new Promise((resolve) => {
      this.asking.value = {
        action,
        answer: (go) => {
          this.asking.value = null;
          if (go) this.answered.value = true;
          resolve(go);
        },
      };
    });
  }

  /** What it may use up, as the protocol has it. */
  bounds(): { bounds?: Bounds } {
    const { memory, time } = this;
    if (memory.value === null && time.value === null) return {};
    return {
      bounds: {
        ...(memory.value === null ? {} : { memory: Math.floor(memory.value * (1 << 20)) }),
        ...(time.value === null ? {} : { time: time.value * 1000 }),
      },
    };
  }

  /** As the protocol has it. */
  granted(): Granted {
    const granted: Granted = {};
    if (this.http.value === "replay") granted.http = { replay: [...this.exchanges.value] };
    else if (this.http.value === "allow") granted.http = { hosts: hostsOf(this.hosts.value), record: true };
    if (this.network.value === "allow") granted.network = { shared: true };
    if (this.clock.value === "real") granted.clock = "real";
    if (this.random.value === "real") granted.random = "real";
    return granted;
  }
}

const HTTP_WORDS: Readonly<Record<"deny" | "allow" | "replay", (hosts: string[]) => string>> = {
  deny: () => "no requests",
  allow: (hosts) => (hosts.includes("*") ? "requests to everybody" : `requests to ${hosts.join(", ") || "nobody"}`),
  replay: () => "requests played back",
};
