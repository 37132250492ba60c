"""The corpus of components beside the repository (`PYCM_SHARED`), and running its tests in a page."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.browser.values import from_wave, same, split_call, to_wave
from tests.wasi import corpus as host_corpus
from wasi_browser import Entry, Folder, SymbolicLink

ROOT = Path(__file__).parent.parent.parent
COMPONENTS = Path(os.environ.get("PYCM_SHARED", ROOT.parent / "shared")) / "components"

CALLABLE = (
    "docs-adder",
    "docs-calculator",
    "jco-numbers",
    "jco-lists",
    "jco-strings",
    "jco-smoke",
    "c-kit",
    "rb-component-types",
    "wippy-mapper",
    "js-shop-qjs",
)

COMMANDS = ("jco-hello-stdout", "c-wc", "c-rpn", "c-mandel", "js-md-qjs")
"""Those that are run by hand, too."""

OPEN = """async ([name, base64]) => {
  const {id, kind, wit, imports, exports, command, missing} =
    await pycm.call('open', {name, bytes: Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))});
  return {id, kind, wit, imports, exports, command, missing};
}"""

INVOKE = """([id, func, args, {files, ...given}]) => {
  const bytes = (base64) => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  files = Object.fromEntries(Object.entries(files).map(([path, content]) => [path, typeof content === 'string' ? bytes(content) : content]));
  return pycm.call('invoke', {...given, id, func, args, files}).then(({result, trap}) => ({result, trap}));
}"""

TRANSCRIPT = """async ([id, asked, events]) => {
  let answers = [], calls = [];
  const answer = (func) => async (...args) => {
    const next = answers[calls.length];
    calls.push({func, args});
    if (next === undefined || next.func !== func) throw new Error(`${func} was not expected`);
    return next.result;
  };
  const imports = Object.fromEntries(asked.map((func) => [func, answer(func)]));
  const {instance} = await pycm.call('instantiate', {id, imports});
  const done = [];
  for (const event of events) {
    answers = event.calls, calls = [];
    const {result, trap} = await pycm.call('invoke', {id, instance, func: event.func, args: event.args});
    done.push({result, trap, calls});
  }
  return done;
}"""

RUN = """async ([id, params]) => {
  const bytes = (base64) => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const base64 = (bytes) => { let text = ''; for (const byte of bytes) text += String.fromCharCode(byte); return btoa(text); };
  const files = Object.fromEntries(Object.entries(params.files)
    .map(([path, content]) => [path, typeof content === 'string' ? bytes(content) : content]));
  const run = await pycm.call('run', {...params, id, stdin: bytes(params.stdin), files});
  const after = Object.fromEntries(Object.entries(run.files)
    .map(([path, content]) => [path, content instanceof Uint8Array ? base64(content) : content]));
  return {exit: run.exit, trap: run.trap, stdout: base64(run.stdout), stderr: base64(run.stderr), after};
}"""

REQUEST = "([id, params]) => pycm.call('request', {...params, id}).then((answer) => ({...answer, body: [...answer.body]}))"


@cache
def manifest() -> dict[str, Any] | None:
    """The manifest, where there is one."""
    path = COMPONENTS / "manifest.json"
    return json.loads(path.read_text()) if path.exists() else None


def file_of(component: str) -> Path:
    found = manifest()
    assert found is not None
    return COMPONENTS / found["components"][component]["file"]


def of_wasi_02() -> list[str]:
    """The components for WASI 0.2, and those that QuickJS carries."""
    found = manifest()
    return [
        name
        for name, one in (found["components"] if found else {}).items()
        if one["wasi"] == "0.2" or (name.startswith("js-") and name.endswith("-qjs"))
    ]


def tests_of(components: Iterable[str], *kinds: str) -> list[dict[str, Any]]:
    """Their tests of these kinds, in the manifest's order; none without a manifest."""
    found = manifest()
    wanted = set(components)
    return [] if found is None else [test for test in found["tests"] if test["component"] in wanted and test["kind"] in kinds]


def open_component(page: Page, component: str) -> dict[str, Any]:
    """Open it in the page; what `open` says."""
    data = base64.b64encode(file_of(component).read_bytes()).decode()
    opened: dict[str, Any] = page.evaluate(OPEN, [f"{component}.wasm", data])
    return opened


def functions(interfaces: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {func["path"]: func for interface in interfaces for func in interface["funcs"]}


def check_invoke(page: Page, opened: dict[str, Any], test: dict[str, Any]) -> list[str]:
    """Each call in a fresh instance; what differs from the manifest."""
    problems = []
    exports = functions(opened["exports"])
    for call in test["calls"]:
        name, args = split_call(call["call"])
        interface, _, own = name.rpartition(".")
        path = f"{interface}#{own}" if interface else next(path for path, func in exports.items() if func["name"] == own)
        found = page.evaluate(INVOKE, [opened["id"], path, args, given(test)])
        if call.get("trap"):
            if not found.get("trap"):
                problems.append(f"{call['call']}: expected a trap, found {found}")
        elif found.get("trap") or (found["result"] or "()") != call["result"]:  # the page shows nothing where there is no result
            problems.append(f"{call['call']}: expected {call['result']}, found {found}")
    return problems


def check_transcript(page: Page, opened: dict[str, Any], test: dict[str, Any]) -> list[str]:
    """All calls in one instance, imports answered from the transcript; what differs."""
    exports, imports = functions(opened["exports"]), functions(opened["imports"])
    asked = [func["path"] for item in opened["imports"] if item.get("answered") != "wasi" for func in item["funcs"]]
    events = []
    for event in test["events"]:
        func = exports[event["call"]]
        calls = [
            {"func": call["import"], "result": to_wave(call.get("result"), imports[call["import"]]["result"])}
            for call in event.get("calls", [])
        ]
        args = [to_wave(value, param["type"]) for value, param in zip(event["args"], func["params"], strict=True)]
        events.append({"func": func["path"], "args": args, "calls": calls})
    problems = []
    for event, found in zip(test["events"], page.evaluate(TRANSCRIPT, [opened["id"], asked, events]), strict=True):
        what = f"{event['call']}{event['args']}"
        if bool(event.get("trap")) != bool(found.get("trap")):
            problems.append(f"{what}: {found}")
        elif not event.get("trap"):
            type = exports[event["call"]]["result"]
            if not same(from_wave(found["result"], type), event.get("result"), type):
                problems.append(f"{what}: expected {event.get('result')}, found {found['result']}")
        expected = event.get("calls", [])
        if len(expected) != len(found["calls"]):
            problems.append(f"{what}: {len(found['calls'])} import calls, expected {len(expected)}")
        for call, made in zip(expected, found["calls"], strict=False):
            params = imports[call["import"]]["params"]
            if made["func"] != call["import"] or not all(
                same(from_wave(text, param["type"]), value, param["type"])
                for text, value, param in zip(made["args"], call["args"], params, strict=True)
            ):
                problems.append(f"{what}: expected the call {call}, found {made}")
    return problems


def check_run(page: Page, opened: dict[str, Any], test: dict[str, Any]) -> list[str]:
    """One run of a command, with the page's own origin as the origin of its requests; what differs."""
    origin = urlsplit(page.url).netloc
    asks = "{ORIGIN}" in json.dumps([test["args"], test["env"]])
    params: dict[str, Any] = {
        "argv": [test["argv0"], *(argument.replace("{ORIGIN}", origin) for argument in test["args"])],
        "env": {name: value.replace("{ORIGIN}", origin) for name, value in test["env"].items()},
        "stdin": base64.b64encode(stdin_of(test)).decode(),
        **given(test),
        "grants": {"http": {"hosts": [origin]}} if asks else {},
    }
    found = page.evaluate(RUN, [opened["id"], params])
    expect, compare, problems = test["expect"], test["compare"], []
    if bool(expect.get("trap")) != bool(found.get("trap")) or (
        not expect.get("trap") and min(found["exit"], 1) != expect["exit_code"]
    ):
        problems.append(f"expected exit code {expect.get('exit_code')}, found {found['exit']} {found.get('trap')}")
    for stream in ("stdout", "stderr"):
        problems.append(host_corpus.check_text(compare[stream], expect, stream, base64.b64decode(found[stream])) or "")
    if "fs_after" in expect:
        after = {path: heard(entry) for path, entry in found["after"].items()}
        problems.append(host_corpus.check_files(expect["fs_after"], after) or "")
    return [problem for problem in problems if problem]


def check_http(page: Page, opened: dict[str, Any], test: dict[str, Any]) -> list[str]:
    """Each request answered by a fresh instance; what differs."""
    problems = []
    for exchange in test["exchanges"]:
        asked, expect = exchange["request"], exchange["response"]
        params = {
            "url": asked["path"],
            "method": asked.get("method", "GET"),
            "headers": asked.get("headers", {}),
            "body": asked.get("body", ""),
        }
        found = page.evaluate(REQUEST, [opened["id"], params])
        if found["status"] != expect["status"]:
            problems.append(f"{asked}: expected {expect['status']}, found {found}")
        headers = {name.lower(): value for name, value in found["headers"]}
        if not headers.items() >= expect.get("headers", {}).items():
            problems.append(f"{asked}: headers {headers}")
        if "note" not in expect and bytes(found["body"]).decode() != expect["body"]:
            problems.append(f"{asked}: body {bytes(found['body'])!r}")
    return problems


def given(test: dict[str, Any]) -> dict[str, Any]:
    """The files a test starts with, and where its guest finds them."""
    data, preopen = manifest(), test.get("preopen")
    assert data is not None
    tree = host_corpus.fixture(preopen["fixture"], data.get("empty_directories", [])) if preopen else {}
    return {
        "files": {path: told(entry) for path, entry in tree.items()},
        "preopens": {preopen["guest"]: {"path": "/"}} if preopen else {},
    }


def told(entry: Entry) -> Any:
    """An entry of a tree as `RUN` takes it."""
    match entry:
        case Folder():
            return {"dir": True}
        case SymbolicLink(target):
            return {"link": target}
        case data:
            return base64.b64encode(data).decode()


def heard(entry: Any) -> Entry:
    """An entry as `RUN` gives it."""
    if isinstance(entry, str):
        return base64.b64decode(entry)
    return Folder() if "dir" in entry else SymbolicLink(entry["link"])


def stdin_of(test: dict[str, Any]) -> bytes:
    match test["stdin"]:
        case None:
            return b""
        case {"b64": text}:
            return base64.b64decode(text)
        case text:
            return str(text).encode()
