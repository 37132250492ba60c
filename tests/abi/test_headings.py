"""Every heading of the specification that the canonical ABI's and the runtime's code cites is there (`make_headings.py` gathers them)."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEADINGS = {tuple(line.split(": ", 1)) for line in Path(__file__).with_name("headings.txt").read_text("utf-8").splitlines()}
FILES = sorted(path for room in ("abi", "runtime") for path in (ROOT / "pycm_core" / room).rglob("*.py"))
RULE = re.compile(r'^(\w+\.md), "(.+)"$')
CITED = re.compile(r'\b(Explainer|Binary|WIT|CanonicalABI|Concurrency)\.md, ((?:"[^"]+"(?:, | and )?)+)')


def rules(tree):
    """Rules of events and traps: constants `Document.md, "heading"`, and what `canonical_trap` is given."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and (found := RULE.match(node.value)):
            yield found.groups()
        if (
            isinstance(node, ast.Call)
            and getattr(node.func, "id", "") == "canonical_trap"
            and isinstance(node.args[1], ast.Constant)
        ):
            yield "CanonicalABI.md", node.args[1].value


def citations(text):
    """What comments and docstrings cite, over line ends too."""
    for document, quoted in CITED.findall(re.sub(r"\s*\n\s*#?\s*", " ", text)):
        for heading in re.findall(r'"([^"]+)"', quoted):
            yield f"{document}.md", heading


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_headings_are_there(path):
    text = path.read_text("utf-8")
    cited = {*rules(ast.parse(text)), *citations(text)}
    missing = {each for each in cited if not re.fullmatch(r"\{\w+\}", each[1])} - HEADINGS  # a name is filled in as the code runs
    assert missing == set()


def test_every_builtin_has_one():
    from pycm_core.component.builtins import BUILTINS
    from pycm_core.runtime.builtins.traced import rule_of

    found = {RULE.match(rule_of(builtin.name)).groups() for builtin in BUILTINS}
    assert found - HEADINGS == set() and len(found) > 30
