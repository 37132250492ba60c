import { describe, expect, it } from "vitest";

import { type Answer, mailbox, Outbox, Sender, take, waitOf, waitUrl } from "./mailbox.ts";

const bytes = (size: number) => new Uint8Array(size).map((_, at) => at % 251);
const always = () => true;

describe("a mailbox in shared memory", () => {
  it("gives what was put in, in order, and its end", async () => {
    const memory = mailbox();
    const sender = new Sender(memory);
    expect(take(memory, 0)).toBeNull();
    const large = bytes(150_000);
    const sent = sender.input(7, large, always).then(() => sender.input(7, null, always));
    const parts: Uint8Array[] = [];
    for (;;) {
      const mail = take(memory, 0);
      if (mail === null) await new Promise((resolve) => setTimeout(resolve, 1));
      else if (mail.type === "stop" || mail.bytes === null) break;
      else parts.push(mail.bytes);
    }
    await sent;
    expect(parts.map((part) => part.byteLength)).toEqual([65536, 65536, 18928]);
    expect(parts.flatMap((part) => [...part])).toEqual([...large]);
  });

  it("waits no longer than it is told", () => {
    const before = performance.now();
    expect(take(mailbox(), 30)).toBeNull();
    expect(performance.now() - before).toBeGreaterThanOrEqual(29);
  });

  it("tells of a stop before anything else, once", async () => {
    const memory = mailbox();
    const sender = new Sender(memory);
    await sender.input(3, bytes(2), always);
    sender.stop(3);
    expect(take(memory, 1000)).toEqual({ type: "stop", id: 3 });
    expect(take(memory, 1000)).toEqual({ type: "input", id: 3, bytes: bytes(2) });
  });

  it("forgets what nobody waits for any more", async () => {
    const memory = mailbox();
    const sender = new Sender(memory);
    await sender.input(3, bytes(2), always);
    let wanted = true;
    const second = sender.input(3, bytes(2), () => wanted);
    wanted = false;
    await second;
    sender.clear();
    expect(take(memory, 0)).toBeNull();
  });
});

describe("an outbox that is asked", () => {
  it("answers at once, when something comes, or when the time is over", async () => {
    const outbox = new Outbox();
    const answers: Answer[] = [];
    const hear = (answer: Answer) => answers.push(answer);
    outbox.put({ type: "input", id: 1, bytes: bytes(1) });
    outbox.asked(1000, hear);
    outbox.asked(1000, hear);
    expect(answers.length).toBe(1);
    outbox.put({ type: "input", id: 1, bytes: null });
    outbox.asked(1, hear);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(answers.map(({ kind }) => kind)).toEqual(["input", "end", "none"]);
  });

  it("has an address", () => {
    const root = "https://site.example/play/";
    expect(waitOf(waitUrl(root, "a-b", 12.2), root)).toEqual({ name: "a-b", ms: 13 });
    expect(waitOf(`${root}assets/x.js`, root)).toBeNull();
  });
});
