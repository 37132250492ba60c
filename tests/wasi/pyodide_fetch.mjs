// Runs `wasi_browser` inside Pyodide on Node, against a server at argv[3]; prints one JSON object. argv[2] is the repository.
import { pathToFileURL } from "node:url";

const [root, authority] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${root}/web/node_modules/pyodide/pyodide.mjs`).href);
const python = await loadPyodide();
python.FS.mkdir("/repository");
python.FS.mount(python.FS.filesystems.NODEFS, { root }, "/repository");
python.globals.set("authority", authority);
const result = await python.runPythonAsync(`
import sys, json
sys.dont_write_bytecode = True
sys.path.insert(0, "/repository")
from wasi_browser import HttpGrant, Machine, Settings, link
from wasi_browser.http.errors import HttpError
from wasi_browser.http.messages import Request, Timeouts
from wasi_browser.platform.browser import BrowserPlatform, FetchTransport

said = []
transport = FetchTransport(said.append)
out = {}

async def ask(name, path="/hello", method="GET", headers=(), body=b"", host=authority, timeouts=Timeouts()):
    try:
        response = await transport(Request(method, "http", host, path, list(headers), body, timeouts=timeouts))
        content = b"".join([chunk async for chunk in response.body])
        out[name] = [response.status, len(content), content[:40].decode()]
    except HttpError as error:
        out[name] = [error.code, error.payload]

await ask("hello")
await ask("echo", "/echo", "POST", [("x-client", b"me"), ("user-agent", b"me")], b"payload")
await ask("big", "/big")
await ask("empty", "/empty")
await ask("cookie", headers=[("cookie", b"a=b")])
await ask("trace", method="TRACE")
await ask("body", body=b"x")
await ask("refused", host="127.0.0.1:1")
await ask("slow", "/slow", timeouts=Timeouts(first_byte=50_000_000))
await ask("short", "/short")
out["said"] = said

# A whole exchange through the interfaces: the guest polls, and waits for the browser.
machine = Machine(Settings(http=HttpGrant(transport, frozenset({authority}))), BrowserPlatform())
functions = {i.name.split("@")[0]: i.functions for i in link(machine)}
http, handler, poll = (functions[f"wasi:{name}"] for name in ("http/types", "http/outgoing-handler", "io/poll"))
from pycm_core.abi.values import VariantValue
request = http["[constructor]outgoing-request"](http["[constructor]fields"]())
http["[method]outgoing-request.set-authority"](request, authority)
http["[method]outgoing-request.set-path-with-query"](request, "/json")
http["[method]outgoing-request.set-scheme"](request, VariantValue("HTTP"))
future = handler["handle"](request, None).value
await poll["poll"]([http["[method]future-incoming-response.subscribe"](future)])
response = http["[method]future-incoming-response.get"](future).value.value
stream = http["[method]incoming-body.stream"](http["[method]incoming-response.consume"](response).value).value
answer = functions["wasi:io/streams"]["[method]input-stream.blocking-read"](stream, 1000)
out["guest"] = [response.status, (answer if hasattr(answer, "value") else await answer).value.decode()]
json.dumps(out)
`);
console.log(result);
