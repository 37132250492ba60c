"""The table of what each instruction becomes; the modules that fill it are listed in `translate`."""

from __future__ import annotations

from collections.abc import Callable

from pycm_core.wasm.exec.function import Emit
from pycm_core.wasm.syntax.instructions import BY_NAME, Op

EMIT: dict[Op, Emit] = {}


def emits(*names: str) -> Callable[[Emit], Emit]:
    """Register a function for instructions of these names."""

    def register(emit: Emit) -> Emit:
        for name in names:
            EMIT[BY_NAME[name]] = emit
        return emit

    return register
