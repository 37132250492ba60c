"""Failures of the file system, by their POSIX number."""

from __future__ import annotations

import errno


class FileError(Exception):
    """An operation failed; `errno` is one of Python's `errno` numbers."""

    def __init__(self, number: int, message: str = "") -> None:
        super().__init__(message or errno.errorcode.get(number, str(number)))
        self.errno = number


class Escape(FileError):
    """A path would have left the directory it started from."""

    def __init__(self) -> None:
        super().__init__(errno.EPERM, "the path leaves its directory")
