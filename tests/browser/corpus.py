"""The corpus of components beside the repository (`PYCM_SHARED`), and running its tests in a page."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.browser.values import from_wave, same, split_call, to_wave

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

OPEN = """async ([name, base64]) => {
  const {id, kind, wit, imports, exports, command, missing} =
    await pycm.call('open', {name, bytes: Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))});
  return {id, kind, wit, imports, exports, command, missing};
}"""

INVOKE = "([id, func, args]) => pycm.call('invoke', {id, func, args}).then(({result, trap}) => ({result, trap}))"

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
  const files = params.files && Object.fromEntries(Object.entries(params.files)
    .map(([path, content]) => [path, content === null ? {dir: true} : bytes(content)]));
  const run = await pycm.call('run', {...params, id, stdin: bytes(params.stdin), ...(files ? {files} : {})});
  const digest = async (bytes) => Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)),
    (byte) => byte.toString(16).padStart(2, '0')).join('');
  const after = {};
  for (const [path, file] of Object.entries(run.files)) {
    after[path] = file.dir ? {kind: 'dir'} : {kind: 'file', size: file.length, sha256: await digest(file)};
  }
  return {exit: run.exit, trap: run.trap, stdout: base64(run.stdout), stderr: base64(run.stderr), after};
}"""


@cache
def manifest() -> dict[str, Any] | None:
    """The manifest, where there is one."""
    path = COMPONENTS / "manifest.json"
    return json.loads(path.read_text()) if path.exists() else None


def file_of(component: str) -> Path:
    found = manifest()
    assert found is not None
    return COMPONENTS / found["components"][component]["file"]


def tests_of(components: tuple[str, ...]) -> list[dict[str, Any]]:
    """Their tests, in the manifest's order; none without a manifest."""
    found = manifest()
    return [] if found is None else [test for test in found["tests"] if test["component"] in components]


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
        func = next(func for func in exports.values() if func["name"] == name)
        found = page.evaluate(INVOKE, [opened["id"], func["path"], args])
        if call.get("trap"):
            if not found.get("trap"):
                problems.append(f"{call['call']}: expected a trap, found {found}")
        elif found.get("result") != call["result"]:
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
    """One run of a command; what differs."""
    params: dict[str, Any] = {
        "argv": [test["argv0"], *test["args"]],
        "env": test["env"],
        "stdin": base64.b64encode(stdin_of(test)).decode(),
    }
    if test["preopen"] is not None:
        params["files"] = fixture(test["preopen"])
    found = page.evaluate(RUN, [opened["id"], params])
    expect, compare, problems = test["expect"], test["compare"], []
    if expect["trap"] != bool(found.get("trap")) or (not expect["trap"] and found["exit"] != expect["exit_code"]):
        problems.append(f"expected exit code {expect['exit_code']}, found {found['exit']} {found.get('trap')}")
    for stream in ("stdout", "stderr"):
        data = base64.b64decode(found[stream])
        if compare[stream] == "exact" and data.decode(errors="replace") != expect[stream]:
            problems.append(f"{stream}: expected {expect[stream]!r}, found {data!r}")
        elif compare[stream] == "sha256" and hashlib.sha256(data).hexdigest() != expect[f"{stream}_sha256"]:
            problems.append(f"{stream}: another digest")
    if "fs_after" in expect:
        guest = test["preopen"]["guest"].rstrip("/")
        for path, entry in expect["fs_after"].items():
            after = found["after"].get(f"{guest}/{path.lstrip('/')}")
            if after is None or any(after[key] != entry[key] for key in after if key != "kind" and key in entry):
                problems.append(f"{path}: expected {entry}, found {after}")
    return problems


def stdin_of(test: dict[str, Any]) -> bytes:
    match test["stdin"]:
        case None:
            return b""
        case {"b64": text}:
            return base64.b64decode(text)
        case text:
            return str(text).encode()


def fixture(preopen: dict[str, str]) -> dict[str, str | None]:
    """A folder of the corpus by guest path: base64, or null for a directory."""
    root = COMPONENTS / "fixtures" / preopen["fixture"]
    guest = preopen["guest"].rstrip("/")
    return {
        f"{guest}/{path.relative_to(root).as_posix()}": None if path.is_dir() else base64.b64encode(path.read_bytes()).decode()
        for path in sorted(root.rglob("*"))
    }
