"""Runs in Pyodide, whose bytecode this must be: puts the compiled form of every module beside its source in the archive.

A plain boot then compiles nothing, and the memory that a snapshot is taken of never held the compiler's work. The sources stay, for
tracebacks; unchecked hashes, because both come from one build.
"""

import importlib.util
import marshal
import zipfile

EPOCH = (1980, 1, 1, 0, 0, 0)
UNCHECKED_HASH = 1


def compile_archive(source: str, target: str, folder: str) -> None:
    """Read the zip `source`, write the zip `target`; tracebacks will speak of files in `folder`."""
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as compiled:
        for name in archive.namelist():
            text = archive.read(name)
            compiled.writestr(zipfile.ZipInfo(name, EPOCH), text, zipfile.ZIP_DEFLATED, 9)
            if name.endswith(".py"):
                code = compile(text, f"{folder}/{name}", "exec", dont_inherit=True)
                head = importlib.util.MAGIC_NUMBER + UNCHECKED_HASH.to_bytes(4, "little") + importlib.util.source_hash(text)
                compiled.writestr(zipfile.ZipInfo(f"{name}c", EPOCH), head + marshal.dumps(code), zipfile.ZIP_DEFLATED, 9)
