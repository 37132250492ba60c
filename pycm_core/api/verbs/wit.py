"""`pycm wit`: the WIT of a component or of a package; `pycm wit diff OLD NEW` compares two."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pycm_core.api.packages import known_packages
from pycm_core.api.verbs import inputs
from pycm_core.base.errors import Malformed, PyCMError
from pycm_core.component.binary.decode import kind
from pycm_core.wit import Resolve, load, print_wit, to_json, wit_of_bytes
from pycm_core.wit.diff import Change, diff
from pycm_core.wit.encode import encode_package


def add(verbs: Any) -> None:
    """Declare the verb."""
    parser = verbs.add_parser(
        "wit",
        help="print the WIT of a component, or of a package; `wit diff OLD NEW` says what a change breaks",
        description="Print the WIT of a component, or of a package (file or directory). `pycm wit diff OLD NEW` says what a change breaks.",
    )
    parser.set_defaults(verb=run, file=Path("wit"))
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="the resolved model as JSON")
    form.add_argument("--wasm", action="store_true", help="the package as a WebAssembly binary")
    form.add_argument("--check", action="store_true", help="print nothing; the exit code says whether it resolves")
    parser.add_argument("-o", "--output", type=Path, help="where to write; the standard output when it is left out")
    parser.add_argument(
        "--features", action="append", default=[], metavar="NAMES", help="`@unstable` features to keep, separated by commas"
    )
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="a .wasm, .wat or .wit file, or a directory with .wit files"
    )


def run(options: argparse.Namespace) -> int:
    """Print it."""
    files: list[Path] = options.files
    if files[0] == Path("diff") and len(files) == 3:
        return compare(options, files[1], files[2])
    if len(files) > 1:
        raise PyCMError(f"expected one file or directory, found {len(files)}", hint="to compare two: `pycm wit diff OLD NEW`")
    options.file = files[0]
    resolved = read(files[0], inputs.names(options))
    if options.check:
        return 0
    if options.wasm:
        inputs.write_binary(encode_package(resolved), options.output)
    else:
        inputs.write_text(json.dumps(to_json(resolved), indent=2) + "\n" if options.json else print_wit(resolved), options.output)
    return 0


def read(file: Path, features: list[str]) -> Resolve:
    """The packages of a file or directory. Raises `WitError`, `Malformed`, `Invalid`, `Exhaustion`."""
    if file.is_dir() or file.suffix in (".wit", ".wat"):
        return load(file, features=features, known=known_packages())
    data = inputs.read_bytes(file)
    if data[:4] != inputs.MAGIC:
        return load(file, features=features, known=known_packages())
    if kind(data) == "module" and b"component-type" not in data:
        raise Malformed(
            "this is a core module, which has no WIT of its own",
            hint="`pycm component embed` gives it a WIT world, then `pycm component new` makes a component of it",
        )
    return wit_of_bytes(data)


def compare(options: argparse.Namespace, old: Path, new: Path) -> int:
    """What changed and for whom it breaks; the exit code is 1 when the change is breaking."""
    found = diff(read(old, inputs.names(options)), read(new, inputs.names(options)))
    if options.json:
        text = json.dumps(asdict(found), indent=2)
    else:
        text = "\n".join([*map(line, found.changes), f"{found.verdict}: the version needs a step of `{found.needed}`"])
    inputs.write_text(text + "\n", options.output)
    return int(found.verdict == "breaking")


def line(change: Change) -> str:
    """A change in a line."""
    breaks = f" (breaks {', '.join(change.breaks)})" if change.breaks else ""
    return f"{change.kind} {change.path}: {change.why}{breaks}"
