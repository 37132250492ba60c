"""`pycm validate`: is it well-formed and valid?"""

from __future__ import annotations

import argparse
import json
from typing import Any

from pycm_core.api.verbs import inputs
from pycm_core.component import syntax as s
from pycm_core.component.valid.modules import checked_types
from pycm_core.component.valid.validate import validate as validate_component
from pycm_core.wasm.valid.module import validate as validate_module


def add(verbs: Any) -> None:
    """Declare the verb."""
    parser = verbs.add_parser("validate", help="check a component or core module, nested core code included")
    parser.set_defaults(verb=run)
    parser.add_argument("--json", action="store_true", help="the verdict as JSON")
    inputs.add_features(parser)
    inputs.add_file(parser, "a .wasm or .wat file")


def run(options: argparse.Namespace) -> int:
    """Check; silent when all is well."""
    features = inputs.features(options)
    given = inputs.load(options.file, features)
    if isinstance(given.model, s.Component):
        validate_component(given.model, features=features, module_types=checked_types(features))
    else:
        validate_module(given.model, features)
    if options.json:
        print(json.dumps({"kind": given.kind, "valid": True}))
    return 0
