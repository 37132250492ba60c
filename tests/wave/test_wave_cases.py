"""`cases.txt`: what each text means, or how it is refused."""

import os
from pathlib import Path

import pytest

from pycm_core import wave
from pycm_core.base.errors import Malformed
from tests.wave.wave_types import TYPES

FILE = Path(__file__).with_name("cases.txt")
LINES = FILE.read_text(encoding="utf-8").split("\n")


class OneCounter:
    """Knows one handle: `counter#1`."""

    def resolve(self, text, type):
        return {"counter#1": self}[text]

    def name(self, value, type):
        assert value is self
        return "counter#1"


def outcome(type_name, text):
    handles = OneCounter()
    try:
        return wave.print(wave.parse(text, TYPES[type_name], handles), TYPES[type_name], handles)
    except Malformed as e:
        hint = f" ({e.hint})" if e.hint else ""
        return f"! {e.message} @ {e.where.start}..{e.where.end}{hint}"


def split(line):
    name, _, rest = line.partition(" :: ")
    text, arrow, expected = rest.partition(" => ")
    return name, text if arrow else rest, expected


def test_cases():
    got = []
    for line in LINES:
        if line and not line.startswith("#"):
            name, text, _ = split(line)
            line = f"{name} :: {text} => {outcome(name, text)}"
        got.append(line)
    if os.environ.get("PYCM_BLESS"):
        FILE.write_text("\n".join(got), encoding="utf-8")
    assert got == LINES


@pytest.mark.parametrize("line", [x for x in LINES if not x.startswith("#") and " => " in x and " => !" not in x])
def test_printed_text_reads_back_as_itself(line):
    name, _, printed = split(line)
    assert outcome(name, printed) == printed
