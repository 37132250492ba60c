// Lays out the files the engine boots from: `node scripts/engine.mjs ARCHIVE OUT`, where ARCHIVE is what app/pack.py made.
// OUT/engine/ gets Pyodide, the archive with bytecode in it, and a memory snapshot taken after importing it; OUT/engine.json says what is where.
// Names carry a version or a hash, so that they can be cached for ever.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

import { loadPyodide, version } from "pyodide";

import { ARCHIVE, ENVIRONMENT, lockFile, place } from "../src/engine/image.js";

const [archive = "", out = ""] = process.argv.slice(2);
const pyodideFiles = dirname(createRequire(import.meta.url).resolve("pyodide/package.json"));
const lock = JSON.parse(readFileSync(join(pyodideFiles, "pyodide-lock.json"), "utf8")).info;

rmSync(join(out, "engine"), { recursive: true, force: true });
mkdirSync(join(out, "engine", `pyodide-${version}`), { recursive: true });

/**
 * Scripts are served as `.js`, which every host knows.
 *
 * @param {string} name
 */
function pyodideAsset(name) {
  const path = `engine/pyodide-${version}/${name.replace(/\.mjs$/, ".js")}`;
  const bytes = readFileSync(join(pyodideFiles, name));
  writeFileSync(join(out, path), bytes);
  return { path, size: bytes.length };
}

/**
 * @param {string} stem
 * @param {string} extension
 * @param {Uint8Array} bytes
 */
function hashedAsset(stem, extension, bytes) {
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  const path = `engine/${stem}-${hash}${extension}`;
  writeFileSync(join(out, path), bytes);
  return { path, size: bytes.length };
}

/** A Python in this process, as the worker's is. */
function boot() {
  return loadPyodide({
    _makeSnapshot: true,
    env: { ...ENVIRONMENT },
    lockFileContents: lockFile(lock),
    stdout: console.log,
    stderr: console.error,
  });
}

/**
 * The archive with the bytecode of this Pyodide beside each source.
 *
 * @param {Uint8Array} bytes
 * @returns {Promise<Uint8Array>}
 */
async function compiled(bytes) {
  const pyodide = await boot();
  pyodide.FS.writeFile("/source.zip", bytes);
  pyodide.runPython(readFileSync(new URL("./compile.py", import.meta.url), "utf8"));
  pyodide.runPython(`compile_archive("/source.zip", "/compiled.zip", "${ARCHIVE}")`);
  return pyodide.FS.readFile("/compiled.zip");
}

/**
 * The memory of a Python that has already imported everything.
 *
 * @param {Uint8Array} bytes
 * @returns {Promise<Uint8Array>}
 */
async function takeSnapshot(bytes) {
  const pyodide = await boot();
  place(pyodide, bytes);
  pyodide.runPython("import app.bootstrap\napp.bootstrap.rehearse()");
  return pyodide.makeMemorySnapshot();
}

/**
 * @param {Error} error
 * @returns {never}
 */
function fail(error) {
  console.error(error.message); // its stack shows Pyodide's source, a megabyte on one line
  process.exit(1);
}

const bytes = await compiled(readFileSync(archive)).catch(fail);
const snapshot = await takeSnapshot(bytes).catch(fail);
const engine = {
  loader: pyodideAsset("pyodide.mjs"),
  glue: pyodideAsset("pyodide.asm.mjs"),
  wasm: pyodideAsset("pyodide.asm.wasm"),
  stdlib: pyodideAsset("python_stdlib.zip"),
  archive: hashedAsset("core", ".zip", bytes),
  // Not called `.gz`: some hosts would unpack it on the way.
  snapshot: { ...hashedAsset("snapshot", ".bin", gzipSync(snapshot, { level: 9 })), unpacked: snapshot.length },
  lock,
};
writeFileSync(join(out, "engine.json"), JSON.stringify(engine, null, 2) + "\n");
const mb = (/** @type {number} */ size) => (size / 1e6).toFixed(1);
console.log(
  `engine: archive ${mb(bytes.length)} MB, snapshot ${mb(snapshot.length)} MB (${mb(engine.snapshot.size)} MB served)`,
);
process.exit(0); // Pyodide keeps Node's event loop alive
