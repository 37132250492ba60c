"""Requests from nowhere: whatever is asked, the answer is a result or a failure of the asker's."""

import asyncio

import pytest
from app_corpus import Client, Page, guest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.failures import Failed
from app.messages import METHODS

pytest.importorskip("wasmtime")

CLIENT = Client()
SHAPES = guest("shapes")
FUNCS = [
    "colour-of",
    "marks-of",
    "count-of",
    "bytes",
    "maybe",
    "hello",
    "loud",
    "give",
    "ask",
    "",
    "#",
    "a#b",
    "demo:shapes/types@0.1.0#x",
]
WAVES = ["1", "[1, 2]", "red", "{bold}", "true", "none", "thing#1", '"x"', "", "(", "%red", "-1", "\ud800"]
VALUES = st.one_of(
    st.none(),
    st.integers(-2, 3),
    st.binary(max_size=8),
    st.sampled_from(["shapes", "imports", "c1", "i1", "shout", "/a", "/a/b", "../x", *FUNCS, *WAVES]),
    st.lists(st.sampled_from([*WAVES, "shout", "demo:host/api#greet"]), max_size=3),
    st.dictionaries(st.sampled_from(["/a", "/a/b", "K", "../x", ""]), st.sampled_from(["v", {"bytes": b"x"}, {"dir": True}, {"link": "a"}, {}]), max_size=2),
)  # fmt: skip
KEYS = ["id", "name", "bytes", "text", "func", "args", "index", "instance", "imports", "trace", "argv", "env", "stdin", "files"]
LIKELY = {
    "id": st.sampled_from(["shapes", "imports", "nope"]),
    "name": st.just("x"),
    "text": st.sampled_from(WAVES),
    "func": st.sampled_from(FUNCS),
    "args": st.lists(st.sampled_from(WAVES), max_size=3),
    "index": st.integers(-1, 3),
    "bytes": st.builds(lambda cut: SHAPES[:cut], st.integers(0, len(SHAPES))),
}


@st.composite
def params(draw):
    keys = draw(st.sets(st.sampled_from(KEYS)))
    return {key: draw(LIKELY[key] if key in LIKELY and draw(st.booleans()) else VALUES) for key in keys | set(LIKELY)}


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([*METHODS, "nope"]), params())
def test_nothing_but_failures_of_the_asker(method, params):
    session = CLIENT.session
    if method == "close":
        return
    if "shapes" not in session._opened:
        CLIENT("open", name="shapes", bytes=SHAPES, id="shapes")
        CLIENT("open", name="imports", bytes=guest("imports"), id="imports")
    try:
        asyncio.run(session.handle(method, params, Page(lambda func, args: "1")))
    except Failed as failed:
        assert failed.failure["kind"] != "InternalError", failed.failure
    finally:
        for id in [id for id in session._opened if id not in ("shapes", "imports")]:
            CLIENT("close", id=id)
        if "shapes" in params.values():
            session._opened.pop("shapes", None)
