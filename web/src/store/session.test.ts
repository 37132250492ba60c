import { expect, it, vi } from "vitest";
import type { Engine } from "./engine";
import { asFailure } from "./engine";
import { Session } from "./session";

function engine(call: Engine["call"]): Engine {
  return {
    ready: Promise.resolve({ version: "0", python: "3", features: [], boot: "plain" }),
    call,
    ask: call,
    stop: vi.fn(() => Promise.resolve()),
    status: { state: "ready", method: null, progress: null, boot: null },
    subscribe: () => () => undefined,
  };
}

it("does one thing at a time, and lets checks wait for it", async () => {
  const order: string[] = [];
  const session = new Session(
    engine((method) => {
      order.push(method);
      return Promise.resolve({}) as never;
    }),
  );
  let end = (): void => undefined;
  const task = session.perform("long", () => new Promise<void>((resolve) => (end = resolve)));
  await expect(session.perform("second", () => Promise.resolve())).rejects.toMatchObject({ kind: "Busy" });
  const check = session.background("check-wit", { text: "" });
  await Promise.resolve();
  expect(order).toEqual([]);
  order.push("task ends");
  end();
  await task;
  await check;
  expect(order).toEqual(["task ends", "check-wit"]);
  expect(session.task.value).toBe(null);
});

it("stops what runs, and knows that its instances are gone", async () => {
  const session = new Session(engine(() => Promise.reject(new Error("not asked"))));
  const task = session.perform(
    "loop",
    ({ signal }) =>
      new Promise((_, reject) =>
        signal?.addEventListener("abort", () => reject({ kind: "Stopped", message: "stopped" })),
      ),
  );
  await session.stop();
  await expect(task).rejects.toMatchObject({ kind: "Stopped" });
  expect(session.generation.value).toBe(1);
  expect(session.busy.value).toBe(false);
  await session.stop();
  expect(session.generation.value).toBe(1);
});

it("makes a failure of whatever is thrown", () => {
  expect(asFailure({ kind: "Malformed", message: "m", where: { offset: 3 }, hint: "h" })).toEqual({
    kind: "Malformed",
    message: "m",
    where: { offset: 3 },
    hint: "h",
  });
  expect(asFailure(new TypeError("t"))).toMatchObject({ kind: "TypeError", message: "t" });
  expect(asFailure("text")).toMatchObject({ kind: "Error", message: "text" });
});
