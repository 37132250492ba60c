"""Trees in and out of a machine: mappings, zip files, differences."""

from __future__ import annotations

import contextlib
import errno
import io
import random
import warnings
import zipfile

import pytest

from wasi_browser import Difference, Folder, Limits, Machine, MemoryMount, Settings, SymbolicLink, difference, tree_of, zip_of
from wasi_browser.vfs.errors import FileError

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


def archive_of(*entries, **fields):
    """A zip file of (name, content) pairs, whatever the names; `fields` are set on every entry's description."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", fields.get("compress_type", zipfile.ZIP_STORED)) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, content in entries:
            info = zipfile.ZipInfo("x", (1980, 1, 1, 0, 0, 0))
            info.filename = name
            for field, value in fields.items():
                setattr(info, field, value)
            archive.writestr(info, content)
    return out.getvalue()


def unix(mode):
    return {"create_system": 3, "external_attr": mode << 16}


LINK, FIFO, DEVICE = unix(0o120777), unix(0o010644), unix(0o020644)
LIAR = archive_of(("a", b"x" * 1000), compress_type=zipfile.ZIP_DEFLATED).replace((1000).to_bytes(4, "little"), b"\x05\0\0\0")
"""An archive whose file is longer than it says."""

HOSTILE = {
    "climbs": (archive_of(("../out", b"x")), "leaves"),
    "climbs from below": (archive_of(("a/../../out", b"x")), "leaves"),
    "climbs with backslashes": (archive_of(("..\\out", b"x"), create_system=0), "leaves"),
    "is absolute": (archive_of(("/etc/passwd", b"x")), "leaves"),
    "is absolute elsewhere": (archive_of(("C:\\a", b"x"), create_system=0), "leaves"),
    "is there twice": (archive_of(("a", b"1"), ("a", b"2")), "twice"),
    "is there twice under two names": (archive_of(("a", b"1"), ("./a", b"2")), "twice"),
    "is a file and a directory": (archive_of(("a", b"1"), ("a/", b"")), "twice"),
    "lies in a file": (archive_of(("a", b"1"), ("a/b", b"2")), "something else"),
    "lies below a file": (archive_of(("a/b/c", b"1"), ("a", b"2")), "something else"),
    "lies behind a link": (archive_of(("a", b"b"), ("a/b", b"x"), **LINK), "something else"),
    "links to an absolute path": (archive_of(("a", b"/etc/passwd"), **LINK), "links out"),
    "links to nothing": (archive_of(("a", b""), **LINK), "links out"),
    "links beyond a NUL": (archive_of(("a", b"b\0c"), **LINK), "links out"),
    "links to no text": (archive_of(("a", b"\xff\xfe"), **LINK), "not a readable zip"),
    "links too far": (archive_of(("a", b"a/" * 3000), **LINK), "links out"),
    "is a pipe": (archive_of(("a", b""), **FIFO), "neither"),
    "is a device": (archive_of(("a", b""), **DEVICE), "neither"),
    "has a NUL": (archive_of(("a\0b", b"x")), "no proper name"),
    "has no name": (archive_of(("", b"x")), "no proper name"),
    "is only dots": (archive_of(("./.", b"x")), "names no file"),
    "has a long name": (archive_of(("n" * 256, b"x")), "too long"),
    "has a long path": (archive_of(("n/" * 2100 + "n", b"x")), "too long"),
    "is encrypted": (archive_of(("a", b"x")).replace(b"PK\x01\x02\x14\x00\x14\x00\0\0", b"PK\x01\x02\x14\x00\x14\x00\x01\0")
                     .replace(b"PK\x01\x02\x14\x03\x14\x00\0\0", b"PK\x01\x02\x14\x03\x14\x00\x01\0"), "encrypted"),
    "is compressed otherwise": (archive_of(("a", b"x" * 99), compress_type=zipfile.ZIP_BZIP2), "method 12"),
    "is longer than it says": (LIAR, "not a readable zip"),
    "is empty": (b"", "not a readable zip"),
    "is cut": (archive_of(("a", b"x"))[:50], "not a readable zip"),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_no_tree_is_refused(what):
    data, said = HOSTILE[what]
    with pytest.raises(FileError, match=said) as refused:
        tree_of(data)
    assert refused.value.errno == errno.EINVAL


def test_bombs_end_at_a_limit_before_they_are_unpacked():
    bomb = zip_of({f"/{n}": bytes(1 << 20) for n in range(64)})
    assert len(bomb) < 100_000
    for limits in (Limits(size=1 << 25), Limits(entries=63)):
        with pytest.raises(FileError, match="more than") as refused:
            tree_of(bomb, limits)
        assert refused.value.errno == errno.EFBIG
    huge = bytearray(archive_of(*((f"{n}", b"x") for n in range(3))))
    at = 0
    while (at := huge.find(b"PK\x01\x02", at)) >= 0:
        huge[at + 24 : at + 28] = b"\xf0\xff\xff\xff"  # each says that it unpacks to 4 GiB
        at += 1
    with pytest.raises(FileError, match="more than"):
        tree_of(bytes(huge))


def test_names_of_every_encoding():
    assert tree_of(archive_of(("ünï/日本", b"x"))) == {"/ünï/日本": b"x"}
    old = archive_of(("caf_", b"x")).replace(b"caf_", b"caf\x82")  # code page 437
    assert tree_of(old) == {"/café": b"x"}
    unmarked = archive_of(("caf__", b"x")).replace(b"caf__", "café".encode())
    assert tree_of(unmarked) == {"/café": b"x"}
    assert tree_of(archive_of(("a\\b", b"x"), create_system=0)) == {"/a/b": b"x"}
    odd = {"/a\\b": b"x", "/C:": b"y"}
    assert tree_of(zip_of(odd)) == odd


def test_links_stay_links():
    data = archive_of(("sub/a", b"../../../etc/passwd"), **LINK)
    assert tree_of(data) == {"/sub/a": SymbolicLink("../../../etc/passwd")}
    machine = Machine(Settings(files=tree_of(data)))
    with pytest.raises(FileError) as refused:
        machine.preopens[0][1].open_at("sub/a")
    assert refused.value.errno == errno.EPERM


def test_broken_zips():
    large = io.BytesIO()
    with zipfile.ZipFile(large, "w") as archive, archive.open("a", "w", force_zip64=True) as file:
        file.write(b"zip64")
    rng = random.Random(7)
    for packed in (zip_of(TREE), LIAR, large.getvalue()):
        for _ in range(2000):
            broken = packed
            for _ in range(rng.choice((1, 1, 2, 5))):
                broken = corrupted(broken, rng)
            with contextlib.suppress(FileError):
                tree_of(broken, Limits(size=1 << 20))


def corrupted(data, rng):
    """`data` with one byte changed, or a few gone, or a length that says too much."""
    at = rng.randrange(len(data))
    match rng.randrange(4):
        case 0:
            return data[:at] + data[at + rng.randrange(1, 6) :] + b"?"
        case 1:
            return data[:at] + b"\xff\xff\xff\xff" + data[at + 4 :]
    return data[:at] + bytes([data[at] ^ rng.randrange(1, 256)]) + data[at + 1 :]


def test_difference():
    after = {**TREE, "/a": b"2", "/new": b""}
    del after["/empty"]
    assert difference(TREE, after) == Difference(added=("/new",), removed=("/empty",), changed=("/a",))


def test_a_mount_outlives_machines():
    mount = MemoryMount(TREE, writable=True, capacity=100_000)
    first = Machine(Settings(mounts={"/data": mount}))
    first.preopens[0][1].open_at("new", create=True, writable=True).write(b"kept", 0)
    first.close()
    assert mount.changes() == Difference(added=("/new",), removed=(), changed=())
    second = Machine(Settings(mounts={"/data": mount}))
    assert second.preopens[0][1].open_at("new").read(9, 0) == (b"kept", True)
    mount.snapshot()
    assert not mount.changes()
    second.preopens[0][1].unlink_at("a")
    assert mount.changes().removed == ("/a",)
    assert "/a" in mount.fresh().tree() and "/a" not in mount.tree()
    assert tree_of(zip_of(mount.tree())) == mount.tree()


def test_a_mount_may_be_read_only_and_has_a_quota():
    (root,) = [handle for _, handle in Machine(Settings(mounts={"/": MemoryMount(TREE)})).preopens]
    with pytest.raises(FileError) as refused:
        root.open_at("a", truncate=True, writable=True)
    assert refused.value.errno == errno.EROFS
    (root,) = [handle for _, handle in Machine(Settings(mounts={"/": MemoryMount(writable=True, capacity=1000)})).preopens]
    file = root.open_at("a", create=True, writable=True)
    file.write(bytes(700), 0)
    with pytest.raises(FileError) as refused:
        file.write(bytes(100), 700)
    assert refused.value.errno == errno.EDQUOT
    with pytest.raises(FileError):
        MemoryMount({"/big": bytes(2000)}, capacity=1000)
