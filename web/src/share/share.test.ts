import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fromBase64Url, toBase64Url } from "./base64url";
import { decodeContainer, emptyShared, encodeContainer, type Shared } from "./container";
import { deflate, inflate, TooMuch } from "./deflate";
import {
  COMPONENT_LIMIT,
  decodeLink,
  decodeProjectFile,
  encodeLink,
  encodeProjectFile,
  isLink,
  isProjectFile,
  LinkError,
  packedSize,
  UNPACKED_LIMIT,
} from "./link";

/** Links that people have: they open for ever. Add to this file; change nothing in it. */
const GOLDEN = JSON.parse(readFileSync(new URL("./golden-links.json", import.meta.url), "utf8")) as {
  name: string;
  link: string;
  shared: unknown;
}[];

const FULL: Shared = {
  madeWith: "0.1.0",
  wit: "package a:b;\n\ninterface c { f: func(name: string) -> option<u8>; }\n",
  component: { name: "tiny.wasm", bytes: Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0) },
  func: "a:b/c#f",
  args: { "a:b/c#f": ['"wörld 😀"'] },
  keep: true,
  argv: "tiny.wasm -l",
  env: "A=1",
  stdin: "one\ntwo",
  files: { "/in.bin": Uint8Array.of(0, 255, 128), "/dir": null, "/link": { link: "in.bin" } },
  readOnly: true,
  quota: 1 << 20,
  beside: [
    { name: "server.wasm", bytes: Uint8Array.of(0, 0x61), line: "server.wasm 7000", files: {} },
    {
      name: "other.wasm",
      bytes: Uint8Array.of(1),
      line: "other.wasm",
      files: { "/page": Uint8Array.of(9), "/d": null, "/l": { link: "page" } },
      readOnly: true,
      quota: 5,
    },
  ],
  answers: { "x:y/z#g": { mode: "typed", texts: ["1", "2"] }, "x:y/z#h": { mode: "ask", texts: [] } },
  replay: [
    { method: "GET", url: "http://a/", headers: [], body: "", response: { status: 200, headers: [], body: "aGk=" } },
  ],
  view: { left: "component", part: "wit", tab: "trace", event: 7 },
};

/** Bytes as lists, for comparing with JSON. */
function plain(shared: Shared): unknown {
  return JSON.parse(
    JSON.stringify(shared, (_key, value: unknown) => (value instanceof Uint8Array ? [...value] : value)),
  );
}

describe("base64url", () => {
  it("comes back, at every length", () => {
    for (let length = 0; length < 20; length += 1) {
      const bytes = Uint8Array.from({ length }, (_, at) => (at * 37 + 250) & 255);
      const text = toBase64Url(bytes);
      expect(text).toMatch(/^[\w-]*$/);
      expect(fromBase64Url(text)).toEqual(bytes);
    }
  });
  it("refuses what is none", () => {
    expect([fromBase64Url("a"), fromBase64Url("ab="), fromBase64Url("a b"), fromBase64Url("a+b/")]).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });
});

describe("a link", () => {
  it("brings everything back", async () => {
    expect(await decodeLink(`#${await encodeLink(FULL)}`)).toEqual(FULL);
    expect(await decodeLink(await encodeLink(emptyShared()))).toEqual(emptyShared());
  });
  it.each(GOLDEN)("opens for ever: $name", async ({ link, shared }) => {
    expect(plain(await decodeLink(link))).toEqual(shared);
  });
  it("is told from other fragments", () => {
    expect(["#v1.abc", "v12.x", "#main", ""].map(isLink)).toEqual([true, true, false, false]);
  });

  const broken: [string, () => Promise<string> | string, RegExp][] = [
    ["of a later version", () => "#v9.abc", /newer playground/],
    ["with foreign characters", () => "#v1.a+b", /characters that no link has/],
    ["that is no deflate stream", () => `#v1.${toBase64Url(Uint8Array.of(255, 255, 255, 255))}`, /cut off or altered/],
    ["that is empty", () => "#v1.", /./],
    [
      "without JSON",
      async () => `#v1.${toBase64Url(await deflate(new Blob([Uint8Array.of(2, 0x7b, 0x2c)])))}`,
      /description does not parse/,
    ],
    [
      "whose JSON is a list",
      async () => `#v1.${toBase64Url(await deflate(new Blob([Uint8Array.of(2, 0x5b, 0x5d)])))}`,
      /description does not parse/,
    ],
    [
      "whose files are missing",
      async () => `#v1.${toBase64Url(await deflate(new Blob([Uint8Array.of(10), '{"b":[99]}'])))}`,
      /middle of a file/,
    ],
    [
      "that unpacks to too much",
      async () => `#v1.${toBase64Url(await deflate(new Blob([new Uint8Array(UNPACKED_LIMIT + 1)])))}`,
      /unpacks to more than 8 MiB/,
    ],
  ];
  it.each(broken)("%s says so", async (_name, make, message) => {
    const link = await make();
    await expect(decodeLink(link)).rejects.toThrow(LinkError);
    await expect(decodeLink(link)).rejects.toThrow(message);
  });
  it("cut at any length says so, and throws nothing else", async () => {
    const link = await encodeLink(FULL);
    for (let length = 3; length < link.length; length += 1) {
      await expect(decodeLink(link.slice(0, length))).rejects.toThrow(LinkError);
    }
  });
});

describe("a container", () => {
  it("cannot reach the prototype", async () => {
    const json = '{"p":"","a":{"__proto__":["x"],"f":["1"]},"d":{"__proto__":-1}}';
    const bytes = new Uint8Array(await new Blob([Uint8Array.of(json.length), json]).arrayBuffer());
    const shared = decodeContainer(bytes);
    expect(shared.args).toEqual({ f: ["1"] });
    expect(Object.keys(shared.files)).toEqual([]);
  });
  it("takes wrong kinds of values for none", async () => {
    const json = '{"p":1,"w":[],"a":{"f":"x"},"v":3,"m":{"g":["odd",1]},"x":{"e":"1","t":5}}';
    const shared = decodeContainer(new Uint8Array(await new Blob([Uint8Array.of(json.length), json]).arrayBuffer()));
    expect(shared).toEqual({ ...emptyShared(), answers: { g: { mode: "nobody", texts: [""] } } });
  });
  it("takes what is nested too deep for none, wherever it stands", async () => {
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    const json = `{"p":"","w":${deep},"a":${deep},"d":${deep},"m":{"g":${deep}},"r":[${deep}],"x":${deep}}`;
    const length = [(json.length & 127) | 128, ((json.length >> 7) & 127) | 128, json.length >> 14];
    const shared = decodeContainer(new Uint8Array(await new Blob([Uint8Array.from(length), json]).arrayBuffer()));
    expect({ ...shared, answers: {} }).toEqual({ ...emptyShared(), replay: [] });
  });
  it("has a name that can be read", async () => {
    const component = { name: "a\u202etxt.wasm", bytes: Uint8Array.of(1) };
    const bytes = new Uint8Array(await encodeContainer({ ...emptyShared(), component }).arrayBuffer());
    expect(decodeContainer(bytes).component?.name).toBe("a\ufffdtxt.wasm");
  });
  it("keeps long texts", async () => {
    const wit = "// ".padEnd(300_000, "abc ");
    const bytes = new Uint8Array(await encodeContainer({ ...emptyShared(), wit }).arrayBuffer());
    expect(decodeContainer(bytes).wit).toBe(wit);
  });
});

describe("limits", () => {
  const noise = (length: number): Uint8Array<ArrayBuffer> => {
    let state = 0x9e3779b9;
    return Uint8Array.from({ length }, () => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return state & 255;
    });
  };
  it("pack a component, or say that it is too large", async () => {
    expect(await packedSize(new Blob([new Uint8Array(1_000_000)]))).toBeLessThan(2000);
    expect(await packedSize(new Blob([noise(COMPONENT_LIMIT + 2000)]))).toBe(null);
    expect(await packedSize(new Blob([new Uint8Array(UNPACKED_LIMIT + 1)]))).toBe(null);
  });
  it("stop a stream that grows", async () => {
    const bomb = await deflate(new Blob([new Uint8Array(4_000_000)]));
    await expect(inflate(new Blob([bomb]), 1000)).rejects.toThrow(TooMuch);
  });
});

describe("a project file", () => {
  it("brings everything back, and is known by its first bytes", async () => {
    const file = await encodeProjectFile(FULL);
    expect(await isProjectFile(file)).toBe(true);
    expect(await isProjectFile(new Blob([Uint8Array.of(0, 0x61, 0x73, 0x6d)]))).toBe(false);
    expect(await decodeProjectFile(file)).toEqual(FULL);
  });
  it("of a later version, or broken, says so", async () => {
    await expect(decodeProjectFile(new Blob(["PYCM\u0002x"]))).rejects.toThrow(/newer playground/);
    await expect(decodeProjectFile(new Blob(["PYCM\u0001x"]))).rejects.toThrow(LinkError);
  });
});
