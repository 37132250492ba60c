"""`pycm wast`: run the scripts of test suites. Without an engine, what needs one is reported as skipped."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pycm_core.api.engines import ENGINES, make
from pycm_core.api.verbs import inputs
from pycm_core.base.errors import PyCMError
from pycm_core.base.features import Features
from pycm_core.runtime.engine import Engine
from pycm_core.script.formats import formats_of
from pycm_core.script.running import ComponentExecutor
from pycm_core.script.wast import FileSummary, Summary, summarize
from pycm_core.script.wast import run as run_script
from pycm_core.wasm.text.lexer import decode_utf8


def add(verbs: Any) -> None:
    """Declare the verb."""
    parser = verbs.add_parser("wast", help="run .wast scripts, or all of them below directories")
    parser.set_defaults(verb=run, file=Path("wast"))
    parser.add_argument("--json", action="store_true", help="the counts, failures and skips as JSON")
    inputs.add_features(parser)
    parser.add_argument("--engine", choices=ENGINES, help="run on this engine what needs one: instances, calls, traps")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE-OR-DIR", help="scripts, or directories of them")


def run(options: argparse.Namespace) -> int:
    """Run them; the exit code is 1 when a directive failed."""
    features = inputs.features(options) if options.features else None
    engine = None if options.engine is None else make(options.engine)
    summary = summarize(run_file(file, features, engine) for file in scripts(options.files))
    if options.json:
        print(json.dumps(summary, indent=2))
    else:
        show(summary)
    return 1 if summary["total"]["failed"] else 0


def scripts(given: Sequence[Path]) -> Iterator[Path]:
    """The scripts named, and those below the directories named, in order. Raises `PyCMError` for a directory without any."""
    for path in given:
        if path.is_dir():
            below = sorted(path.rglob("*.wast"))
            if not below:
                raise PyCMError(f"there is no `.wast` file in `{path}` or below")
            yield from below
        else:
            yield path


def run_file(file: Path, features: Features | None, engine: Engine | None) -> FileSummary:
    """One script. Without `features`, its `RUN:` line says which are on; without that, all of the specification's are."""
    source = decode_utf8(file.read_bytes(), str(file))
    formats = formats_of(source.text, features)
    return run_script(source, formats if engine is None else ComponentExecutor(engine, formats))


def show(summary: Summary) -> None:
    """For people: each failure, then the counts."""
    for file in summary["files"]:
        for failure in file["failures"]:
            print(f"{file['file']}:{failure['line']}: {failure['directive']}: {failure['message']}")
    total = summary["total"]
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")
