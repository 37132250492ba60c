/** What a kind of event does, for colour and sign; the word itself is always shown beside both. */
export type Family =
  | "lower"
  | "lift"
  | "write"
  | "read"
  | "allocate"
  | "call"
  | "handle"
  | "end"
  | "trap"
  | "guest"
  | "encode"
  | "task"
  | "other";

export interface KindLook {
  family: Family;
  /** The word for all kinds of the family. */
  word: string;
  /** One character, decorative. */
  sign: string;
  /** What such an event means, for the legend. */
  means: string;
}

const LOOKS: Readonly<Record<Family, KindLook>> = {
  lower: { family: "lower", word: "lower", sign: "↓", means: "a value goes down into the guest" },
  lift: { family: "lift", word: "lift", sign: "↑", means: "a value comes up out of the guest" },
  write: { family: "write", word: "store", sign: "■", means: "bytes are written into linear memory" },
  read: { family: "read", word: "load", sign: "□", means: "bytes are read from linear memory" },
  allocate: { family: "allocate", word: "realloc", sign: "+", means: "the guest's realloc makes room" },
  call: { family: "call", word: "call", sign: "ƒ", means: "a call begins or ends" },
  handle: { family: "handle", word: "handle", sign: "◇", means: "a handle table changes" },
  end: { family: "end", word: "post-return", sign: "∎", means: "the guest cleans up after the call" },
  trap: { family: "trap", word: "trap", sign: "×", means: "the guest traps" },
  guest: { family: "guest", word: "guest write", sign: "▒", means: "guest code writes into its own memory" },
  encode: { family: "encode", word: "encode", sign: "æ", means: "a string changes its encoding" },
  task: { family: "task", word: "task", sign: "↻", means: "a task or a built-in of the component model goes on" },
  other: { family: "other", word: "other", sign: "·", means: "something else happens" },
};

/** In the order the canonical ABI meets them; the legend shows these. */
export const LEGEND: readonly KindLook[] = [
  LOOKS.lower,
  LOOKS.allocate,
  LOOKS.write,
  LOOKS.call,
  LOOKS.read,
  LOOKS.lift,
  LOOKS.end,
  LOOKS.guest,
];

/** The kinds of trace format 2 (`pycm_core.abi.trace`). */
const FAMILIES: Readonly<Record<string, Family>> = {
  "call-begin": "call",
  "call-end": "call",
  lower: "lower",
  lift: "lift",
  store: "write",
  load: "read",
  realloc: "allocate",
  "core-call": "call",
  "core-return": "call",
  "post-return": "end",
  "handle-add": "handle",
  "handle-remove": "handle",
  "handle-lend": "handle",
  "resource-new": "handle",
  "resource-drop": "handle",
  "resource-rep": "handle",
  "handle-unlend": "handle",
  "scope-enter": "handle",
  "scope-exit": "handle",
  "resource-dtor": "handle",
  memory: "guest",
  "guest-write": "guest",
  "memory-grow": "guest",
  "memory-unwatched": "guest",
  encode: "encode",
  "encode-step": "encode",
  decode: "encode",
  "call-unwind": "call",
  "task-start": "task",
  "task-return": "task",
  "task-cancel": "task",
  subtask: "task",
  builtin: "task",
  "builtin-return": "task",
  copy: "task",
  trap: "trap",
};

/** How to show events of `kind`; a kind of a later format still gets a look. */
export function lookOf(kind: string): KindLook {
  return LOOKS[FAMILIES[kind] ?? "other"];
}
