"""Requests one by one: what each answers, and how it fails."""

import asyncio
import json
import random

import pytest
from app_corpus import Client, Page, guest

from app.context import ImportRefused
from app.engines import surroundings
from app.failures import Failed
from app.messages import METHODS
from app.session import Session
from pycm_core.base.errors import Invalid, Offset

wasmtime = pytest.importorskip("wasmtime")


@pytest.fixture
def client():
    return Client()


@pytest.fixture
def imports(client):
    return client("open", name="imports.wasm", bytes=guest("imports"))["id"]


@pytest.fixture
def shapes(client):
    return client("open", name="shapes.wasm", bytes=guest("shapes"))["id"]


def refused(client, method, **params):
    """The failure of a request that must fail."""
    with pytest.raises(Failed) as caught:
        client(method, **params)
    failure = caught.value.failure
    assert set(failure) == {"kind", "message", "where", "hint"}
    assert failure["kind"] != "InternalError"
    return failure


def test_every_method_is_answered(client):
    assert set(client.session._methods) == set(METHODS)


def test_hello(client):
    answer = client("hello")
    assert answer["python"].startswith("3.")
    assert "async" in answer["features"]


def test_bad_requests(client):
    assert "unknown method `frobnicate`" in refused(client, "frobnicate")["message"]
    assert refused(client, "open", name="x")["message"] == "`open` needs the parameter `bytes`"
    assert "wrong type" in refused(client, "open", name=1, bytes=b"")["message"]
    assert "wrong type" in refused(client, "invoke", id="c1", func="f", args=[1])["message"]
    assert "nothing is open" in refused(client, "invoke", id="c1", func="f", args=[])["message"]
    with pytest.raises(Failed) as caught:
        asyncio.run(client.session.handle("open", None, client.page))
    assert caught.value.failure["kind"] == "BadRequest"


def test_not_webassembly(client):
    failure = refused(client, "open", name="x", bytes=b"no")
    assert failure["kind"] == "Malformed" and failure["where"] == {"offset": 0}


def test_what_is_not_ours_is_an_internal_error(client, monkeypatch):
    async def broken(params, context):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setitem(client.session._methods, "hello", broken)
    with pytest.raises(Failed) as caught:
        client("hello")
    assert caught.value.failure["kind"] == "InternalError"
    assert "Traceback" not in caught.value.failure["message"]


def test_check_wit(client):
    good = client("check-wit", text="package a:b@1.0.0;\ninterface c {\n  record d { e: u8 }\n}\n")
    assert good["diagnostics"] == []
    assert good["package"] == "a:b@1.0.0"
    (interface,) = good["outline"]
    assert (interface["kind"], interface["name"]) == ("interface", "c")
    (record,) = interface["children"]
    assert (record["kind"], record["name"], record["children"][0]["name"]) == ("record", "d", "e")
    text = "package a:b;\ninterface c {\n  f: func(x: nope);\n}\n"
    (error,) = client("check-wit", text=text)["diagnostics"]
    assert text[error["start"] : error["end"]] == "nope"
    assert error["severity"] == "error" and "nope" in error["message"]


def test_open_describes(client):
    answer = client("open", name="imports.wasm", bytes=guest("imports"))
    assert (answer["kind"], answer["command"], answer["size"]) == ("component", False, len(guest("imports")))
    world, api = answer["imports"]
    assert (world["name"], api["name"]) == ("", "demo:host/api@1.2.0")
    assert world["answered"] == api["answered"] == "nobody"
    assert api["types"] == ["thing"]
    assert [func["wit"] for func in world["funcs"] + api["funcs"]] == [
        "shout: func(n: s8)",
        "thing.constructor(n: u32)",
        "thing.get: func() -> u32",
        "greet: func(name: string) -> string",
    ]
    assert answer["exports"][0]["funcs"][3]["path"] == "give"
    assert answer["exports"][0]["funcs"][3]["result"] == {"kind": "own", "text": "thing"}
    assert answer["missing"] == ["nobody answers `shout`, `demo:host/api@1.2.0` until you do; calling into them traps"]
    assert {stage for stage, *_ in client.page.stages} == {"read", "compile"}


def test_open_describes_types(client):
    answer = client("open", name="shapes.wasm", bytes=guest("shapes"))
    world, types = answer["exports"]
    assert types == {"name": "demo:shapes/types@0.1.0", "funcs": [], "types": ["point", "shape", "colour", "marks", "count"]}
    assert world["types"] == ["colour", "marks", "count"]
    funcs = {func["name"]: func for func in world["funcs"]}
    assert funcs["colour-of"]["result"] == {"kind": "enum", "text": "colour", "labels": ["red", "green"]}
    assert funcs["marks-of"]["params"] == [{"name": "m", "type": {"kind": "flags", "text": "marks", "labels": ["bold", "wide"]}}]
    assert funcs["count-of"]["result"] == {"kind": "u64", "text": "count"}
    assert funcs["maybe"]["wit"] == "maybe: func(a: bool, b: option<u8>, c: option<char>) -> bool"
    assert funcs["bytes"]["result"] == {
        "kind": "list",
        "text": "list<u8>",
        "items": [{"name": "element", "type": {"kind": "u8", "text": "u8"}}],
    }


def test_a_core_module_is_shown_not_run(client):
    text = """(module
      (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
      (import "env" "table" (table 1 funcref))
      (memory (export "memory") 1)
      (func (export "_start"))
      (func (export "swap") (param i32 i64) (result i64 i32) unreachable))"""
    answer = client("open", name="m.wasm", bytes=bytes(wasmtime.wat2wasm(text)))
    assert answer["kind"] == "module"
    wasi, env = answer["imports"]
    assert [func["wit"] for func in wasi["funcs"]] == ["fd_write: (i32, i32, i32, i32) -> i32"]
    assert env["types"] == ["table (table)"]
    (exports,) = answer["exports"]
    assert [func["wit"] for func in exports["funcs"]] == ["_start: ()", "swap: (i32, i64) -> (i64, i32)"]
    assert exports["types"] == ["memory (memory)"]
    assert "core module" in answer["missing"][0] and "WASI 0.1" in answer["missing"][1]
    assert "core module" in refused(client, "invoke", id=answer["id"], func="f", args=[])["message"]
    assert "core module" in refused(client, "run", id=answer["id"])["message"]
    assert refused(client, "open", name="m.wasm", bytes=b"\0asm\1\0\0\0\7")["where"] == {"offset": 9}


def test_ids(client):
    first = client("open", name="a", bytes=guest("shapes"))["id"]
    again = client("open", name="a", bytes=guest("shapes"), id="kept")["id"]
    assert (first, again) == ("c1", "kept")
    assert client("open", name="a", bytes=guest("shapes"), id="c2")["id"] == "c2"
    assert client("open", name="a", bytes=guest("shapes"))["id"] == "c3"
    assert client("close", id=first) == {}
    assert client("close", id=first) == {}
    assert "nothing is open" in refused(client, "instantiate", id=first)["message"]


def test_a_fault_in_a_core_module_shows_when_opened(client):
    data = bytearray(guest("shapes"))
    at = data.index(b"\x0b", data.index(b"\0asm", 8))
    data[at] = 0xFF
    failure = refused(client, "open", name="broken", bytes=bytes(data))
    assert failure["where"]["offset"]
    assert client("open", name="next", bytes=guest("shapes"))["kind"] == "component"


def test_a_module_that_only_this_engine_refuses(client):
    engine, platform = surroundings()

    class Refusing(type(engine)):
        def compile(self, binary, at=0):
            raise Invalid("no simd here", Offset(at))

    client.session = Session(lambda: (Refusing(), platform))
    answer = client("open", name="shapes", bytes=guest("shapes"))
    assert answer["missing"] == ["core module 0 does not compile here, so nothing in it runs: no simd here"]
    assert refused(client, "instantiate", id=answer["id"])["message"].startswith("no simd here")


def test_truncated_files_fail_with_an_offset(client):
    data = guest("imports")
    for length in range(len(data)):
        try:
            client("open", name="cut", bytes=data[:length])
        except Failed as failed:
            assert failed.failure["kind"] in ("Malformed", "Invalid")
            assert 0 <= failed.failure["where"]["offset"] <= length


def test_flipped_bits_fail_with_an_offset_or_open(client):
    data = guest("imports")
    chance = random.Random(2)
    for _ in range(200):
        broken = bytearray(data)
        broken[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        try:
            client("open", name="broken", bytes=bytes(broken))
        except Failed as failed:
            assert failed.failure["kind"] in ("Malformed", "Invalid")
            assert 0 <= failed.failure["where"]["offset"] <= len(data)
    assert client("open", name="next", bytes=data)["kind"] == "component"


def test_values(client, shapes):
    def call(func, *args):
        return client("invoke", id=shapes, func=func, args=list(args))["result"]

    assert call("colour-of", "green") == "green"
    assert call("marks-of", "{wide, bold}") == "{bold, wide}"
    assert call("count-of", "18446744073709551615") == "18446744073709551615"
    assert call("bytes", "[1, 2, 255]") == "[1, 2, 255]"
    assert call("maybe", "true", "none", "none") == "true"
    assert call("maybe", "true", "3") == "false"
    assert call("maybe", "true") == "true"


def test_arguments_that_are_wrong(client, shapes):
    failure = refused(client, "invoke", id=shapes, func="bytes", args=["[1, 300]"])
    assert failure["kind"] == "Malformed"
    assert (failure["where"]["file"], failure["where"]["start"]) == ("argument `b`", 4)
    assert "takes 1 argument, found 0" in refused(client, "invoke", id=shapes, func="bytes", args=[])["message"]
    assert "takes 3 arguments, found 4" in refused(client, "invoke", id=shapes, func="maybe", args=["true"] * 4)["message"]
    assert "no exported function `nope`" in refused(client, "invoke", id=shapes, func="nope", args=[])["message"]
    assert "no instance `i9`" in refused(client, "invoke", id=shapes, func="bytes", args=["[]"], instance="i9")["message"]
    assert "is no command" in refused(client, "run", id=shapes)["message"]


def test_an_import_nobody_answers_traps_and_names_itself(client, imports):
    trap = client("invoke", id=imports, func="loud", args=["1"])["trap"]
    assert trap["kind"] == "unanswered-import"
    assert "`shout`" in trap["message"]
    trap = client("invoke", id=imports, func="hello", args=['"x"'])["trap"]
    assert "`demo:host/api@1.2.0#greet`" in trap["message"]


def test_the_page_answers(client, imports):
    client.page.answers = lambda func, args: '"hello, ' + args[0][1:-1] + '"'
    answered = ["demo:host/api#greet"]
    outcome = client("invoke", id=imports, func="hello", args=['"zoë"'], imports=answered)
    assert outcome["result"] == '"hello, zoë"'
    assert client.page.calls == [("demo:host/api@1.2.0#greet", ['"zoë"'])]
    kinds = [event["kind"] for event in outcome["trace"]]
    assert kinds.count("call-begin") == kinds.count("call-end") == 2
    assert "does not import `nope`" in refused(client, "instantiate", id=imports, imports=["nope"])["message"]


def test_a_start_function_that_traps(client):
    text = """(component
      (core module $m (func $f unreachable) (start $f))
      (core instance (instantiate $m))
      (core module $n (func (export "f")))
      (core instance $j (instantiate $n))
      (func (export "f") (canon lift (core func $j "f"))))"""
    id = client("open", name="starts", bytes=bytes(wasmtime.wat2wasm(text)))["id"]
    assert client("invoke", id=id, func="f", args=[])["trap"]["kind"] == "unreachable"
    with pytest.raises(Failed) as caught:
        client("instantiate", id=id)
    assert caught.value.failure["kind"] == "Trap"


def test_answers_that_are_wrong_trap(client, imports):
    client.page.answers = lambda func, args: "5"
    trap = client("invoke", id=imports, func="hello", args=['""'], imports=["demo:host/api@1.2.0#greet"])["trap"]
    assert trap["kind"] == "host"
    assert trap["message"] == "the answer to `demo:host/api@1.2.0#greet` is not of its type: expected a string, found `5`"

    def fail(func, args):
        raise ImportRefused("TypeError: x is not a function")

    client.page.answers = fail
    trap = client("invoke", id=imports, func="loud", args=["1"], imports=["shout"])["trap"]
    assert trap["message"] == "the answer to `shout` failed: TypeError: x is not a function"


def test_resources_of_the_page(client, imports):
    paths = ["demo:host/api#[constructor]thing", "demo:host/api#[method]thing.get"]

    def answer(func, args):
        return "thing#7" if "constructor" in func else "42"

    client.page.answers = answer
    instance = client("instantiate", id=imports, imports=paths)["instance"]
    assert client("invoke", id=imports, instance=instance, func="through-a-thing", args=["5"])["result"] == "42"
    assert client.page.calls == [
        ("demo:host/api@1.2.0#[constructor]thing", ["5"]),
        ("demo:host/api@1.2.0#[method]thing.get", ["thing#7"]),
    ]
    assert client("invoke", id=imports, instance=instance, func="give", args=["5"])["result"] == "thing#7"
    assert client("invoke", id=imports, instance=instance, func="ask", args=["thing#7"])["result"] == "42"
    failure = refused(client, "invoke", id=imports, instance=instance, func="ask", args=["other#1"])
    assert failure["message"] == "unknown handle `other#1`"


def test_a_page_that_takes_its_time(client, imports):
    class Slow(Page):
        async def import_call(self, func, args):
            await asyncio.sleep(0)
            return await super().import_call(func, args)

    client.page = Slow()
    outcome = client("invoke", id=imports, func="loud", args=["-3"], imports=["shout"])
    assert outcome["result"] == ""
    assert client.page.calls == [("shout", ["-3"])]


def test_a_place_where_guests_cannot_wait(imports, client):
    class Slow(Page):
        async def import_call(self, func, args):
            await asyncio.sleep(0)
            return ""

    engine, _ = client.session._place()
    engine.can_suspend = False
    client.page = Slow()
    trap = client("invoke", id=imports, func="loud", args=["-3"], imports=["shout"])["trap"]
    assert trap["message"] == "the import `shout` has to wait for its answer, and guests cannot wait here"
    client.page = Page()
    assert client("invoke", id=imports, func="loud", args=["-3"], imports=["shout"])["result"] == ""


def test_types_alone(client):
    text = '(component (type (component (export "a:b/c" (component)))) (export "c" (type 0)))'
    answer = client("open", name="types", bytes=bytes(wasmtime.wat2wasm(text)))
    assert answer["missing"] == ["there is nothing to run in it: it holds types only, as WIT packages in binary form do"]


def test_a_trace_on_demand(client, shapes):
    with_trace = client("invoke", id=shapes, func="bytes", args=["[1, 2, 3]"])
    kinds = [event["kind"] for event in with_trace["trace"]]
    assert kinds[0] == "call-begin" and kinds[-1] == "call-end"
    assert {"lower", "realloc", "store", "core-call", "core-return", "load", "lift"} <= set(kinds)
    for seq, event in enumerate(with_trace["trace"]):
        assert event["seq"] == seq
        assert event["text"] and event["rule"].startswith("CanonicalABI.md")
    store = next(event for event in with_trace["trace"] if event["kind"] == "store")
    assert (store["bytes"], store["size"]) == ("010203", 3)
    assert client("invoke", id=shapes, func="bytes", args=["[1]"], trace=False)["trace"] == []


def test_a_long_value_is_abridged_in_the_trace(client, shapes):
    text = str(list(range(200))).replace(" ", "")
    outcome = client("invoke", id=shapes, func="bytes", args=[text])
    assert len(outcome["result"]) > 600
    lowered = next(event for event in outcome["trace"] if event["kind"] == "lower" and event["type"] == "list<u8>")
    assert lowered["value"].startswith("[0, 1, 2,") and lowered["value"].endswith("… 200 in all]")
    outcome = client("invoke", id=shapes, func="bytes", args=[str([7] * 9000)])
    stored = next(event for event in outcome["trace"] if event["kind"] == "store" and event["size"] > 200)
    assert (stored["size"], stored["bytes"]) == (9000, "07" * 4096)


def test_a_trace_shows_a_memory_where_it_is_touched(client, shapes):
    trace = client("invoke", id=shapes, func="bytes", args=["[1, 2, 3]"])["trace"]
    memory = trace[1]
    assert memory["kind"] == "memory" and memory["memory"] == 0 and memory["size"] % 65536 == 0
    places = [event["address"] for event in trace if event["kind"] in ("store", "load")]
    assert all(any(abs(run["address"] - at) < 16 for at in places) for run in memory["runs"])
    written = [event for event in trace if event["kind"] == "guest-write"]
    assert all(run["size"] * 2 == len(run["bytes"]) for event in written for run in event["runs"])


def test_a_trace_tells_of_encodings(client, imports):
    client.page.answers = lambda func, args: '"zoë"'
    trace = client("invoke", id=imports, func="hello", args=['"zoë"'], imports=["demo:host/api#greet"])["trace"]
    told = [(event["kind"], event["value"]) for event in trace if event["kind"] in ("encode", "decode")]
    assert told == [("encode", "utf8 → utf8"), ("decode", "from utf8")] * 2
    assert all("code units" in event["text"] and "size" not in event for event in trace if event["kind"] in ("encode", "decode"))


def test_a_trace_has_a_limit(client, shapes, monkeypatch):
    monkeypatch.setattr("app.trace.LIMIT", 5)
    outcome = client("invoke", id=shapes, func="bytes", args=["[1, 2, 3]"])
    assert len(outcome["trace"]) == 5
    assert outcome["truncated"]


def test_wave_check(client, shapes, imports):
    def check(func, index, text, id=shapes):
        return client("wave-check", id=id, func=func, index=index, text=text)

    assert check("count-of", 0, "18446744073709551615") == {"value": "18446744073709551615", "error": None}
    assert check("marks-of", 0, "{wide}")["value"] == ["wide"]
    assert check("bytes", 0, "[1, 2]")["value"] == [1, 2]
    assert check("maybe", 1, "3")["value"] == {"some": 3}
    assert check("maybe", 2, "none") == {"value": None, "error": None}
    assert check("ask", 0, "thing#4", imports)["value"] == {"handle": "thing#4"}
    assert check("ask", 0, "other#4", imports)["error"]["message"] == "unknown handle `other#4`"
    bad = check("colour-of", 0, "blue")
    assert bad["value"] is None
    assert bad["error"] == {
        "start": 0,
        "end": 4,
        "severity": "error",
        "message": "expected a case, found `blue`",
        "hint": "the cases are `red`, `green`",
    }
    assert "no parameter 3" in refused(client, "wave-check", id=shapes, func="maybe", index=3, text="1")["message"]


def test_types_that_unfold_far_are_cut(client):
    types = "".join(f"(type $t{i} (tuple $t{i - 1} $t{i - 1}))" for i in range(1, 14))
    lift = '(canon lift (core func $i "f") (memory (core memory $i "m")) (realloc (core func $i "r")))'
    funcs = "".join(f'(func (export "f{i}") (param "x" $t13) {lift})' for i in range(20))
    text = f"""(component
      (core module $m (memory (export "m") 1) (func (export "f") (param i32))
        (func (export "r") (param i32 i32 i32 i32) (result i32) (unreachable)))
      (core instance $i (instantiate $m))
      (type $t0 (tuple u8 u8)) {types} {funcs})"""
    answer = client("open", name="unfolding", bytes=bytes(wasmtime.wat2wasm(text)))
    funcs = answer["exports"][0]["funcs"]
    assert len(funcs) == 20
    assert funcs[0]["params"][0]["type"]["text"].endswith("…")
    assert len(json.dumps(answer)) < 50_000_000
