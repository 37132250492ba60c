"""Whatever the text: `WitError` or `Exhaustion`, in time that grows with its length only. `PYCM_CASES=10000` mutates that often."""

import contextlib
import os
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pycm_core.base.errors import Exhaustion, WitError
from pycm_core.base.source import Source
from pycm_core.wit import check, print_wit, resolve
from tests.wit.wit_corpus import WASI, WIT_SUITES

CASES = int(os.environ.get("PYCM_CASES", "300"))
SAMPLE = """package a:b@1.0.0;
/// Things.
interface i {
  record r { a: u32, b: list<string> }
  variant v { x(r), y }
  flags f { p, q }
  enum e { one, two }
  resource s { constructor(a: u8); m: func() -> result<v, e>; n: static async func(x: borrow<s>); }
  type t = tuple<r, option<f>, stream<u8>, future, map<string, e>>;
  @since(version = 1.0.0) g: func(a: t) -> s;
}
world w {
  use i.{r as r2};
  import i;
  export l: i;
  import f: func(a: r2);
  export j: interface { use i.{v}; h: func() -> v; }
}
world w2 { include w with { f as g } }
package c:d { interface k { @unstable(feature = z) type u = u8; } }
"""


def texts():
    found = [SAMPLE]
    for folder in (WIT_SUITES, WASI):
        found += [p.read_text() for p in sorted(folder.glob("**/*.wit")) if p.stat().st_size < 5000]
    return found


TEXTS = texts()
WORDS = sorted(set(re.findall(r"@?[\w%.-]+|[^\w\s]", "\n".join(TEXTS[:200]))))


@st.composite
def mutated(draw):
    text = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from([0, 0, 1, 2, 5, 40])))
        insert = draw(st.one_of(st.just(""), st.sampled_from(WORDS), st.text(max_size=3), st.just(text[start:end] * 2)))
        text = text[:start] + insert + text[end:]
    return text


@pytest.mark.timeout(300 + CASES)
@settings(max_examples=CASES, deadline=None)
@given(mutated())
def test_mutated_packages(text):
    check(text)
    try:
        resolved = resolve([Source(text)], features=["*"])
    except (WitError, Exhaustion):
        return
    again = resolve([Source(print_wit(resolved))], features=["*"])
    assert print_wit(again) == print_wit(resolved)


@pytest.mark.parametrize(
    "text",
    [
        "package a:b; interface i { type t = " + "list<" * 10_000 + "u8" + ">" * 10_000 + "; }",
        "package a:b; interface i { type t = " + "option<" * 10_000,
        "".join(f"package a:b{n} {{" for n in range(10_000)),
        "/*" * 10_000 + "*/" * 10_000,
        "/*" * 10_000,
        "interface i {" * 10_000,
        "@since(version = 1.0.0)" * 10_000,
        "package a:b; interface i { " + "".join(f"type t{n + 1} = t{n}; " for n in range(10_000)) + "type t0 = u8; }",
        "package a:b; interface i { type t0 = u8; " + "".join(f"type t{n + 1} = tuple<t{n}, t{n}>; " for n in range(500)) + "}",
        "package a:b; "
        + "".join(f"interface i{n} {{ use i{n + 1}.{{t}}; }} " for n in range(2_000))
        + "interface i2000 { type t = u8; }",
        "package a:b; "
        + "".join(f"world w{n} {{ include w{n + 1}; }} " for n in range(1_000))
        + "world w1000 { import f: func(); }",
        "package a:b;" + "}" * 10_000,
        "package a:b; interface i { f: func(" + "a: " * 10_000,
        '"' * 10_001,
        "\\u{" * 3_000,
        "package a:b@" + "9" * 10_000 + ".0.0;",
        "package a:b; interface i { type t = list<u8, " + "9" * 10_000 + ">; }",
    ],
    ids=lambda text: text[:40],
)
def test_deep_and_long(text):
    start = time.process_time()
    check(text)
    with contextlib.suppress(WitError, Exhaustion):
        print_wit(resolve([Source(text)]))
    assert time.process_time() - start < 20


def test_time_is_linear():
    def seconds(count):
        text = "package a:b;\n" + "".join(
            f"/// Documentation of {n}.\ninterface i{n} {{ record r {{ a: u32, b: list<string> }} f: func(a: r) -> result<r>; }}\n"
            for n in range(count)
        )
        start = time.process_time()
        check(text)
        return len(text), time.process_time() - start

    seconds(50)
    for _ in range(2):  # a busy machine may make the first time look longer than it is
        small, quick = seconds(900)
        large, slow = seconds(9_000)
        assert large > 1_000_000
        if slow / large < 4 * quick / small:  # were it quadratic, this would be 10
            return
    pytest.fail(f"{slow:.1f} s for {large} characters, {quick:.1f} s for {small}")
