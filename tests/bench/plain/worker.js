const root = new URL("../", import.meta.url);
const engine = await (await fetch(new URL("./engine.json", import.meta.url))).json();
const url = (asset) => new URL(asset.path, root).href;

const archive = fetch(url(engine.archive)).then((response) => response.arrayBuffer());
const [{ loadPyodide }, glue] = await Promise.all([import(url(engine.loader)), import(url(engine.glue))]);
const pyodide = await loadPyodide({
  indexURL: new URL(".", url(engine.wasm)).href,
  stdLibURL: url(engine.stdlib),
  lockFileContents: { info: engine.lock, packages: {} },
  env: { HOME: "/home/pyodide", PYTHONHASHSEED: "0" },
  createPyodideModule: glue.default,
});
pyodide.FS.mkdirTree("/pycm");
pyodide.FS.writeFile("/pycm/core.zip", new Uint8Array(await archive));
pyodide.runPython("import sys; sys.path.insert(0, '/pycm/core.zip')");
const port = { reply: (_id, text) => postMessage(JSON.parse(text)), event() {} };
await pyodide.pyimport("app.bootstrap").start(port, "plain").receive(1, "hello", "{}", []);
