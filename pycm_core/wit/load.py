"""Packages from files and directories (WIT.md, "Filesystem structure")."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from pycm_core.base.errors import WitError
from pycm_core.base.limits import DEFAULT_LIMITS, Limits
from pycm_core.base.source import Source
from pycm_core.wit import model as m
from pycm_core.wit.resolve import resolve


def load(path: Path | str, *, features: Collection[str] = (), limits: Limits = DEFAULT_LIMITS) -> m.Resolve:
    """Resolve a `.wit` file, or a directory with its `deps`. Raises `WitError`, also when it cannot be read, or `Exhaustion`."""
    sources, deps = read(Path(path))
    return resolve(sources, deps, features=features, limits=limits)


def read(path: Path) -> tuple[list[Source], list[list[Source]]]:
    """The texts of the root package, and those of each dependency."""
    try:
        if not path.is_dir():
            return [_source(path)], []
        deps: list[list[Source]] = []
        folder = path / "deps"
        if folder.is_dir():
            for entry in sorted(folder.iterdir()):
                if entry.is_dir():
                    deps.append(_directory(entry))
                elif entry.suffix == ".wit":
                    deps.append([_source(entry)])
        return _directory(path), deps
    except OSError as e:
        raise WitError(f"`{path}` cannot be read: {e.strerror or e}") from None


def _directory(path: Path) -> list[Source]:
    return [_source(entry) for entry in sorted(path.iterdir()) if entry.suffix == ".wit" and entry.is_file()]


def _source(path: Path) -> Source:
    try:
        return Source(path.read_bytes().decode("utf-8"), str(path))
    except UnicodeDecodeError as e:
        raise WitError(f"`{path}` is not UTF-8: byte {e.start}") from None
