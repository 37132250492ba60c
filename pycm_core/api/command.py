"""The command `pycm`. Each verb is a function that prints and returns an exit code; errors become one rendering for all."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from pycm_core.api.version import version
from pycm_core.base.errors import Malformed, PyCMError
from pycm_core.base.features import ALL_FEATURES, DEFAULT_FEATURES, Feature, Features
from pycm_core.base.render import render
from pycm_core.component.binary.decode import decode, kind
from pycm_core.component.valid.validate import validate
from pycm_core.wasm.binary.module import module_type
from pycm_core.wit import Resolve, load, print_wit, to_json
from pycm_core.wit.from_component import wit_of_component

FAILED = 1
"""The exit code of a verb whose input is at fault."""
USAGE = 2
"""The exit code of wrong usage, as argparse has it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    options = _parser().parse_args(arguments)
    verb: Callable[[argparse.Namespace], int] = options.verb
    try:
        return verb(options)
    except PyCMError as error:
        if options.json:
            print(json.dumps({"error": error.to_data()}))
        else:
            print(render(error, str(options.file)), file=sys.stderr)
        return FAILED
    except OSError as error:
        print(f"error: `{error.filename}` cannot be read: {error.strerror}", file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("pycm", description="The WebAssembly Component Model in pure Python.")
    parser.add_argument("--version", action="version", version=f"pycm {version()}")
    verbs = parser.add_subparsers(title="verbs", required=True)

    wit = verbs.add_parser("wit", help="print the WIT of a component, or of a package (file or directory)")
    wit.set_defaults(verb=_wit)
    wit.add_argument("--json", action="store_true", help="the resolved model as JSON")
    wit.add_argument(
        "--features", action="append", default=[], metavar="NAME", help="@unstable features to keep, separated by commas"
    )
    wit.add_argument("file", type=Path, help="a .wasm or .wit file, or a directory with .wit files")

    check = verbs.add_parser("validate", help="check a component")
    check.set_defaults(verb=_validate)
    check.add_argument("--json", action="store_true", help="the verdict as JSON")
    check.add_argument(
        "--features", action="append", default=[], metavar="NAME", help="gated features to allow besides the released ones; `all`"
    )
    check.add_argument("file", type=Path, help="a .wasm file")
    return parser


def _names(options: argparse.Namespace) -> list[str]:
    return [name for given in options.features for name in given.split(",") if name]


def _wit(options: argparse.Namespace) -> int:
    resolved = _resolve(options.file, _names(options))
    print(json.dumps(to_json(resolved), indent=2) if options.json else print_wit(resolved), end="\n" if options.json else "")
    return 0


def _resolve(file: Path, features: Sequence[str]) -> Resolve:
    if file.is_dir() or file.suffix == ".wit":
        return load(file, features=features)
    data = file.read_bytes()
    if data[:4] != b"\0asm":
        return load(file, features=features)
    if kind(data) == "module":
        raise Malformed(
            "this is a core module, which has no WIT of its own",
            hint="a component is made from it with a WIT world, by `component new` of a component toolchain",
        )
    return wit_of_component(validate(decode(data)))


def _features(names: Sequence[str]) -> Features:
    known = {feature.value: feature for feature in Feature}
    chosen = set(DEFAULT_FEATURES)
    for name in names:
        if name == "all":
            return ALL_FEATURES
        if name not in known:
            raise PyCMError(f"unknown feature `{name}`", hint=f"there are: all, {', '.join(known)}")
        chosen.add(known[name])
    return frozenset(chosen)


def _validate(options: argparse.Namespace) -> int:
    features = _features(_names(options))
    data = options.file.read_bytes()
    found = kind(data)
    if found == "module":
        module_type(data)
    else:
        validate(decode(data, features=features), features=features)
    if options.json:
        print(json.dumps({"kind": found, "valid": True}))
    return 0
