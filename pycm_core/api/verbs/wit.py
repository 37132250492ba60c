"""`pycm wit`: the WIT of a component or of a package; `pycm wit diff OLD NEW` compares two."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pycm_core.api.packages import known_packages
from pycm_core.api.verbs import inputs
from pycm_core.assemble import choose_world
from pycm_core.assemble.worlds import merge_world
from pycm_core.base.errors import Malformed, PyCMError
from pycm_core.base.features import ALL_FEATURES
from pycm_core.base.render import render
from pycm_core.base.source import Source
from pycm_core.component.binary.decode import kind
from pycm_core.component.binary.encode import encode
from pycm_core.component.text.parse import parse as parse_component
from pycm_core.component.text.print import print_component
from pycm_core.component.valid.validate import validate
from pycm_core.wasm.text.lexer import decode_utf8
from pycm_core.wit import Resolve, load, print_wit, resolve, to_json, wit_of_bytes, wit_of_component
from pycm_core.wit.diff import Change, diff
from pycm_core.wit.encode import package_component
from pycm_core.wit.load import Loaded, load_all
from pycm_core.wit.load import read as read_texts
from pycm_core.wit.model import PackageName
from pycm_core.wit.print import print_package
from pycm_core.wit.resolve import ALL, Dependency
from pycm_core.wit.suffixes import with_canonical_names
from pycm_core.wit.turn import exportize, importize

COMPONENT = PackageName("root", "component")
"""The package that the WIT of a component is said in."""


def add(verbs: Any) -> None:
    """Declare the verb."""
    parser = verbs.add_parser(
        "wit",
        help="print the WIT of a component, or of a package; `wit diff OLD NEW` says what a change breaks",
        description="Print the WIT of a component, or of a package (file or directory). `pycm wit diff OLD NEW` says what a change breaks.",
    )
    parser.set_defaults(verb=run, file=Path("wit"))
    inputs.intermixed(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("-j", "--json", action="store_true", help="the resolved model as JSON")
    form.add_argument("-w", "--wasm", action="store_true", help="the package as a WebAssembly binary")
    form.add_argument("-t", "--wat", action="store_true", help="the package as WebAssembly text")
    form.add_argument("--check", action="store_true", help="show every error and warning; the exit code says whether it resolves")
    form.add_argument(
        "--out-dir", type=Path, metavar="DIR", help="write every package known, each as a file, those it needs in `deps/`"
    )
    parser.add_argument("-o", "--output", type=Path, help="where to write; the standard output when it is left out")
    parser.add_argument("--no-docs", action="store_true", help="leave documentation out of WIT text")
    parser.add_argument("--skip-validation", action="store_true", help="do not check what `--wasm` and `--wat` make")
    parser.add_argument(
        "--emit-canonical-names",
        action="store_true",
        help="with `--wasm` and `--wat`: write `wasi:cli/exit@0.2` with the rest of the version beside it (🔗, which few tools read yet)",
    )
    parser.add_argument(
        "--features", action="append", default=[], metavar="NAMES", help="`@unstable` features to keep, separated by commas"
    )
    parser.add_argument("--all-features", action="store_true", help="keep all `@unstable` features")
    turn = parser.add_mutually_exclusive_group()
    turn.add_argument("--importize", action="store_true", help="of a component: a world that imports what it exports")
    turn.add_argument("--importize-world", metavar="WORLD", help="of a package: a world that imports what WORLD exports")
    turn.add_argument("--exportize", action="store_true", help="of a component: a world that exports what it imports")
    turn.add_argument("--exportize-world", metavar="WORLD", help="of a package: a world that exports what WORLD imports")
    turn.add_argument(
        "--merge-world-imports-based-on-semver",
        metavar="WORLD",
        help="import only the newest of compatible versions of an interface, as `component new` does",
    )
    parser.add_argument("--importize-out-world-name", metavar="NAME", help="the name of that world (WORLD-importized)")
    parser.add_argument("--exportize-out-world-name", metavar="NAME", help="the name of that world (WORLD-exportized)")
    parser.add_argument(
        "--exportize-import", action="append", default=[], metavar="IMPORT", help="export only this import; may be repeated"
    )
    parser.add_argument(
        "files",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="a .wasm, .wat or .wit file, or a directory with .wit files; `-` or none: the standard input",
    )


def run(options: argparse.Namespace) -> int:
    """Print it."""
    files: list[Path] = options.files or [Path("-")]
    if files[0] == Path("diff") and len(files) == 3:
        return compare(options, files[1], files[2])
    if len(files) > 1:
        raise PyCMError(f"expected one file or directory, found {len(files)}", hint="to compare two: `pycm wit diff OLD NEW`")
    options.file = files[0]
    if options.check and (given := texts(files[0])) is not None:
        return check(load_all(*given, features=features(options), known=known_packages()))
    resolved = turned(read(files[0], features(options)), options)
    if options.check:
        return 0
    if options.out_dir is not None:
        write_packages(resolved, options.out_dir, docs=not options.no_docs)
    elif options.wasm or options.wat:
        component = package_component(resolved)
        if options.emit_canonical_names:
            component = with_canonical_names(component)
        if not options.skip_validation:
            validate(component, features=ALL_FEATURES)
        if options.wasm:
            inputs.write_binary(encode(component), options.output)
        else:
            inputs.write_text(print_component(component), options.output)
    else:
        text = json.dumps(to_json(resolved), indent=2) + "\n" if options.json else print_wit(resolved, docs=not options.no_docs)
        inputs.write_text(text, options.output)
    return 0


def texts(file: Path) -> tuple[list[Source], list[Dependency]] | None:
    """The texts of a file or directory and of its dependencies; `None` when it is no WIT text."""
    if file.is_dir() or file.suffix == ".wit":
        return read_texts(file)
    data = inputs.read_bytes(file)
    return None if data[:4] == inputs.MAGIC or data.lstrip()[:1] == b"(" else ([decode_utf8(data, str(file))], [])


MOST = 50
"""How many errors are shown: who has more begins with the first."""


def check(loaded: Loaded) -> int:
    """Show every error and every warning; the exit code says whether there is an error."""
    shown = [*(render(e) for e in loaded.errors[:MOST]), *(render(w, severity="warning") for w in loaded.warnings[:MOST])]
    hidden = len(loaded.errors) + len(loaded.warnings) - len(shown)
    if hidden:
        shown.append(f"… and {hidden} more")
    if shown:
        sys.stderr.write("\n\n".join(shown) + "\n")
    return int(bool(loaded.errors))


def features(options: argparse.Namespace) -> list[str]:
    """The `@unstable` features that are open."""
    return [ALL] if options.all_features else inputs.names(options)


def turned(resolved: Resolve, options: argparse.Namespace) -> Resolve:
    """The packages after what `--importize` and its like ask for. Raises `WitError`."""
    if (options.importize or options.exportize) and resolved.packages[resolved.main].name != COMPONENT:
        word = "importize" if options.importize else "exportize"
        raise PyCMError(f"`--{word}` is for components, and this is a WIT package", hint=f"name a world: `--{word}-world WORLD`")
    if options.importize or options.importize_world:
        return importize(resolved, choose_world(resolved, options.importize_world), options.importize_out_world_name)
    if options.exportize or options.exportize_world:
        world = choose_world(resolved, options.exportize_world)
        return exportize(resolved, world, options.exportize_out_world_name, options.exportize_import)
    if options.merge_world_imports_based_on_semver:
        return merge_world(resolved, choose_world(resolved, options.merge_world_imports_based_on_semver))
    return resolved


def write_packages(resolved: Resolve, folder: Path, *, docs: bool) -> None:
    """Every package as a file that can be read again: the root as `NAME.wit`, the others in `deps/`."""
    seen: set[str] = set()
    for index, package in enumerate(resolved.packages):
        name = package.name
        stem = name.name.replace("/", "-")
        if stem in seen or sum(p.name.name == name.name for p in resolved.packages) > 1:
            stem = f"{name.namespace.replace(':', '-')}-{stem}" + (f"@{name.version}" if name.version else "")
        seen.add(stem)
        path = folder / f"{stem}.wit" if index == resolved.main else folder / "deps" / f"{stem}.wit"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(print_package(resolved, index, docs=docs), encoding="utf-8")
        sys.stdout.write(f"Writing: {path}\n")


def read(file: Path, chosen: list[str]) -> Resolve:
    """The packages of a file or directory. Raises `WitError`, `Malformed`, `Invalid`, `Exhaustion`."""
    if file.is_dir() or file.suffix in (".wit", ".wat"):
        return load(file, features=chosen, known=known_packages())
    data = inputs.read_bytes(file)
    if data[:4] != inputs.MAGIC:
        return from_text(data, str(file), chosen)
    if kind(data) == "module" and b"component-type" not in data:
        raise Malformed(
            "this is a core module, which has no WIT of its own",
            hint="`pycm component embed` gives it a world, and `pycm component new` makes a component of that",
        )
    return wit_of_bytes(data)


def from_text(data: bytes, name: str, chosen: list[str]) -> Resolve:
    """The packages of a text without a name that says what it is: WIT, or a component's text."""
    source = decode_utf8(data, name)
    if source.text.lstrip()[:1] == "(":
        return wit_of_component(validate(parse_component(source, features=ALL_FEATURES), features=ALL_FEATURES))
    return resolve([source], features=chosen, known=known_packages())


def compare(options: argparse.Namespace, old: Path, new: Path) -> int:
    """What changed and for whom it breaks; the exit code is 1 when the change is breaking."""
    found = diff(read(old, features(options)), read(new, features(options)))
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
