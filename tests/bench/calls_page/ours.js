// Boots Pyodide plainly, and times calls from Python as a user of the library makes them.
const root = new URL("../", import.meta.url);
const get = (url) => fetch(url).then((response) => response.arrayBuffer());
const engine = await (await fetch(new URL("./engine.json", import.meta.url))).json();
const url = (asset) => new URL(asset.path, root).href;
const [{ loadPyodide }, glue] = await Promise.all([import(url(engine.loader)), import(url(engine.glue))]);
const pyodide = await loadPyodide({
  indexURL: new URL(".", url(engine.wasm)).href,
  stdLibURL: url(engine.stdlib),
  lockFileContents: { info: engine.lock, packages: {} },
  env: { HOME: "/home/pyodide", PYTHONHASHSEED: "0" },
  createPyodideModule: glue.default,
});
pyodide.FS.mkdirTree("/bench");
for (const [name, from] of [
  ["core.zip", url(engine.archive)],
  ["calls.wasm", new URL("./calls.wasm", import.meta.url)],
  ["calls_timed.py", new URL("./calls_timed.py", import.meta.url)],
]) {
  pyodide.FS.writeFile(`/bench/${name}`, new Uint8Array(await get(from)));
}
pyodide.runPython("import sys; sys.path[:0] = ['/bench', '/bench/core.zip']");
pyodide.runPython(`
from calls_timed import Timed
from pycm_core.runtime.engines.browser import BrowserEngine
timed = Timed(open("/bench/calls.wasm", "rb").read(), BrowserEngine())
`);
const timed = pyodide.globals.get("timed");
onmessage = ({ data: [name, calls] }) => {
  try {
    postMessage({ value: timed.seconds(name, calls) });
  } catch (error) {
    postMessage({ error: String(error) });
  }
};
postMessage({ value: "ready" });
