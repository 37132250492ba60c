"""The component corpus: its tests, and how a command of it is run."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any

from pycm_core.api import Component, Exhaustion, Linker, Store, Trap
from tests.wasi.origin import ORIGIN, origin
from wasi_browser import Entry, Folder, HttpGrant, Machine, Preopen, Settings, SymbolicLink, Tree, link, run
from wasi_browser.http.web import VirtualWeb

SHARED = Path(os.environ.get("PYCM_SHARED", Path(__file__).parents[2].parent / "shared"))
FOLDER = SHARED / "components"


def manifest() -> dict[str, Any]:
    """The manifest, or one without tests where the corpus is absent."""
    path = FOLDER / "manifest.json"
    return json.loads(path.read_text()) if path.exists() else {"components": {}, "tests": []}


def binary(name: str) -> bytes:
    """The bytes of a component."""
    return (FOLDER / manifest()["components"][name]["file"]).read_bytes()


def fixture(name: str | None, empty: list[str]) -> dict[str, Entry]:
    """A folder of the corpus as a tree; `empty` are folders that git does not keep."""
    if name is None:
        return {}
    tree = real_tree(FOLDER / "fixtures" / name)
    for folder in empty:
        if folder.split("/")[0] == name:
            tree["/" + folder.partition("/")[2]] = Folder()
    return tree


def settings(test: dict[str, Any], data: dict[str, Any], **more: Any) -> Settings:
    """The machine a `cli` test asks for."""
    stdin = test["stdin"]
    if isinstance(stdin, dict):
        stdin = base64.b64decode(stdin["b64"])
    elif isinstance(stdin, str):
        stdin = stdin.encode()
    given: dict[str, Any] = {
        "argv": (test["argv0"], *(argument.replace("{ORIGIN}", ORIGIN) for argument in test["args"])),
        "env": {name: value.replace("{ORIGIN}", ORIGIN) for name, value in test["env"].items()},
        "http": HttpGrant(VirtualWeb({ORIGIN: origin})),
        "stdin": stdin or b"",
        **more,
    }
    preopen = test.get("preopen")
    if preopen is not None:
        given["files"] = fixture(preopen["fixture"], data.get("empty_directories", []))
        given["preopens"] = {preopen["guest"]: Preopen()}
    return Settings(**given)


def real_tree(folder: Path) -> dict[str, Entry]:
    """A real folder as a tree."""
    tree: dict[str, Entry] = {}
    for path in sorted(folder.rglob("*")):
        inside = "/" + path.relative_to(folder).as_posix()
        if path.is_symlink():
            tree[inside] = SymbolicLink(os.readlink(path))
        else:
            tree[inside] = Folder() if path.is_dir() else path.read_bytes()
    return tree


def lay_out(tree: Tree, folder: Path) -> None:
    """A tree as real files."""
    for path, entry in tree.items():
        place = folder / path[1:]
        place.parent.mkdir(parents=True, exist_ok=True)
        match entry:
            case Folder():
                place.mkdir(exist_ok=True)
            case SymbolicLink(target):
                place.symlink_to(target)
            case _:
                place.write_bytes(entry)


def run_command(engine: Any, component: Component, machine: Machine) -> tuple[int | None, Exception | None]:
    """Call the command: its exit code, or the trap it ended with."""
    linker = Linker()
    linker.add(*link(machine))
    try:
        code = run(linker.instantiate(Store(engine), component).func("wasi:cli/run#run"))
    except (Trap, Exhaustion) as trap:
        return None, trap
    return min(code, 1), None  # the manifest knows success and failure only


def check_text(kind: str, expect: dict[str, Any], stream: str, found: bytes) -> str | None:
    """What is wrong with an output, if anything."""
    if kind == "ignore":
        return None
    if kind == "sha256":
        wanted = expect[f"{stream}_sha256"]
        return None if hashlib.sha256(found).hexdigest() == wanted else f"{stream}: {len(found)} bytes, another hash"
    text = found.decode("utf-8", "replace")
    if kind == "regex":
        return None if re.fullmatch(expect[f"{stream}_regex"], text, re.S) else f"{stream}: {text!r} does not match"
    wanted = expect.get(stream, "")
    if kind == "lines-sorted":
        text, wanted = "".join(sorted(text.splitlines(True))), "".join(sorted(wanted.splitlines(True)))
    return None if text == wanted else f"{stream}: {text[-400:]!r}, expected {wanted[-400:]!r}"


def check_files(wanted: dict[str, Any], found: dict[str, Entry]) -> str | None:
    """What is wrong with the files after the run, if anything."""
    seen: dict[str, Any] = {}
    for path, entry in found.items():
        match entry:
            case Folder():
                seen[path] = {"dir": True}
            case SymbolicLink(target):
                seen[path] = {"link": target}
            case bytes():
                seen[path] = {"size": len(entry), "sha256": hashlib.sha256(entry).hexdigest()}
    wanted = {path: {k: v for k, v in entry.items() if k != "content"} for path, entry in wanted.items()}
    return None if seen == wanted else f"files: {seen}, expected {wanted}"
