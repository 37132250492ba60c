// Runs `app.bootstrap` inside Pyodide on Node, and interrupts a task of the event loop that is no request's own. argv[2] is the repository,
// argv[3] a folder that has lark.
// Prints what nobody caught, what Python said, and the reply of the request that waited meanwhile.
import { pathToFileURL } from "node:url";

const [root, packages] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${root}/web/node_modules/pyodide/pyodide.mjs`).href);
const python = await loadPyodide();
python.FS.mkdir("/repository");
python.FS.mount(python.FS.filesystems.NODEFS, { root }, "/repository");
python.FS.mkdir("/packages");
python.FS.mount(python.FS.filesystems.NODEFS, { root: packages }, "/packages");
await python.runPythonAsync(`
import sys
sys.dont_write_bytecode = True
sys.path[:0] = ["/repository", "/packages"]
import lark
sys.path.remove("/packages")
`);
const uncaught = [];
process.on("uncaughtException", (error) => uncaught.push(String(error)));
process.on("unhandledRejection", (error) => uncaught.push(String(error)));

const interrupt = new Uint8Array(new SharedArrayBuffer(1));
python.setInterruptBuffer(interrupt);
const replies = [];
const port = { reply: (id, text) => replies.push([id, text]), event: () => {} };
const door = python.pyimport("app.bootstrap").start(port, "plain");
python.globals.set("door", door);
python.globals.set("stop", () => (interrupt[0] = 2));
// A method that waits for what never comes, and a task beside it that Stop hits while it works.
await python.runPythonAsync(`
import asyncio

async def waits(session, method, params, context):
    never = asyncio.get_running_loop().create_future()
    context.on_stop(lambda: never.done() or never.set_exception(KeyboardInterrupt()))
    await never

type(door._session).handle = waits
`);
const request = Promise.resolve(door.receive(1, "run", "{}", []));
await new Promise((resolve) => setTimeout(resolve, 50));
const said = [];
python.setStderr({ batched: (line) => said.push(line) });
python.runPython(`
async def works():
    stop()
    for number in range(10_000_000):
        pass

task = asyncio.ensure_future(works())
`);
await Promise.race([request, new Promise((resolve) => setTimeout(resolve, 3000))]);
await new Promise((resolve) => setTimeout(resolve, 50));
console.log(JSON.stringify({ uncaught, replies, said }));
process.exit(0);
