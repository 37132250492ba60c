"""`pycm objdump`: what each range of the bytes of a binary is."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import Any

from pycm_core.api.verbs import inputs
from pycm_core.component.binary.decode import kind
from pycm_core.component.text.objdump import objdump


def add(verbs: Any) -> None:
    """Declare the verb."""
    parser = verbs.add_parser("objdump", help="list the sections and definitions of a binary with their offsets")
    parser.set_defaults(verb=run)
    parser.add_argument("--json", action="store_true", help="the list as JSON")
    inputs.add_features(parser)
    inputs.add_file(parser, "a .wasm or .wat file")


def run(options: argparse.Namespace) -> int:
    """List it: one line for each range, indented by how deep it lies; the end of a range is exclusive."""
    features = inputs.features(options)
    data = inputs.binary(options.file, features)
    entries = objdump(data, features=features)
    if options.json:
        print(json.dumps({"kind": kind(data), "size": len(data), "entries": [asdict(entry) for entry in entries]}))
        return 0
    digits = max(4, len(f"{len(data):x}"))
    for entry in entries:
        line = f"{entry.start:0{digits}x}-{entry.end:0{digits}x}  {'  ' * entry.depth}{entry.what}"
        print(f"{line}: {entry.text}" if entry.text else line)
    return 0
