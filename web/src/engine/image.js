// What Python looks like inside the worker, said once: for the boot in the browser and for the build step that takes the snapshot.
// Plain JavaScript, because Node runs it as it is.

/**
 * The environment of the interpreter. A fixed hash seed, so that a snapshot and a plain boot order sets alike. Bytecode does not say in which
 * columns an instruction stands: that is a megabyte of what is served, and only tracebacks in the console show it.
 */
export const ENVIRONMENT = { HOME: "/home/pyodide", PYTHONHASHSEED: "0", PYTHONNODEBUGRANGES: "1" };

/** Where our archive (pycm_core, wasi_browser, app and lark) stands in Pyodide's file system. */
export const ARCHIVE = "/pycm/core.zip";

/**
 * Put the archive where Python finds it. A snapshot keeps `sys.path` but no files, so this is needed after a restore, too.
 *
 * @param {{ FS: any, runPython: (code: string) => unknown }} pyodide
 * @param {Uint8Array} archive
 */
export function place(pyodide, archive) {
  pyodide.FS.mkdirTree(ARCHIVE.slice(0, ARCHIVE.lastIndexOf("/")));
  pyodide.FS.writeFile(ARCHIVE, archive);
  pyodide.runPython(`import sys\nif "${ARCHIVE}" not in sys.path: sys.path.insert(0, "${ARCHIVE}")`);
}

/**
 * What `loadPyodide` reads of its lock file: no packages, because everything we import is in the archive or in the standard library.
 *
 * @param {Record<string, string>} info
 */
export function lockFile(info) {
  return /** @type {any} */ ({ info, packages: {} });
}
