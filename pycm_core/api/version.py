"""The version of this distribution."""

from __future__ import annotations

from importlib import metadata

DISTRIBUTION = "pycm-component-model"


def version() -> str:
    """What is installed; `dev` where the package runs from its sources."""
    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return "dev"
