// @vitest-environment node
import { describe, expect, it } from "vitest";

import type { CallOptions } from "../engine/client.ts";
import type { RequestResult } from "../protocol.ts";
import type { Asked, FromPage, ToPage, Whose } from "./messages.ts";
import { addressOf, meantBy, placeOf } from "./paths.ts";
import { present, Unpresentable } from "./present.ts";
import { Server, type Exchange } from "./server.ts";
import type { SiteWorker } from "./worker.ts";

const ROOT = "https://site.example/some/where/";
const BASE = "https://site.example/some/where/serve/abc";

describe("addresses", () => {
  it.each([
    [`${BASE}/`, "/"],
    [BASE, "/"],
    [`${BASE}?a=1`, "/?a=1"],
    [`${BASE}/hello/you?a=1&b=%20#part`, "/hello/you?a=1&b=%20"],
    [`${BASE}//twice`, "//twice"],
  ])("%s asks for %s", (address, path) => {
    expect(placeOf(address, ROOT)).toEqual({ serving: "abc", path });
  });

  it.each([ROOT, `${ROOT}serve`, `${ROOT}serve/`, `${ROOT}served/abc/`, "https://other.example/some/where/serve/abc/"])(
    "%s belongs to nothing that is served",
    (address) => expect(placeOf(address, ROOT)).toBeNull(),
  );

  it("finds its own", () => {
    expect(placeOf(addressOf(ROOT, "abc"), ROOT)).toEqual({ serving: "abc", path: "/" });
  });

  it("leads root-relative addresses of a served page back to its component", () => {
    const meant = (to: string, from: string) => meantBy(to, from, ROOT);
    expect(meant("https://site.example/style.css?v=2", `${BASE}/a/b`)).toBe(`${BASE}/style.css?v=2`);
    expect(meant(`${ROOT}`, `${BASE}/`)).toBe(`${BASE}/some/where/`);
    expect(meant(`${BASE}/style.css`, `${BASE}/`)).toBeNull();
    expect(meant("https://other.example/x", `${BASE}/`)).toBeNull();
    expect(meant("https://site.example/x", ROOT)).toBeNull();
    expect(meant("https://site.example/x", "")).toBeNull();
  });
});

describe("what a browser can show", () => {
  it("is most of it, unchanged", () => {
    const headers: [string, string][] = [
      ["content-type", "text/html"],
      ["x-made-by", "me"],
      ["cache-control", "max-age=3"],
      ["x-twice", "1"],
      ["x-twice", "2"],
    ];
    expect(present(201, headers, BASE)).toEqual({
      head: { status: 201, headers, bodied: true, decode: null },
      notes: [],
    });
  });

  it.each([0, 100, 103, 199, 600, 999, 200.5, NaN])("not a status of %d", (status) => {
    expect(() => present(status, [], BASE)).toThrow(Unpresentable);
  });

  it.each([204, 205, 304])("a status of %d without a body", (status) => {
    expect(present(status, [], BASE).head.bodied).toBe(false);
  });

  it.each(["Set-Cookie", "Clear-Site-Data", "Link", "Refresh", "NEL", "Report-To", "Speculation-Rules", "Proxy-Thing"])(
    "not %s, and says so",
    (name) => {
      const { head, notes } = present(200, [[name, "x"], ["x-other", "y"]], BASE); // prettier-ignore
      expect(head.headers).toEqual([["x-other", "y"]]);
      expect(notes).toHaveLength(1);
      expect(notes[0]).toContain(`${name.toLowerCase()} dropped: `);
    },
  );

  it("takes reports and frames out of a policy", () => {
    const policy = "default-src 'self'; report-uri https://evil.example/r; frame-ancestors 'none', img-src 'none'";
    const { head, notes } = present(200, [["content-security-policy", policy]], BASE);
    expect(head.headers).toEqual([["content-security-policy", "default-src 'self', img-src 'none'"]]);
    expect(notes).toHaveLength(1);
  });

  it("unpacks gzip and deflate", () => {
    const { head, notes } = present(200, [["Content-Encoding", "GZIP"], ["content-length", "3"]], BASE); // prettier-ignore
    expect(head).toEqual({ status: 200, headers: [], bodied: true, decode: "gzip" });
    expect(notes).toHaveLength(1);
    const other = present(200, [["content-encoding", "br"]], BASE);
    expect(other.head.decode).toBeNull();
    expect(other.notes).toHaveLength(1);
  });

  it.each([
    ["/login?to=x", `${BASE}/login?to=x`],
    ["https://site.example/login", `${BASE}/login`],
    ["next", "next"],
    [`${BASE}/there`, `${BASE}/there`],
    ["https://other.example/", "https://other.example/"],
    ["//other.example/", "//other.example/"],
  ])("redirects: %s becomes %s", (from, to) => {
    expect(present(302, [["location", from]], BASE).head.headers).toEqual([["location", to]]);
  });
});

type Ask = (params: Record<string, unknown>, options: CallOptions) => Promise<Partial<RequestResult>>;

/** A server whose component is `ask`, and how a service worker speaks to it. */
async function serving(ask: Ask) {
  let hear: (event: MessageEvent) => void = () => undefined;
  const worker = { listen: (listener: typeof hear) => (hear = listener), control: async () => undefined };
  const client = {
    call: async (method: string, params: Record<string, unknown>, options: CallOptions) =>
      method === "serve"
        ? {}
        : { status: 200, headers: [], body: new Uint8Array(), trailers: [], ...(await ask(params, options)) },
  };
  const server = new Server(client as never, worker as unknown as SiteWorker, ROOT);
  const { name } = await server.start({ id: "c1", env: { A: "1" } });
  const send = (message: ToPage) => {
    const { port1, port2 } = new MessageChannel();
    hear({ data: message, ports: [port2] } as unknown as MessageEvent);
    const messages: FromPage[] = [];
    let wake = () => {};
    port1.onmessage = ({ data }) => {
      messages.push(data as FromPage);
      wake();
    };
    const next = async (): Promise<FromPage> => {
      while (messages.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return messages.shift()!;
    };
    return { port: port1, messages, next };
  };
  const get = (asked: Partial<Asked> = {}) =>
    send({
      type: "ask",
      serving: name,
      asked: { method: "GET", url: "https://site.example/hello?a", headers: [], body: null, ...asked },
    });
  const over = async (number = 1): Promise<Exchange> => {
    for (;;) {
      const found = server.state.exchanges.find((one) => one.number === number);
      if (found && found.took !== null) return found;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  return { server, name, send, get, over };
}

const bytes = (text: string) => new TextEncoder().encode(text);
const moment = () => new Promise((resolve) => setTimeout(resolve, 10));

describe("serving", () => {
  it("says what is its own", async () => {
    const { name, send } = await serving(async () => ({}));
    const answer = async (serving: string) => (await send({ type: "whose", serving }).next()) as unknown as Whose;
    expect(await answer(name)).toEqual({ mine: true });
    expect(await answer("other")).toEqual({ mine: false });
  });

  it("passes a request on, and its response back in pieces, as they are wanted", async () => {
    const taken: string[] = [];
    const { get, over } = await serving(async (params, options) => {
      expect(params).toMatchObject({ id: "c1", env: { A: "1" }, method: "POST", streaming: true, body: bytes("hi") });
      options.onStart?.();
      options.onResponse?.({ event: "response-head", id: 1, status: 200, headers: [["content-type", "text/plain"]] });
      await options.onResponseChunk?.(bytes("one"));
      taken.push("one");
      await options.onResponseChunk?.(bytes("two"));
      taken.push("two");
      options.onResponseEnd?.();
      return {};
    });
    const { port, next, messages } = get({ method: "POST", body: bytes("hi") });
    expect(await next()).toMatchObject({ type: "head", head: { status: 200, bodied: true } });
    await moment();
    expect(messages).toEqual([]);
    expect(taken).toEqual([]);
    port.postMessage({ type: "pull" });
    expect(await next()).toEqual({ type: "chunk", bytes: bytes("one") });
    await moment();
    expect(taken).toEqual(["one"]);
    port.postMessage({ type: "pull" });
    expect(await next()).toEqual({ type: "chunk", bytes: bytes("two") });
    expect(await next()).toEqual({ type: "end" });
    expect(await over()).toMatchObject({
      state: "done",
      status: 200,
      bytes: 6,
      path: "/hello?a",
      method: "POST",
      notes: [],
    });
  });

  it("takes a whole response, too", async () => {
    const { get, over } = await serving(async () => ({ status: 404, body: bytes("no"), trailers: [["x", "y"]] }));
    const { port, next } = get();
    expect(await next()).toMatchObject({ type: "head", head: { status: 404 } });
    port.postMessage({ type: "pull" });
    expect(await next()).toMatchObject({ type: "chunk" });
    expect(await next()).toEqual({ type: "end" });
    expect((await over()).notes).toEqual(["1 trailers dropped: browsers show none"]);
  });

  it("says why there is no response", async () => {
    const trap = { kind: "unreachable", message: "it gave up", rule: null, where: null, hint: null };
    const { get, over } = await serving(async () => ({ trap }));
    expect(await get().next()).toEqual({ type: "fail", reason: "the component trapped: it gave up" });
    expect(await over()).toMatchObject({ state: "failed", notes: ["the component trapped: it gave up"] });
  });

  it("refuses a status that no browser can make, and ends the component", async () => {
    const { get, over } = await serving(async (_params, options) => {
      options.onResponse?.({ event: "response-head", id: 1, status: 999, headers: [] });
      expect(options.signal?.aborted).toBe(true);
      throw { kind: "Stopped", message: "stopped", where: null, hint: null };
    });
    expect(await get().next()).toMatchObject({ type: "fail", reason: expect.stringContaining("999") as string });
    expect(await over()).toMatchObject({ state: "failed", status: 999 });
  });

  it("stops one request, and all when it ends", async () => {
    const { server, get, over } = await serving(
      (_params, { signal }) =>
        new Promise((_, reject) =>
          signal?.addEventListener("abort", () =>
            reject({ kind: "Stopped", message: "stopped", where: null, hint: null }),
          ),
        ),
    );
    const first = get();
    server.stop(1);
    expect(await first.next()).toMatchObject({ type: "fail", reason: expect.stringContaining("stopped") as string });
    expect((await over(1)).state).toBe("stopped");
    const second = get();
    expect(server.end({ url: server.state.servings[0]!.url })).toBe(true);
    expect(await second.next()).toMatchObject({ type: "fail" });
    expect(await get().next()).toEqual({ type: "unknown" });
    expect(server.end({ id: "c1" })).toBe(false);
  });

  it("ends the component when the reader has gone", async () => {
    const { get, over } = await serving(async (_params, options) => {
      options.onResponse?.({ event: "response-head", id: 1, status: 200, headers: [] });
      await options.onResponseChunk?.(bytes("one"));
      expect(options.signal?.aborted).toBe(true);
      throw { kind: "Stopped", message: "stopped", where: null, hint: null };
    });
    const { port, next } = get();
    await next();
    port.postMessage({ type: "gone" });
    expect((await over()).state).toBe("left");
  });
});
