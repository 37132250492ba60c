"""The source formatter keeps every token and every comment, and changes nothing the second time."""

from pathlib import Path

import pytest

from pycm_core.base.errors import Exhaustion, WitError
from pycm_core.base.limits import DEFAULT_LIMITS
from pycm_core.base.source import Source
from pycm_core.wit import format_wit
from pycm_core.wit.tokens import tokenize
from tests.wit.wit_corpus import WASI, WIT_SUITES, files

FORMATTED = (Path(__file__).parent / "formatted.wit").read_text()


def test_formatted_stays():
    assert format_wit(FORMATTED) == FORMATTED


def test_white_space_does_not_matter():
    spaced = "package a:b ;\n\ninterface   i{f:func( a:u32 ,b : list< u8 , 4>,)->string;record r{x:u8}\n}"
    assert format_wit(spaced) == (
        "package a:b;\n\ninterface i {\n  f: func(a: u32, b: list<u8, 4>) -> string;\n  record r {\n    x: u8,\n  }\n}\n"
    )


def contents(text):
    found = tokenize(Source(text), DEFAULT_LIMITS)
    tokens = [(t.type, t.text) for t in found.tokens if t.type != "_COMMA"]
    comments = [" ".join(c.text.split()) for group in found.comments.values() for c in group]
    return tokens, comments


@pytest.mark.parametrize(
    "folder", [WIT_SUITES / "valid", WIT_SUITES / "invalid", WIT_SUITES / "interfaces", WASI], ids=lambda p: p.name
)
def test_suites(folder):
    paths = sorted(folder.glob("**/*.wit"))
    if not paths:
        pytest.skip(f"{folder} is missing")
    for path in paths:
        text = path.read_text()
        try:
            once = format_wit(text)
        except (WitError, Exhaustion):
            continue
        assert contents(once) == contents(text), path
        assert format_wit(once) == once, path


@pytest.mark.parametrize("path", files(WASI / "0.2" / "deps" / "cli", "*.wit"))
def test_wasi_keeps_its_lines(path):
    """WASI is already written this way, but for the indentation of some files."""
    text = path.read_text()
    assert [line.strip() for line in format_wit(text).splitlines() if line.strip()] == [
        line.strip() for line in text.splitlines() if line.strip()
    ]
