"""A zip file of the system as a mount: a copy of it in memory, which can be written back."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from pycm_core.base.errors import PyCMError
from wasi_browser.platform.confinement import failing
from wasi_browser.vfs.archive import tree_of, zip_of
from wasi_browser.vfs.mount import MemoryMount


def is_file(path: str) -> bool:
    """Whether there is a file, and no directory."""
    return os.path.isfile(path)


class ZipMount(MemoryMount):
    """What the zip file `path` holds. With `saved`, `save` writes it anew where it has changed, and it need not be there yet."""

    __slots__ = ("path", "saved")

    def __init__(self, path: str, *, writable: bool = False, saved: bool = False, capacity: int = 1 << 29) -> None:
        """Raises `FileError`: for what is no zip file, holds no tree (`wasi_browser.vfs.archive`), or more than `capacity`."""
        self.path = path
        self.saved = saved
        tree, modified = {}, 0
        if is_file(path) or not saved:
            with failing():
                modified = os.stat(path).st_mtime_ns
                data = Path(path).read_bytes()
            tree = tree_of(data)
        super().__init__(tree, writable=writable, capacity=capacity, start=modified)

    def save(self) -> None:
        """Write the file, whole or not at all, where it is to be saved and has changed. Raises `PyCMError`."""
        if not self.saved or not self.changes():
            return
        folder, name = os.path.split(os.path.abspath(self.path))
        written = ""
        try:
            handle, written = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
            with os.fdopen(handle, "wb") as file:
                file.write(zip_of(self.snapshot()))
            os.chmod(written, 0o644)
            os.replace(written, self.path)
        except OSError as error:
            with suppress(OSError):
                os.unlink(written)
            raise PyCMError(f"`{self.path}` cannot be saved: {error.strerror}") from None
