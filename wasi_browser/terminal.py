"""A terminal: for now only the fact that a stream is one."""

from __future__ import annotations


class Terminal:
    """One side of a terminal; `name` is the stream it stands behind."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name
