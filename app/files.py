"""Trees of files as zip files, and back, for the page."""

from __future__ import annotations

import errno

from app.machines import entries, tree
from app.messages import UnzipParams, UnzipResult, ZipParams, ZipResult
from pycm_core.base.errors import Exhaustion, Malformed
from wasi_browser import tree_of, zip_of
from wasi_browser.vfs.errors import FileError


def unzip(params: UnzipParams) -> UnzipResult:
    """What a zip file holds. Raises `Malformed` for what is none or holds no tree of files, `Exhaustion` past a limit."""
    try:
        return {"files": tree(tree_of(bytes(params["bytes"])))}
    except FileError as error:
        if error.errno == errno.EFBIG:
            raise Exhaustion(str(error)) from None
        raise Malformed(str(error)) from None


def zipped(params: ZipParams) -> ZipResult:
    """A zip file of these files. Raises `BadRequest` for what is no file."""
    return {"bytes": zip_of(entries(params["files"]))}
