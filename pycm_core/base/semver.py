"""Semantic versions, as far as names of interfaces carry them."""

from __future__ import annotations


def canonical_version(version: str) -> str:
    """What versions that are compatible have in common (Explainer.md, "Canonical Interface Name").

    `1.2.3` → `1`, `0.2.3` → `0.2`, `0.0.3` → `0.0.3`. A pre-release is compatible only with itself; build metadata never counts.
    """
    core, pre, _ = (whole := version.partition("+")[0]).partition("-")
    if pre:
        return whole
    major, _, rest = core.partition(".")
    if major != "0":
        return major
    minor, _, patch = rest.partition(".")
    return f"0.{minor}" if minor != "0" else f"0.0.{patch}"
