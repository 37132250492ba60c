import type { JSX } from "preact";

/** A sentence of the core, with what stands in backquotes set as code. Text only: nothing in it is markup. */
export function Words({ text }: { text: string }): JSX.Element {
  const parts = text.split("`");
  if (parts.length % 2 === 0) return <>{text}</>;
  return <>{parts.map((part, index) => (index % 2 ? <code key={index}>{part}</code> : part))}</>;
}
