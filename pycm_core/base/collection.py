"""Building large trees without the garbage collector walking them again and again."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused_collection() -> Iterator[None]:
    """No cyclic garbage is collected inside, where none is made.

    Readers allocate millions of small objects that all stay alive; the collector, which runs by counts of allocations, would
    visit them over and over and make linear work take more than linear time.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
