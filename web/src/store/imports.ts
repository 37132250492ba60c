import { computed, signal } from "@preact/signals";
import type { FuncItem } from "../protocol";
import type { Answer, AnswerMode } from "../share/container";
import type { Opened } from "./opened";

/** A call that waits for the visitor's answer. */
export interface Question {
  func: string;
  item: FuncItem | null;
  args: string[];
  answer: (text: string) => void;
  refuse: (why: string) => void;
}

/** An import that the guest called, and what it was told. */
export interface AnsweredCall {
  func: string;
  args: string[];
  result: string | null;
  error: string | null;
}

/** Who answers the imports that no virtual machine answers. */
export class Imports {
  readonly answers = signal<Readonly<Record<string, Answer>>>({});
  readonly question = signal<Question | null>(null);
  /** The imports the last call made, in order. */
  log: readonly AnsweredCall[] = [];
  /** Functions that the page answers, as `invoke` and `instantiate` want them. */
  readonly answered = computed(() =>
    this.functions.value
      .filter((one) => (this.answers.value[one.path]?.mode ?? "nobody") !== "nobody")
      .map((one) => one.path),
  );
  /** Imported functions that the virtual machine does not answer. */
  readonly functions = computed<readonly FuncItem[]>(() =>
    (this.opened.shown.value?.imports ?? []).filter((item) => item.answered !== "wasi").flatMap((item) => item.funcs),
  );
  private used = new Map<string, number>();

  constructor(private readonly opened: Opened) {}

  setMode(func: string, mode: AnswerMode): void {
    this.answers.value = { ...this.answers.value, [func]: { mode, texts: this.answers.value[func]?.texts ?? [] } };
  }

  setTexts(func: string, texts: string[]): void {
    this.answers.value = { ...this.answers.value, [func]: { mode: this.answers.value[func]?.mode ?? "typed", texts } };
  }

  /** A new instance is made: recorded answers start again from the first. */
  rewind(): void {
    this.used = new Map();
  }

  /** What the worker calls when the guest calls an import that the page answers. */
  readonly reply = async (func: string, args: string[]): Promise<string> => {
    try {
      const result = await this.find(func, args);
      this.log = [...this.log, { func, args, result, error: null }];
      return result;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.log = [...this.log, { func, args, result: null, error: message }];
      throw error;
    }
  };

  private async find(func: string, args: string[]): Promise<string> {
    const answer = this.answers.value[func];
    if (!answer || answer.mode === "nobody") throw new Error(`nobody answers \`${func}\``);
    if (answer.mode === "ask") return this.ask(func, args);
    const item = this.functions.value.find((one) => one.path === func);
    if (item && item.result === null) return "";
    const at = this.used.get(func) ?? 0;
    const text = answer.texts[Math.min(at, answer.texts.length - 1)];
    if (text === undefined || text.trim() === "") throw new Error(`no answer is written for \`${func}\``);
    this.used.set(func, at + 1);
    return text;
  }

  private ask(func: string, args: string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      this.question.value = {
        func,
        item: this.functions.value.find((one) => one.path === func) ?? null,
        args,
        answer: (text) => {
          this.question.value = null;
          const texts = this.answers.value[func]?.texts ?? [];
          if (text !== "") this.setTexts(func, [...texts, text]);
          resolve(text);
        },
        refuse: (why) => {
          this.question.value = null;
          reject(new Error(why));
        },
      };
    });
  }
}
