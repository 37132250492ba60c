"""Random bytes: seeded by default, so that a run repeats; the platform's on request."""

from __future__ import annotations

import random as generators
from typing import Protocol

from wasi_browser.platform.base import Platform


class Random(Protocol):
    """Where random numbers come from."""

    def take(self, count: int) -> bytes:
        """`count` fresh bytes."""

    def number(self) -> int:
        """A fresh 64-bit number."""


class SeededRandom:
    """The same bytes for the same seed and the same requests. `stream` tells independent sequences of one seed apart."""

    __slots__ = ("_generator",)

    def __init__(self, seed: int, stream: str = "") -> None:
        self._generator = generators.Random(f"{seed}/{stream}")

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        return self._generator.randbytes(count)

    def number(self) -> int:
        """The next 64 bits."""
        return self._generator.getrandbits(64)


class RealRandom:
    """The platform's cryptographic generator."""

    __slots__ = ("_platform",)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def take(self, count: int) -> bytes:
        """`count` bytes nobody can foresee."""
        return self._platform.random(count)

    def number(self) -> int:
        """64 bits nobody can foresee."""
        return int.from_bytes(self._platform.random(8), "little")
