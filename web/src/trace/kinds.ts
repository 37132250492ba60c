/** What a kind of event does, for colour and sign; the word itself is always shown beside both. */
export type Family = "lower" | "lift" | "write" | "read" | "allocate" | "call" | "handle" | "end" | "trap" | "other";

export interface KindLook {
  family: Family;
  /** One character, decorative. */
  sign: string;
  /** What such an event means, for the legend. */
  means: string;
}

const LOOKS: Readonly<Record<Family, KindLook>> = {
  lower: { family: "lower", sign: "↓", means: "a value goes down into the guest" },
  lift: { family: "lift", sign: "↑", means: "a value comes up out of the guest" },
  write: { family: "write", sign: "■", means: "bytes are written into linear memory" },
  read: { family: "read", sign: "□", means: "bytes are read from linear memory" },
  allocate: { family: "allocate", sign: "+", means: "the guest's `realloc` makes room" },
  call: { family: "call", sign: "ƒ", means: "a core function runs" },
  handle: { family: "handle", sign: "◇", means: "a handle table changes" },
  end: { family: "end", sign: "∎", means: "the guest cleans up after the call" },
  trap: { family: "trap", sign: "×", means: "the guest traps" },
  other: { family: "other", sign: "·", means: "something else happens" },
};

/** In the order the canonical ABI meets them; the legend shows these. */
export const LEGEND: readonly KindLook[] = [LOOKS.lower, LOOKS.allocate, LOOKS.write, LOOKS.call, LOOKS.read, LOOKS.lift, LOOKS.end];

const WORDS: readonly [RegExp, Family][] = [
  [/trap/, "trap"],
  [/post-return|return$|exit|end$/, "end"],
  [/realloc|alloc/, "allocate"],
  [/store|write|memory-copy/, "write"],
  [/load|read/, "read"],
  [/resource|handle|drop|lend|borrow|own/, "handle"],
  [/call|enter|start/, "call"],
  [/lower/, "lower"],
  [/lift/, "lift"],
];

/** How to show events of `kind`; a kind this page does not know still gets a look. */
export function lookOf(kind: string): KindLook {
  return LOOKS[WORDS.find(([pattern]) => pattern.test(kind))?.[1] ?? "other"];
}
