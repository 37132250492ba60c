"""The component corpus as the page would use it: sessions, contexts, and values as the manifest writes them."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from pathlib import Path

from app.session import Session
from pycm_core import wave
from pycm_core.abi.values import Err, Ok, RecordValue, Some, VariantValue
from pycm_core.component import types as t
from pycm_core.component.types import Prim
from wasi_browser.platform import native_http

SHARED = Path(os.environ.get("PYCM_SHARED", Path(__file__).parents[2].parent / "shared"))
FOLDER = SHARED / "components"


def manifest():
    """The manifest, or one without tests where the corpus is absent."""
    path = FOLDER / "manifest.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else {"components": {}, "tests": [], "empty_directories": []}


DATA = manifest()


def corpus_tests(kind, wanted=lambda test, component: True):
    """Tests of the manifest by name."""
    return {
        test["name"]: test
        for test in DATA["tests"]
        if test["kind"] == kind and wanted(test, DATA["components"][test["component"]])
    }


def ledger(name):
    """A ledger of known failures: `test: reason` lines. It is strict and only shrinks."""
    text = (Path(__file__).parent / name).read_text("utf-8")
    return dict(line.split(": ", 1) for line in text.splitlines() if line and not line.startswith("#"))


def binary(component):
    return (FOLDER / DATA["components"][component]["file"]).read_bytes()


def files(test):
    """The preopened folder of a test as the protocol has it, or nothing."""
    preopen = test.get("preopen")
    if preopen is None:
        return None
    found = {}
    root = FOLDER / "fixtures" / preopen["fixture"] if preopen["fixture"] else None
    for path in sorted(root.rglob("*")) if root else ():
        inside = preopen["guest"].rstrip("/") + "/" + path.relative_to(root).as_posix()
        if path.is_symlink():
            found[inside] = {"link": os.readlink(path)}
        else:
            found[inside] = {"dir": True} if path.is_dir() else {"bytes": path.read_bytes()}
    for folder in DATA.get("empty_directories", ()):
        fixture, _, rest = folder.partition("/")
        if fixture == preopen["fixture"]:
            found[preopen["guest"].rstrip("/") + "/" + rest] = {"dir": True}
    return found


def stdin(test):
    given = test.get("stdin")
    if isinstance(given, dict):
        return base64.b64decode(given["b64"])
    return (given or "").encode()


class Page:
    """A `Context` that writes down what reaches the page, and answers imports from `answers` (a function of path and WAVE texts)."""

    def __init__(self, answers=None):
        self.stdout = b""
        self.stderr = b""
        self.stages = []
        self.calls = []
        self.answers = answers
        self.told = []
        self.feed = None
        self.stop = None

    def tell(self, event, **fields):
        self.told.append({"event": event, **fields})

    async def respond(self, data):
        self.tell("response-chunk", bytes=data)

    def transport(self, notice):
        return native_http.transport

    def listen(self, feed):
        self.feed = feed

    def on_stop(self, stop):
        self.stop = stop

    def progress(self, stage, done, total, unit):
        self.stages.append((stage, done, total, unit))

    def output(self, stream, data):
        setattr(self, stream, getattr(self, stream) + data)

    async def import_call(self, func, args):
        self.calls.append((func, args))
        return self.answers(func, args) if self.answers else ""


def guest(name):
    """A component of `guests/`, encoded."""
    import wasmtime

    return bytes(wasmtime.wat2wasm((Path(__file__).parent / "guests" / f"{name}.wat").read_text("utf-8")))


class Client:
    """Sends requests and waits for them. Components of the corpus stay open, under their names."""

    def __init__(self, session=None):
        self.session = session or Session()
        self.page = Page()
        self.found = {}

    def __call__(self, method, /, **params):
        return asyncio.run(self.session.handle(method, params, self.page))

    def open(self, component):
        if component not in self.found:
            self.found[component] = self("open", name=component, bytes=binary(component), id=component)
        return self.found[component]

    def opened(self, id):
        return self.session._opened[id]


def to_wave(value, type):
    """A value of a transcript as WAVE."""
    return wave.print(_value(value, type), type, _Text())


class _Text:
    def name(self, value, type):
        return value


def _value(value, type):
    match type:
        case t.Named(prim):
            return _value(value, prim)
        case Prim.F32 | Prim.F64:
            return float(value)
        case Prim.BOOL | Prim.CHAR | Prim.STRING:
            return value
        case Prim():
            return int(value)
        case t.List(element):
            return [_value(v, element) for v in value]
        case t.Tuple(types):
            return tuple(map(_value, value, types))
        case t.Record(fields):
            return RecordValue({f.label: _value(value[f.label], f.type) for f in fields})
        case t.Variant(cases):
            payload = next(c.type for c in cases if c.label == value["tag"])
            return VariantValue(value["tag"], None if payload is None else _value(value["val"], payload))
        case t.EnumType() | t.Flags():
            return value
        case t.Option(inner):
            return None if value is None else Some(_value(value["some"], inner))
        case t.Result(ok, error):
            if "ok" in value:
                return Ok(None if ok is None else _value(value["ok"], ok))
            return Err(None if error is None else _value(value["err"], error))
        case t.Own() | t.Borrow():
            return value["handle"]
        case t.Map(key, inner):
            return {_value(k, key): _value(v, inner) for k, v in value}
    raise AssertionError(type)


def check_invoke(client, test, call):
    """One call of an `invoke` test, in a fresh instance."""
    opened = client.open(test["component"])
    func, args = wave.parse_call(call["call"])
    params = {"id": opened["id"], "func": func, "args": [span.text() for span in args], "env": test.get("env", {})}
    if files(test) is not None:
        params["files"] = files(test)
    outcome = client("invoke", **params)
    assert outcome["trace"][0]["kind"] == "call-begin"
    assert not outcome["truncated"]
    if call.get("trap"):
        assert "trap" in outcome and "result" not in outcome
    else:
        expected = "" if call["result"] == "()" else call["result"]
        assert outcome.get("result") == expected, outcome.get("trap")


def check_transcript(client, test):
    """A `transcript` test."""
    id = client.open(test["component"])["id"]
    opened = client.opened(id)
    answered = sorted({call["import"] for event in test["events"] for call in event.get("calls", ())})
    instance = client("instantiate", id=id, imports=answered)["instance"]
    for event in test["events"]:
        type = opened.exports[opened.export(event["call"])]
        args = [to_wave(value, p.type) for value, p in zip(event["args"], type.params, strict=True)]
        expected = list(event.get("calls", ()))

        def answer(path, texts, expected=expected):
            call = expected.pop(0)
            assert call["import"] == path
            func = opened.imports[path]
            assert texts == [to_wave(value, p.type) for value, p in zip(call["args"], func.params, strict=True)]
            return "" if func.result is None else to_wave(call["result"], func.result)

        client.page.answers = answer
        outcome = client("invoke", id=id, instance=instance, func=event["call"], args=args)
        assert not expected
        if event.get("trap"):
            assert "trap" in outcome
        else:
            result = "" if type.result is None else to_wave(event["result"], type.result)
            assert outcome.get("result") == result, (event, outcome.get("trap"))
