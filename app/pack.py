"""Packs what Python in the worker needs into one zip: `pycm_core`, `wasi_browser`, `app` and lark.

`python -m app.pack FILE`. The same sources give the same bytes. One `.zip` and no wheels, because some networks block `.whl`.
"""

from __future__ import annotations

import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parent.parent
OURS = ("pycm_core", "wasi_browser", "app")
NOT_IN_THE_WORKER = {"app/pack.py", "app/protocol.py", "app/serve.py"}
KINDS = {".py", ".lark", ".wit", ".json"}
EPOCH = (1980, 1, 1, 0, 0, 0)


def sources() -> Iterator[tuple[str, Path]]:
    """Name in the archive and file."""
    lark = find_spec("lark")
    assert lark is not None and lark.origin is not None
    roots = [ROOT / name for name in OURS] + [Path(lark.origin).parent]
    found = {f"{root.name}/{path.relative_to(root).as_posix()}": path for root in roots for path in root.rglob("*")}
    for name, path in found.items():
        if path.is_file() and path.suffix in KINDS and name not in NOT_IN_THE_WORKER and "__pyinstaller" not in name:
            yield name, path


def pack(target: Path) -> None:
    """Write the archive."""
    target.parent.mkdir(parents=True, exist_ok=True)
    files = {name: path.read_bytes() for name, path in sources()} | dict([metadata()])
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, EPOCH), files[name], zipfile.ZIP_DEFLATED, 9)


def metadata() -> tuple[str, bytes]:
    """What `importlib.metadata` reads the version from, as an installed package has it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    name, version = project["name"], project["version"]
    text = f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n"
    return f"{name.replace('-', '_')}-{version}.dist-info/METADATA", text.encode()


if __name__ == "__main__":
    pack(Path(sys.argv[1]))
