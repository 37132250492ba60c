"""`pycm parse`: text to binary."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from pycm_core.api.verbs import inputs


def add(verbs: Any) -> None:
    """Declare the verb."""
    parser = verbs.add_parser("parse", help="encode a text (.wat) as a binary")
    parser.set_defaults(verb=run, json=False)
    parser.add_argument("-o", "--output", type=Path, help="where to write; the standard output when it is left out")
    inputs.add_features(parser)
    inputs.add_file(parser, "a .wat file")


def run(options: argparse.Namespace) -> int:
    """Write the binary."""
    inputs.write_binary(inputs.load(options.file, inputs.features(options)).encoded(), options.output)
    return 0
