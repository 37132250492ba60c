"""Virtual machines from what a request gives, and the files they leave."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.failures import BadRequest
from app.messages import FileData, MachineParams
from wasi_browser import Entry, Folder, Machine, Settings, SymbolicLink
from wasi_browser.platform.base import Platform
from wasi_browser.vfs.errors import FileError


def machine(given: MachineParams, on_output: Callable[[str, bytes], None], platform: Platform | None) -> Machine:
    """A machine with what `given` says. Raises `BadRequest` when the files do not fit together."""
    files = given.get("files")
    settings = Settings(
        argv=tuple(given.get("argv", ())),
        env=dict(given.get("env", {})),
        stdin=bytes(given.get("stdin", b"")),
        files=None if files is None else {path: _entry(path, data) for path, data in files.items()},
        on_output=on_output,
    )
    try:
        return Machine(settings, platform)
    except FileError as error:
        raise BadRequest(f"the files do not fit together: {error}") from None


def _entry(path: str, data: FileData) -> Entry:
    if "bytes" in data:
        return bytes(data["bytes"])
    if "link" in data:
        return SymbolicLink(data["link"])
    if data.get("dir"):
        return Folder()
    raise BadRequest(f"the file `{path}` has neither `bytes` nor `dir`")


def tree(files: Mapping[str, Entry]) -> dict[str, FileData]:
    """What a machine's file system holds."""
    return {path: _data(entry) for path, entry in files.items()}


def _data(entry: Entry) -> FileData:
    if isinstance(entry, Folder):
        return {"dir": True}
    if isinstance(entry, SymbolicLink):
        return {"link": entry.target}
    return {"bytes": entry}
