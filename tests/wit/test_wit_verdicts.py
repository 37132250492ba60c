"""Slightly broken texts: we accept and reject what the oracle accepts and rejects. Each is an accepted case of `rules/` with a word or two
left out, doubled, added, replaced or moved."""

import os
import random
import re
import subprocess

import pytest

from pycm_core.base.errors import Exhaustion, WitError
from pycm_core.base.source import Source
from pycm_core.wit import resolve
from tests.oracles import wasm_tools
from tests.wit.rule_cases import RULES, cases

PARTS = 10
EACH = int(os.environ.get("PYCM_SEEDS", "60")) // PARTS + 1
WORD = re.compile(r'//[^\n]*|/\*.*?\*/|"[^"]*"|@?[\w%.-]+|->|\s+|.', re.DOTALL)
EXPLAINED = {
    "": "expected '{', found ':'",  # 🪺 nested namespaces, which the oracle does not have
    "differs only in case": "",
    "is renamed twice": "",
    "is the name of a package, not of an interface": "",
    "from 1 to 2³² - 1": "",
    "is not a semantic version": "",
}
"""The differences of `rules/` (`!`): a part of our message (empty where we accept), and of the oracle's."""


def texts():
    found = []
    for path in sorted(RULES.glob("*.txt")):
        for case in cases(path):
            if case.accept and case.against_oracle is None and list(case.files) == ["case.wit"]:
                text = "\n".join(case.files["case.wit"])
                if "⟦" not in text:
                    found.append(text)
    return found


TEXTS = texts()
WORDS = [w for text in TEXTS for w in WORD.findall(text) if w.strip() and not w.startswith("/")]


def broken(rng):
    parts = WORD.findall(rng.choice(TEXTS))
    places = [i for i, part in enumerate(parts) if part.strip()]
    for _ in range(rng.choice([1, 1, 2])):
        at, other = rng.choice(places), rng.choice(places)
        match rng.randrange(5):
            case 0:
                parts[at] = ""
            case 1:
                parts[at] += " " + parts[at]
            case 2:
                parts[at] = rng.choice(WORDS)
            case 3:
                parts[at] += " " + rng.choice(WORDS)
            case 4:
                parts[at], parts[other] = parts[other], parts[at]
    return "".join(parts)


@pytest.mark.parametrize("part", range(PARTS))
def test_verdicts(part, tmp_path):
    rng = random.Random(part)
    path = tmp_path / "broken.wit"
    rejected = 0
    for _ in range(EACH):
        text = broken(rng)
        path.write_text(text)
        try:
            resolve([Source(text)], features=["*"])
            ours = None
        except (WitError, Exhaustion) as e:
            ours = e.message
        asked = [wasm_tools(), "component", "wit", "--all-features", path]
        answer = subprocess.run(asked, capture_output=True, text=True, check=False)
        rejected += ours is not None
        if (ours is None) is not (answer.returncode == 0):
            known = any(
                mine in (ours or "") and theirs in answer.stderr
                for mine, theirs in EXPLAINED.items()
                if bool(mine) is (ours is not None)
            )
            assert known, f"{text}\nours: {ours}\nthe oracle: {answer.stderr}"
    assert rejected
