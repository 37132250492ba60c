"""WASI's WIT packages as they were published, for texts that use them (README.md beside this file says whence)."""

from __future__ import annotations

from importlib.resources import files

from pycm_core.base.source import Source
from pycm_core.wit.known import KnownPackages
from pycm_core.wit.model import PackageName

RELEASES = {
    "0.2": ("0.2.12", ("cli", "clocks", "filesystem", "http", "io", "random", "sockets")),
    "0.3": ("0.3.0", ("cli", "clocks", "filesystem", "http", "random", "sockets")),
}
"""Version and packages of each release, by its folder."""


def packages() -> KnownPackages:
    """WASI 0.2.12, which answers for 0.2.0 to 0.2.11 too, and 0.3.0. Nothing is read before it is needed."""
    return KnownPackages([PackageName("wasi", name, version) for version, names in RELEASES.values() for name in names], _read)


def _read(package: PackageName) -> list[Source]:
    release = next(folder for folder, (version, _) in RELEASES.items() if version == package.version)
    folder = files(__name__).joinpath(release, package.name)
    texts = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".wit")), key=lambda entry: entry.name)
    return [Source(text.read_text("utf-8"), f"{package}/{text.name}") for text in texts]
