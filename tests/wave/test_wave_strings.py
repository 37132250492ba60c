"""Multi-line strings (WAVE README, "Multiline Strings")."""

import pytest

from pycm_core import wave
from pycm_core.base.errors import Malformed
from pycm_core.component.types import Prim

GOOD = {
    '"""\nA single line\n"""': "A single line",
    '"""\n    Indentation determined\n      by ending delimiter\n  """': "  Indentation determined\n    by ending delimiter",
    '"""\n  at the end: \\r\n  ""\\""\n  """': 'at the end: \r\n""""',
    '"""\n"""': "",
    '"""\n   """': "",
    '"""\r\none\r\n\r\ntwo\r\n"""': "one\n\ntwo",
    '"""\n\n"""': "",
    '"""\n\n\n"""': "\n",
    '"""\n\\u{1F600}\\n"quoted"\n"""': '😀\n"quoted"',
}

BAD = {
    '"""no line break"""': ("expected a line break after", 0),
    '"""\nnever closed': ("at the end of the string", 0),
    '"""\nnot on its own line"""': ("on a line of its own", 23),
    '"""\n  indented\nnot\n  """': ("indented like the closing", 15),
    '"""\n\\q\n"""': ("unknown escape", 4),
    '"""\n\\\n"""': ("unknown escape", 4),
}


@pytest.mark.parametrize("text", GOOD)
def test_good(text):
    assert wave.parse(text, Prim.STRING) == GOOD[text]


@pytest.mark.parametrize("text", BAD)
def test_bad(text):
    message, start = BAD[text]
    with pytest.raises(Malformed) as caught:
        wave.parse(text, Prim.STRING)
    assert message in caught.value.message
    assert caught.value.where.start == start


def test_the_public_face():
    assert sorted(wave.__all__) == ["Handles", "parse", "parse_call", "print"]


def test_calls():
    name, args = wave.parse_call("add(1, (2, 'x'), {a: [\")\"]}) // done")
    assert (name, [span.text() for span in args]) == ("add", ["1", "(2, 'x')", '{a: [")"]}'])
    assert wave.parse_call("f()") == ("f", [])
    for text, message, start in (
        ("", "expected the name of a function, found the end", 0),
        ("f", "expected `(`, found the end", 1),
        ("f(,)", "expected a value, found `,`", 2),
        ("f([1)", "expected `]`, found `)`", 4),
        ("f([1", "expected `]` to close this", 2),
        ("f(1) 2", "expected the end of the value, found `2`", 5),
        ("f(1", "expected `,` or `)`, found the end", 3),
    ):
        with pytest.raises(Malformed) as caught:
            wave.parse_call(text)
        assert (caught.value.message, caught.value.where.start) == (message, start)
