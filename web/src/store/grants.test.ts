import { describe, expect, it } from "vitest";
import type { InterfaceItem, OpenResult } from "../protocol";
import { Grants, hostsOf, needsOf } from "./grants";
import { Opened } from "./opened";

const func = { path: "p", name: "f", params: [], result: null, async_: false, wit: "f: func()" };
const item = (name: string, funcs = [func]): InterfaceItem => ({ name, funcs, types: [] });

function page(...imports: InterfaceItem[]): { opened: Opened; grants: Grants } {
  const opened = new Opened({} as never);
  const grants = new Grants(opened);
  opened.shown.value = { imports } as unknown as OpenResult;
  return { opened, grants };
}

describe("what a component could reach", () => {
  it("is told by its imports, those of types only left out", () => {
    const needs = needsOf([
      item("wasi:http/outgoing-handler@0.2.3"),
      item("wasi:http/types@0.2.3"),
      item("wasi:sockets/network@0.2.0", []),
      item("wasi:clocks/wall-clock@0.2.0"),
      item("wasi:cli/stdout@0.2.0"),
    ]);
    expect(needs.map(({ kind, outside }) => [kind, outside])).toEqual([
      ["http", true],
      ["clock", false],
    ]);
  });

  it("reads hosts as people write them", () => {
    expect(hostsOf(" api.example.org, https://b.example:81/path  *")).toEqual(["api.example.org", "b.example:81", "*"]);
    expect(hostsOf(" , ")).toEqual([]);
  });
});

describe("the visitor's answer", () => {
  it("is not asked for where nothing reaches outside", async () => {
    const { grants } = page(item("wasi:clocks/wall-clock@0.2.0"), item("wasi:sockets/tcp@0.2.0"));
    expect(await grants.ready("Run")).toBe(true);
    expect(grants.asking.value).toBeNull();
    expect(grants.granted()).toEqual({});
  });

  it("is waited for where something does, and holds until another component is opened", async () => {
    const { grants, opened } = page(item("wasi:http/outgoing-handler@0.2.3"));
    const first = grants.ready("Run");
    expect(grants.asking.value?.action).toBe("Run");
    grants.asking.value?.answer(false);
    expect(await first).toBe(false);
    const second = grants.ready("Run");
    grants.http.value = "allow";
    expect(grants.obstacle.value).not.toBeNull();
    grants.hosts.value = "a.example";
    expect(grants.obstacle.value).toBeNull();
    grants.asking.value?.answer(true);
    expect(await second).toBe(true);
    expect(await grants.ready("Run")).toBe(true);
    expect(grants.granted()).toEqual({ http: { hosts: ["a.example"], record: true } });
    opened.file.value = { name: "other.wasm", blob: new Blob([]) };
    expect(grants.answered.value).toBe(false);
    expect(grants.granted()).toEqual({});
  });

  it("is not needed to play answers back: nothing is sent", async () => {
    const { grants } = page(item("wasi:http/outgoing-handler@0.2.3"));
    grants.replay([{ method: "GET", url: "http://a/", headers: [], body: "" }]);
    expect(await grants.ready("Run")).toBe(true);
    expect(grants.granted()).toEqual({
      http: { replay: [{ method: "GET", url: "http://a/", headers: [], body: "" }] },
    });
  });
});
