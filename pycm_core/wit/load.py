"""Packages from files and directories (WIT.md, "Filesystem structure")."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from pycm_core.base.errors import WitError
from pycm_core.base.features import ALL_FEATURES
from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.base.source import Source
from pycm_core.component.text.parse import parse as parse_text
from pycm_core.component.valid.validate import validate
from pycm_core.wit import model as m
from pycm_core.wit.advice import advice
from pycm_core.wit.deprecated import deprecated
from pycm_core.wit.from_component import wit_of_component
from pycm_core.wit.known import KnownPackages
from pycm_core.wit.metadata import wit_of_bytes
from pycm_core.wit.resolve import Dependency, Library, Link, resolve


def load(
    path: Path | str,
    *,
    features: Collection[str] = (),
    limits: Limits = DEFAULT_LIMITS,
    known: KnownPackages | None = None,
) -> m.Resolve:
    """Resolve a `.wit` file, a directory with its `deps`, or a package or component as `.wasm` or component text (`.wat`).

    `known` packages are taken when they are needed and not in `deps`.
    Raises `WitError` (also for a file that cannot be read), `Malformed`, `Invalid` or `Exhaustion`.
    """
    path = Path(path)
    if path.suffix in _BINARY and not path.is_dir():
        return _resolved(path, limits)
    sources, deps = read(path, limits)
    if not sources:
        raise WitError(f"there is no `.wit` file in `{path}`", hint="a package is a `.wit` file, or a directory of them")
    return resolve(sources, deps, features=features, limits=limits, known=known)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What texts mean, as far as they could be resolved; every error there is; and what tools let pass, but WIT.md does not (`advice`)."""

    resolve: m.Resolve
    errors: tuple[WitError, ...]
    warnings: tuple[WitError, ...]


def load_all(
    sources: Sequence[Source],
    deps: Sequence[Dependency] = (),
    *,
    features: Collection[str] = (),
    limits: Limits = DEFAULT_LIMITS,
    known: KnownPackages | None = None,
) -> Loaded:
    """Resolve what `read` gives, with all errors and warnings. Raises only `Exhaustion`."""
    library = Library([d for d in deps if isinstance(d, m.Resolve)], features=features, limits=limits, known=known)
    errors: list[WitError] = list(library.errors)
    links: list[Link] = []
    root = library.parse(sources, errors)
    texts = [library.parse(group, errors) for group in deps if not isinstance(group, m.Resolve)]
    resolved = library.resolve(root, texts, errors, links)
    return Loaded(resolved, tuple(errors), (*advice(root, links), *deprecated(resolved, links, root)))


_BINARY = (".wasm", ".wat")


def read(path: Path, limits: Limits = DEFAULT_LIMITS) -> tuple[list[Source], list[Dependency]]:
    """The texts of the root package, and its dependencies."""
    try:
        if not path.is_dir():
            return [_source(path)], []
        deps: list[Dependency] = []
        folder = path / "deps"
        if folder.is_dir():
            for entry in sorted(folder.iterdir()):
                if entry.is_dir():
                    deps.append(_directory(entry))
                elif entry.suffix == ".wit":
                    deps.append([_source(entry)])
                elif entry.suffix in _BINARY:
                    deps.append(_resolved(entry, limits))
        return _directory(path), deps
    except OSError as e:
        raise WitError(f"`{path}` cannot be read: {e.strerror or e}") from None


def _resolved(path: Path, limits: Limits) -> m.Resolve:
    try:
        if path.suffix == ".wasm":
            return wit_of_bytes(path.read_bytes(), limits)
    except OSError as e:
        raise WitError(f"`{path}` cannot be read: {e.strerror or e}") from None
    component = parse_text(_source(path), limits=limits, features=ALL_FEATURES)
    return wit_of_component(validate(component, limits=limits, features=ALL_FEATURES))


def _directory(path: Path) -> list[Source]:
    return [_source(entry) for entry in sorted(path.iterdir()) if entry.suffix == ".wit" and entry.is_file()]


def _source(path: Path) -> Source:
    try:
        return Source(path.read_bytes().decode("utf-8"), str(path))
    except UnicodeDecodeError as e:
        raise WitError(f"`{path}` is not UTF-8: byte {e.start}") from None
