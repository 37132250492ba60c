"""Trees in and out of a machine: mappings, zip files, differences."""

from __future__ import annotations

import contextlib
import io
import random
import zipfile

import pytest

from wasi_browser import Folder, Machine, Settings, SymbolicLink
from wasi_browser.vfs.archive import tree_of, zip_of
from wasi_browser.vfs.errors import FileError
from wasi_browser.vfs.tree import Difference, difference

TREE = {
    "/a": b"1",
    "/dir": Folder(),
    "/dir/b.bin": bytes(range(256)) * 40,
    "/empty": Folder(),
    "/ünï": b"\xff",
    "/link": SymbolicLink("dir/b.bin"),
}


def test_a_tree_goes_in_and_comes_out():
    machine = Machine(Settings(files=TREE))
    assert machine.tree() == TREE
    assert machine.tree("/dir") == {"/b.bin": TREE["/dir/b.bin"]}


@pytest.mark.parametrize(
    "tree", [{"/a": b"", "a": b""}, {"/a": b"", "/a/b": b""}, {"/../x": b""}, {"/": b""}, {"/a\0": b""}, {"/big": bytes(2000)}]
)
def test_trees_that_do_not_fit(tree):
    with pytest.raises(FileError):
        Machine(Settings(files=tree, file_capacity=1000))


def test_preopening_what_is_not_there():
    from wasi_browser import Preopen

    for path in ("/none", "/a"):
        with pytest.raises(FileError):
            Machine(Settings(files=TREE, preopens={"/": Preopen(path)}))


def test_zip():
    packed = zip_of(TREE)
    assert packed == zip_of(dict(reversed(TREE.items())))
    assert tree_of(packed) == TREE
    names = zipfile.ZipFile(io.BytesIO(packed)).namelist()
    assert names == ["a", "dir/", "dir/b.bin", "empty/", "link", "ünï"]


def test_zip_from_elsewhere():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("deep/er/file.txt", "x")
        archive.writestr("./dot", "y")
    assert tree_of(out.getvalue()) == {"/deep/er/file.txt": b"x", "/dot": b"y"}


def test_bad_zips():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../out", "x")
    with pytest.raises(FileError, match="leaves"):
        tree_of(out.getvalue())
    with pytest.raises(FileError, match="more than"):
        tree_of(zip_of({"/bomb": bytes(1 << 20)}), limit=1 << 19)
    packed = zip_of(TREE)
    rng = random.Random(7)
    for broken in (b"", b"PK", packed[:50], *(corrupted(packed, rng) for _ in range(300))):
        with contextlib.suppress(FileError):
            tree_of(broken, limit=1 << 20)


def corrupted(data, rng):
    """`data` with one byte changed."""
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ rng.randrange(1, 256)]) + data[at + 1 :]


def test_difference():
    after = {**TREE, "/a": b"2", "/new": b""}
    del after["/empty"]
    assert difference(TREE, after) == Difference(added=("/new",), removed=("/empty",), changed=("/a",))
