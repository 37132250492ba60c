import { expect, it, vi } from "vitest";

import { makeApi } from "./api.ts";
import type { CallOptions, Client } from "./client.ts";

/** A client that records what it is asked, and answers `result`. */
function fake(result: unknown) {
  const call = vi.fn(async (_method: string, _params: unknown, _options?: CallOptions) => result);
  return {
    api: makeApi({ call, ready: Promise.resolve({}), state: "ready" } as unknown as Client, {
      start: vi.fn(),
      end: vi.fn(),
    }),
    call,
  };
}

it("turns functions into names, and answers with them", async () => {
  const { api, call } = fake({ result: "1" });
  const double = vi.fn(async (x: string) => String(2 * Number(x)));
  await api.call("invoke", { id: "c1", func: "f", args: [], imports: { "a:b/c#double": double } });
  const [method, params, options] = call.mock.calls[0]!;
  expect([method, params]).toEqual(["invoke", { id: "c1", func: "f", args: [], imports: ["a:b/c#double"] }]);
  expect(await options!.onImportCall!("a:b/c#double", ["21"])).toBe("42");
  expect(await options!.onImportCall!("a:b/c@1.2.3#double", ["2"])).toBe("4");
  await expect(options!.onImportCall!("a:b/c#other", [])).rejects.toThrow("nobody answers `a:b/c#other`");
});

it("answers for an instance as long as it lives", async () => {
  const { api, call } = fake({ instance: "i1" });
  await api.call("instantiate", { id: "c1", imports: { log: () => undefined } });
  await api.call("invoke", { id: "c1", instance: "i1", func: "f", args: [] });
  expect(await call.mock.calls[1]![2]!.onImportCall!("log", ['"x"'])).toBe("");
});

it("refuses imports that are no functions", async () => {
  const { api, call } = fake(null);
  const imports = { "a:b/c#d": "1" } as never;
  await expect(api.call("instantiate", { id: "c1", imports })).rejects.toMatchObject({ kind: "BadRequest" });
  expect(call).not.toHaveBeenCalled();
});

it("speaks of files and stdin as the page does", async () => {
  const bytes = new Uint8Array([1]);
  const { api, call } = fake({ exit: 0, files: { "/a": { bytes }, "/d": { dir: true } } });
  const result = await api.call("run", { id: "c1", stdin: "é", files: { "/a": bytes, "/d": { dir: true } } });
  expect(call.mock.calls[0]![1]).toEqual({
    id: "c1",
    stdin: new Uint8Array([0xc3, 0xa9]),
    files: { "/a": { bytes }, "/d": { dir: true } },
  });
  expect(result.files).toEqual({ "/a": bytes, "/d": { dir: true } });
});
