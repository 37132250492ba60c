"""Which import a provided interface answers: same name, compatible version (Explainer.md, "Canonical Interface Name")."""

from __future__ import annotations

from collections.abc import Iterable


def track(name: str) -> tuple[str, str]:
    """The name without its version, and the part of the version that must be the same for two to be compatible.

    `a:b/c@1.2.3` → `("a:b/c", "1")`, `@0.2.3` → `"0.2"`, `@0.0.3` → `"0.0.3"`; a pre-release is compatible only with itself.
    """
    base, _, version = name.partition("@")
    core = version.partition("+")[0]
    if "-" in core:
        return base, version
    major, _, rest = core.partition(".")
    if major != "0":
        return base, major
    minor, _, patch = rest.partition(".")
    return base, f"0.{minor}" if minor != "0" else f"0.0.{patch}"


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
