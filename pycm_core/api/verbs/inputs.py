"""What verbs read: files that hold a component or a core module, as bytes or as text."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pycm_core.base.errors import Malformed, PyCMError
from pycm_core.base.features import ALL_FEATURES, DEFAULT_FEATURES, Feature, Features
from pycm_core.base.source import Source
from pycm_core.component import syntax as s
from pycm_core.component.binary import decode as component_binary
from pycm_core.component.binary.encode import encode as encode_component
from pycm_core.component.text.parse import parse as parse_component
from pycm_core.wasm.binary.encode import encode as encode_module
from pycm_core.wasm.binary.module import decode as decode_module
from pycm_core.wasm.syntax.module import Module
from pycm_core.wasm.text.lexer import SList, Token, decode_utf8, read
from pycm_core.wasm.text.module import parse as parse_module

MAGIC = b"\0asm"


@dataclass(frozen=True, slots=True)
class Input:
    """What a file holds. `binary` is `None` when it was a text."""

    kind: str
    model: s.Component | Module
    binary: bytes | None

    def encoded(self) -> bytes:
        """The binary: as it was, or made from the text."""
        if self.binary is not None:
            return self.binary
        return encode_component(self.model) if isinstance(self.model, s.Component) else encode_module(self.model)


def add_file(parser: argparse.ArgumentParser, what: str) -> None:
    """The argument that names the input; `-` is the standard input."""
    parser.add_argument("file", type=Path, help=f"{what}; `-` for the standard input")


def intermixed(parser: argparse.ArgumentParser) -> None:
    """Let options stand between the positional arguments of a verb: `component embed WIT -w WORLD MODULE`."""
    parse = parser.parse_known_args

    def between(args: Any = None, namespace: Any = None) -> Any:
        parser.parse_known_args = parse  # type: ignore[method-assign]  # what follows calls it
        return parser.parse_known_intermixed_args(args, namespace)

    parser.parse_known_args = between  # type: ignore[method-assign]  # argparse has no other place to say it for one verb


def add_features(parser: argparse.ArgumentParser) -> None:
    """The option that allows gated features."""
    parser.add_argument(
        "-f",
        "--features",
        action="append",
        default=[],
        metavar="NAMES",
        help=f"gated features to allow besides the released ones: `all`, or some of {', '.join(f.value for f in Feature)}",
    )


def names(options: argparse.Namespace) -> list[str]:
    """The names given with `--features`."""
    return [name for given in options.features for name in given.split(",") if name]


def features(options: argparse.Namespace) -> Features:
    """The features allowed. Raises `PyCMError` for a name there is not."""
    known = {feature.value: feature for feature in Feature}
    chosen = set(DEFAULT_FEATURES)
    for name in names(options):
        if name == "all":
            return ALL_FEATURES
        if name not in known:
            raise PyCMError(f"unknown feature `{name}`", hint=f"there are: all, {', '.join(known)}")
        chosen.add(known[name])
    return frozenset(chosen)


def read_bytes(file: Path) -> bytes:
    """The content of a file, or of the standard input."""
    return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()


def load(file: Path, allowed: Features) -> Input:
    """Decode or parse. Raises `Malformed` or `Exhaustion`."""
    return load_bytes(read_bytes(file), str(file), allowed)


def binary(file: Path, allowed: Features) -> bytes:
    """The binary in a file, not looked at, or that of the text in it. Raises `Malformed` or `Exhaustion` for a text."""
    data = read_bytes(file)
    return data if data[:4] == MAGIC else load_bytes(data, str(file), allowed).encoded()


def load_bytes(data: bytes, name: str, allowed: Features) -> Input:
    """Decode or parse the content of a file. Raises `Malformed` or `Exhaustion`."""
    if data[:4] == MAGIC:
        kind = component_binary.kind(data)
        if kind == "module":
            return Input(kind, decode_module(data), data)
        return Input(kind, component_binary.decode(data, features=allowed), data)
    try:
        source = decode_utf8(data, name)
    except Malformed as error:
        raise Malformed(
            error.message, error.where, hint="this is neither a binary, which starts with the bytes 00 61 73 6d, nor a text"
        ) from None
    if is_component(source):
        return Input("component", parse_component(source, features=allowed), None)
    return Input("module", parse_module(source), None)


def is_component(source: Source) -> bool:
    """Whether the first list of a text is `(component ...)`."""
    first = next(iter(read(source).items), None)
    word = next(iter(first.items), None) if isinstance(first, SList) else None
    return isinstance(word, Token) and word.text == "component"


def write_text(text: str, output: Path | None) -> None:
    """To a file, or to the standard output."""
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text, encoding="utf-8")


def write_binary(data: bytes, output: Path | None) -> None:
    """To a file, or to the standard output where that is no terminal."""
    if output is not None:
        output.write_bytes(data)
    elif sys.stdout.isatty():
        raise PyCMError("a binary is nothing for a terminal", hint="name a file with `-o`")
    else:
        sys.stdout.buffer.write(data)
