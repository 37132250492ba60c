"""`pycm print`: binary to text."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from pycm_core.api.verbs import inputs
from pycm_core.component import syntax as s
from pycm_core.component.text.print import print_component
from pycm_core.wasm.text.print import print_module


def add(verbs: Any) -> None:
    """Declare the verb."""
    parser = verbs.add_parser("print", help="print a binary as text, which parses back to the same meaning")
    parser.set_defaults(verb=run, json=False)
    parser.add_argument("--skeleton", action="store_true", help="leave function bodies and data out")
    parser.add_argument("-o", "--output", type=Path, help="where to write; the standard output when it is left out")
    inputs.add_features(parser)
    inputs.add_file(parser, "a .wasm file")


def run(options: argparse.Namespace) -> int:
    """Print it."""
    model = inputs.load(options.file, inputs.features(options)).model
    if isinstance(model, s.Component):
        text = print_component(model, options.skeleton)
    else:
        text = print_module(model, options.skeleton)
    inputs.write_text(text, options.output)
    return 0
