"""Resource handles in WAVE text. WAVE leaves them open (WAVE README, "Resources"); ours are written `name#n`, as in `counter#1`."""

from __future__ import annotations

from typing import Any, Protocol


class Handles(Protocol):
    """What the caller knows of live handles. `type` is an `Own`, `Borrow`, `Stream`, `Future` or `Prim.ERROR_CONTEXT`."""

    def resolve(self, text: str, type: Any) -> Any:
        """The handle that `text` (`counter#1`) names; `KeyError` when there is none for this type."""
        ...

    def name(self, value: Any, type: Any) -> str:
        """The text that names `value`, given now if it has none yet."""
        ...
