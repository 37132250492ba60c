"""The version of this distribution."""

from __future__ import annotations

from importlib import metadata

DISTRIBUTION = "pycm-component-model"


def version() -> str:
    """What is installed; `0` where the package runs from an archive without metadata."""
    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return "0"
