// The programs of the benchmark as jco transpiles them, over its own shim: files in memory, output collected.
import { filesystem } from "@bytecodealliance/preview2-shim";
import { WASIShim } from "@bytecodealliance/preview2-shim/instantiation";
import { instantiate as copy } from "./copy/copy.js";
import { instantiate as lines } from "./lines/lines.js";
import { instantiate as lines_by_hand } from "./lines_by_hand/lines_by_hand.js";
import { instantiate as single } from "./single/single.js";

const programs = { copy, lines, lines_by_hand, single };
const modules = new Map();

async function compiled(program, path) {
  const key = `${program}/${path}`;
  if (!modules.has(key)) {
    modules.set(key, await WebAssembly.compileStreaming(fetch(key)));
  }
  return modules.get(key);
}

/** Milliseconds that a run takes, modules already compiled; and what it left behind. */
globalThis.runOnce = async (program, args, size) => {
  const files = size ? { in: { source: new Uint8Array(size).fill(7) } } : {};
  const tree = { dir: files };
  let printed = 0;
  const chunks = [];
  const shim = new WASIShim({
    environment: {},
    arguments: [program, ...args],
    stdout: {
      write: (bytes) => {
        printed += bytes.length;
        chunks.push(bytes.slice());
      },
    },
    browserFilesystem: {
      adapter: new filesystem.InMemoryFilesystemAdapter(),
      preopens: { "/": tree },
    },
  });
  const modulesFirst = (path) => compiled(program, path);
  const imports = shim.getImportObject();
  await programs[program](modulesFirst, imports);
  const start = performance.now();
  const instance = await programs[program](modulesFirst, imports);
  instance.run.run();
  const time = performance.now() - start;
  return { time, printed, copied: files.out?.source.length ?? 0 };
};
