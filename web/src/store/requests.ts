import { signal } from "@preact/signals";
import type { HttpLog } from "../protocol";

/** One request of the guest, as far as it has come. */
export interface SentRequest {
  number: number;
  method: string;
  url: string;
  status: number | null;
  size: number | null;
  /** Why it failed; null while it has not. */
  failed: string | null;
  /** What the browser did on its own account. */
  notes: readonly string[];
}

/** The requests that the last run sent, or wanted to. */
export class Requests {
  readonly all = signal<readonly SentRequest[]>([]);

  clear(): void {
    this.all.value = [];
  }

  /** Take the worker's word on those of one more run, whose numbers start from 1 again. */
  more(): (log: HttpLog) => void {
    const before = this.all.value.length;
    return (log) => this.hear({ ...log, number: before + log.number });
  }

  /** Take the worker's word on one of them. */
  readonly hear = (log: HttpLog): void => {
    const found = this.all.value.find((one) => one.number === log.number);
    const old: SentRequest = found ?? {
      number: log.number,
      method: log.method,
      url: log.url,
      status: null,
      size: null,
      failed: null,
      notes: [],
    };
    const now: SentRequest = {
      ...old,
      status: log.status ?? old.status,
      size: log.size ?? old.size,
      failed: log.step === "failed" ? (log.words ?? "failed") : old.failed,
      notes: log.step === "note" ? [...old.notes, log.words ?? ""] : old.notes,
    };
    this.all.value = found ? this.all.value.map((one) => (one === found ? now : one)) : [...this.all.value, now];
  };
}
