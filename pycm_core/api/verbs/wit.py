"""`pycm wit`: the WIT of a component or of a package."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pycm_core.api.verbs import inputs
from pycm_core.base.errors import Malformed
from pycm_core.component.binary.decode import decode, kind
from pycm_core.component.valid.validate import validate
from pycm_core.wit import Resolve, load, print_wit, to_json
from pycm_core.wit.from_component import wit_of_component


def add(verbs: Any) -> None:
    """Declare the verb."""
    parser = verbs.add_parser("wit", help="print the WIT of a component, or of a package (file or directory)")
    parser.set_defaults(verb=run)
    parser.add_argument("--json", action="store_true", help="the resolved model as JSON")
    parser.add_argument(
        "--features", action="append", default=[], metavar="NAMES", help="`@unstable` features to keep, separated by commas"
    )
    inputs.add_file(parser, "a .wasm or .wit file, or a directory with .wit files")


def run(options: argparse.Namespace) -> int:
    """Print it."""
    resolved = resolve(options.file, inputs.names(options))
    if options.json:
        print(json.dumps(to_json(resolved), indent=2))
    else:
        sys.stdout.write(print_wit(resolved))
    return 0


def resolve(file: Path, features: Sequence[str]) -> Resolve:
    """The packages of a file or directory. Raises `WitError`, `Malformed`, `Invalid`, `Exhaustion`."""
    if file.is_dir() or file.suffix == ".wit":
        return load(file, features=features)
    data = inputs.read_bytes(file)
    if data[:4] != inputs.MAGIC:
        return load(file, features=features)
    if kind(data) == "module":
        raise Malformed(
            "this is a core module, which has no WIT of its own",
            hint="a component is made from it and a WIT world, with `component new` of a component toolchain",
        )
    return wit_of_component(validate(decode(data)))
