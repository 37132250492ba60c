"""WIT packages that texts may use without bringing them along.

The core has none. Distributions register a function under the entry-point group `pycm.packages`; each gives its `KnownPackages`.
"""

from __future__ import annotations

from importlib import metadata

from pycm_core.wit.known import KnownPackages

GROUP = "pycm.packages"


def known_packages() -> KnownPackages:
    """All of them together. Nothing is read before it is needed."""
    return KnownPackages.union([entry.load()() for entry in metadata.entry_points(group=GROUP)])
