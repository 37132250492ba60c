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
