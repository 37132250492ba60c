"""Writes `headings.txt`: the headings of the specification's documents, `python tests/abi/make_headings.py COMPONENT-MODEL`.

`COMPONENT-MODEL` is a checkout of `WebAssembly/component-model` at the revision that the suites' README names.
"""

import re
import sys
from pathlib import Path

DOCUMENTS = ("Explainer.md", "Binary.md", "WIT.md", "CanonicalABI.md", "Concurrency.md")


def headings(text):
    """The headings of a document, without the signs of gated features and without backquotes; not what looks like one inside code."""
    code = False
    for line in text.splitlines():
        if line.startswith("```"):
            code = not code
        found = None if code else re.match(r"#+\s+[^A-Za-z`{]*(.+?)\s*$", line)
        if found:
            yield re.sub(r"[`️]", "", found[1])


if __name__ == "__main__":
    folder = Path(sys.argv[1]) / "design" / "mvp"
    lines = [f"{name}: {heading}\n" for name in DOCUMENTS for heading in headings((folder / name).read_text("utf-8"))]
    Path(__file__).with_name("headings.txt").write_text("".join(lines), "utf-8")
