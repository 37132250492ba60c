// Boots Pyodide plainly, and runs `main()` of the main.py that lies beside this file, with the engine's archive and the other files of
// files.json importable.
const root = new URL("../", import.meta.url);
const get = (url) => fetch(url).then((response) => response.arrayBuffer());
const json = (name) => fetch(new URL(name, import.meta.url)).then((response) => response.json());
try {
  const [engine, files] = await Promise.all([json("./engine.json"), json("./files.json")]);
  const url = (asset) => new URL(asset.path, root).href;
  const [{ loadPyodide }, glue] = await Promise.all([import(url(engine.loader)), import(url(engine.glue))]);
  const pyodide = await loadPyodide({
    indexURL: new URL(".", url(engine.wasm)).href,
    stdLibURL: url(engine.stdlib),
    lockFileContents: { info: engine.lock, packages: {} },
    env: { HOME: "/home/pyodide", PYTHONHASHSEED: "0" },
    createPyodideModule: glue.default,
  });
  pyodide.FS.mkdirTree("/test");
  pyodide.FS.writeFile("/test/core.zip", new Uint8Array(await get(url(engine.archive))));
  for (const name of files) pyodide.FS.writeFile(`/test/${name}`, new Uint8Array(await get(new URL(name, import.meta.url))));
  pyodide.runPython("import sys; sys.path[:0] = ['/test', '/test/core.zip']");
  postMessage({ value: String(await pyodide.runPython("import main; main.main()")) });
} catch (error) {
  postMessage({ error: String(error) });
}
