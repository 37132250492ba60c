"""Which import a provided interface answers: same name, compatible version (Explainer.md, "Canonical Interface Name")."""

from __future__ import annotations

from collections.abc import Iterable

from pycm_core.base.semver import canonical_version


def track(name: str) -> tuple[str, str]:
    """The name without its version, and its canonical version (empty where it has none): `a:b/c@0.2.3` → `("a:b/c", "0.2")`."""
    base, _, version = name.partition("@")
    return base, version and canonical_version(version)


def provider(name: str, provided: Iterable[str]) -> str | None:
    """The provided name that answers the import `name`: the very name, else a compatible one."""
    wanted = track(name)
    found = None
    for candidate in provided:
        if candidate == name:
            return candidate
        if "@" in candidate and "@" in name and track(candidate) == wanted:
            found = candidate
    return found
