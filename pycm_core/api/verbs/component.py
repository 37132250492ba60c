"""`pycm component embed` and `new`: from a core module and a WIT world to a component; `targets`: whether a component fits a world."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pycm_core.api.assembling import ENCODINGS
from pycm_core.api.packages import known_packages
from pycm_core.api.verbs import inputs
from pycm_core.assemble import Adapter, choose_world, dummy, new_component
from pycm_core.assemble.dummy import Lift
from pycm_core.assemble.names import Scheme
from pycm_core.base.errors import Malformed, PyCMError
from pycm_core.base.features import ALL_FEATURES
from pycm_core.component import syntax as s
from pycm_core.component.binary import decode as component_binary
from pycm_core.component.binary.encode import encode as encode_component
from pycm_core.component.text.print import print_component
from pycm_core.wasm.binary.encode import encode as encode_module
from pycm_core.wasm.text.print import print_module
from pycm_core.wit import Resolve, load
from pycm_core.wit.compat import fits
from pycm_core.wit.encode import component_type
from pycm_core.wit.metadata import embed, wit_of_bytes
from pycm_core.wit.resolve import ALL
from pycm_core.wit.suffixes import with_canonical_names

SCHEMES: dict[str, Scheme] = {"legacy": "plain", "standard32": "standard"}


def add(verbs: Any) -> None:
    """Declare the verb."""
    component = verbs.add_parser(
        "component", help="`embed` and `new`: make a component of a core module; `targets`: does it fit a world?"
    )
    sub = component.add_subparsers(title="verbs", required=True, metavar="VERB")
    _add_embed(sub)
    _add_new(sub)
    _add_targets(sub)


def _output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", type=Path, help="where to write; the standard output when it is left out")
    parser.add_argument("-t", "--wat", action="store_true", help="write text instead of a binary")


def _add_embed(verbs: Any) -> None:
    parser = verbs.add_parser(
        "embed",
        help="embed a WIT world in a core module",
        description="Embed a WIT world in a core module, as a custom section that `component new` reads.",
    )
    parser.set_defaults(verb=run_embed, json=False)
    inputs.intermixed(parser)
    parser.add_argument("-w", "--world", help="`name`, or `ns:pkg/name`; may be left out where there is only one")
    parser.add_argument(
        "--encoding", "--string-encoding", choices=list(ENCODINGS), default="utf8", help="how the module encodes strings"
    )
    parser.add_argument(
        "--features", action="append", default=[], metavar="NAMES", help="`@unstable` features to keep, separated by commas"
    )
    parser.add_argument("--all-features", action="store_true", help="keep all `@unstable` features")
    parser.add_argument("--dummy", action="store_true", help="no module is read; one is made that has all imports and exports")
    parser.add_argument(
        "--dummy-names", choices=list(SCHEMES), help="like `--dummy`, with names of this scheme (default: standard32)"
    )
    parser.add_argument(
        "--async-callback", action="store_true", help="for a dummy with legacy names: async functions with callbacks"
    )
    parser.add_argument(
        "--async-stackful", action="store_true", help="for a dummy with legacy names: async functions with stacks"
    )
    parser.add_argument(
        "--emit-canonical-names",
        action="store_true",
        help="write `wasi:cli/exit@0.2` with the rest of the version beside it (🔗, which few tools read yet)",
    )
    parser.add_argument("--only-custom", action="store_true", help="write only what the custom section holds")
    _output(parser)
    parser.add_argument("file", type=Path, metavar="WIT", help="a .wit file, a directory of them, or a package as .wasm")
    parser.add_argument(
        "module", type=Path, nargs="?", default=Path("-"), metavar="MODULE", help="a core module; `-` or none: standard input"
    )


def _add_new(verbs: Any) -> None:
    parser = verbs.add_parser(
        "new",
        help="make a component of a core module",
        description="Make a component of a core module in which a world is embedded.",
    )
    parser.set_defaults(verb=run_new)
    inputs.intermixed(parser)
    parser.add_argument(
        "--adapt",
        action="append",
        default=[],
        metavar="[NAME=]FILE",
        help="an adapter for what the module imports from NAME; by default its file's name up to the first dot",
    )
    parser.add_argument(
        "--validate", nargs="?", const="true", default="true", choices=["true", "false"], help="check the result (the default)"
    )
    parser.add_argument("--skip-validation", dest="validate", action="store_const", const="false", help="do not check the result")
    parser.add_argument(
        "--realloc-via-memory-grow",
        action="store_true",
        help="adapters get memory with memory.grow, not from the module's cabi_realloc",
    )
    parser.add_argument(
        "--import-name",
        action="append",
        default=[],
        metavar="OLD=NEW",
        help="call an instance import otherwise; an unknown OLD is ignored",
    )
    parser.add_argument(
        "--merge-imports-based-on-semver",
        nargs="?",
        const="true",
        default="true",
        choices=["true", "false"],
        help="import only the newest of compatible versions of an interface (the default)",
    )
    parser.add_argument(
        "--reject-legacy-names",
        action="store_true",
        help="take only names of the standard scheme (`cm32p2|…`), not those of the older one",
    )
    parser.add_argument(
        "--emit-canonical-names",
        action="store_true",
        help="write `wasi:cli/exit@0.2` with the rest of the version beside it (🔗, which few tools read yet)",
    )
    parser.add_argument("--json", action="store_true", help="say what was made as JSON; needs `-o`")
    _output(parser)
    inputs.add_file(parser, "a core module, .wasm or .wat")


def _add_targets(verbs: Any) -> None:
    parser = verbs.add_parser(
        "targets",
        help="say whether a component fits a WIT world",
        description="Say whether a component fits a WIT world: it imports no more than the world does, and exports all the world does.",
    )
    parser.set_defaults(verb=run_targets)
    inputs.intermixed(parser)
    parser.add_argument("-w", "--world", help="`name`, or `ns:pkg/name`; may be left out where there is only one")
    parser.add_argument(
        "--features", action="append", default=[], metavar="NAMES", help="`@unstable` features to keep, separated by commas"
    )
    parser.add_argument("--all-features", action="store_true", help="keep all `@unstable` features")
    parser.add_argument("--json", action="store_true", help="the reasons as JSON")
    parser.add_argument("wit", type=Path, metavar="WIT", help="a .wit file, a directory of them, or a package as .wasm")
    parser.add_argument(
        "file", type=Path, nargs="?", default=Path("-"), metavar="COMPONENT", help="a component; `-` or none: standard input"
    )


def run_targets(options: argparse.Namespace) -> int:
    """Compare; the exit code is 1 when the component does not fit."""
    target = wit(options.wit, [ALL] if options.all_features else inputs.names(options))
    world = choose_world(target, options.world)
    data = inputs.binary(options.file, ALL_FEATURES)
    if component_binary.kind(data) != "component":
        raise Malformed("this is a core module, not a component", hint="make one of it with `component new`")
    found = fits(wit_of_bytes(data), target, world)
    if options.json:
        sys.stdout.write(json.dumps({"fits": not found, "reasons": [asdict(x) for x in found]}, indent=2) + "\n")
        return int(bool(found))
    for reason in found:
        sys.stdout.write(f"{reason.path}: {reason.message}\n")
        for side, text in (("wanted", reason.wanted), ("found", reason.found)):
            if text is not None:
                sys.stdout.write(
                    "".join(f"  {side if not n else ' ' * len(side)}  {line}\n" for n, line in enumerate(text.splitlines()))
                )
    if not found:
        sys.stdout.write(f"fits {target.world_name(world)}\n")
    return int(bool(found))


def run_embed(options: argparse.Namespace) -> int:
    """Embed."""
    scheme = SCHEMES[options.dummy_names or "standard32"]
    if options.async_callback and options.async_stackful:
        raise PyCMError("`--async-callback` and `--async-stackful` exclude each other")
    lift: Lift = "callback" if options.async_callback else "stackful" if options.async_stackful else "sync"
    if lift != "sync" and options.dummy_names != "legacy":
        raise PyCMError(
            "async functions need a dummy with legacy names", hint="`--dummy-names legacy`: the standard names have none for them"
        )
    resolved = wit(options.file, [ALL] if options.all_features else inputs.names(options))
    world = choose_world(resolved, options.world)
    encoding = ENCODINGS[options.encoding]
    if options.only_custom:
        component = component_type(resolved, world, encoding)
        _write(encode_component(with_canonical_names(component) if options.emit_canonical_names else component), options)
        return 0
    if options.dummy or options.dummy_names:
        module = encode_module(dummy(resolved, world, scheme, lift))
    else:
        options.file = options.module  # whatever is wrong from here on is wrong with the module
        module = inputs.binary(options.module, ALL_FEATURES)
    _write(embed(module, resolved, world, encoding, canonical=options.emit_canonical_names), options)
    return 0


def wit(file: Path, features: Sequence[str]) -> Resolve:
    """The packages of a file or directory. Raises `WitError`, `Malformed`, `Invalid` or `Exhaustion`."""
    if not file.is_dir() and file.suffix != ".wit":
        data = inputs.read_bytes(file)
        if data[:4] == inputs.MAGIC:
            return wit_of_bytes(data)
    return load(file, features=features, known=known_packages())


def run_new(options: argparse.Namespace) -> int:
    """Make the component."""
    if options.json and options.output is None:
        raise PyCMError("`--json` writes to the standard output, where the component would go too", hint="name a file with `-o`")
    module = inputs.binary(options.file, ALL_FEATURES)
    component = new_component(
        module,
        [adapter(given) for given in options.adapt],
        check=options.validate == "true",
        realloc_via_memory_grow=options.realloc_via_memory_grow,
        merge=options.merge_imports_based_on_semver == "true",
        rename=dict(rename(given) for given in options.import_name),
        legacy_names=not options.reject_legacy_names,
        canonical=options.emit_canonical_names,
    )
    data = encode_component(component)
    _write(data, options)
    if options.json:
        imports = [x.name.name for x in component.definitions if isinstance(x, s.Import)]
        exports = [x.name.name for x in component.definitions if isinstance(x, s.Export)]
        sys.stdout.write(json.dumps({"bytes": len(data), "imports": imports, "exports": exports}) + "\n")
    return 0


def adapter(given: str) -> Adapter:
    """An adapter from `[NAME=]FILE`."""
    name, equals, file = given.partition("=")
    if equals and not (name and file):
        raise PyCMError(f"expected NAME=FILE, found `{given}`")
    path = Path(file if equals else given)
    return Adapter(name if equals else path.name.partition(".")[0], inputs.binary(path, ALL_FEATURES))


def rename(given: str) -> tuple[str, str]:
    """Old and new name from `OLD=NEW`."""
    old, equals, new = given.partition("=")
    if not equals:
        raise PyCMError(f"expected OLD=NEW, found `{given}`")
    return old, new


def _write(data: bytes, options: argparse.Namespace) -> None:
    if not options.wat:
        inputs.write_binary(data, options.output)
        return
    model = inputs.load_bytes(data, "output", ALL_FEATURES).model
    inputs.write_text(print_component(model) if isinstance(model, s.Component) else print_module(model), options.output)
