"""wasi:filesystem, function by function."""

from __future__ import annotations

import os
import sys

import pytest

from pycm_core.abi.values import Err, Ok, RecordValue, VariantValue
from tests.wasi.corpus import lay_out
from wasi_browser import Folder, Preopen, SymbolicLink
from wasi_browser.platform.directory import RealMount

FOLLOW = frozenset({"symlink-follow"})
NO = frozenset()
READ, WRITE = frozenset({"read"}), frozenset({"write"})
RW = READ | WRITE
CREATE = frozenset({"create"})
MAX = (1 << 64) - 1


class Files:
    """A guest's view of one preopened directory: `fs("open-at", …)` on the root, `fs.on(d)("stat")` on another descriptor."""

    def __init__(self, g, descriptor=None):
        self.g = g
        self.descriptor = descriptor or g("filesystem/preopens", "get-directories")[0][0]

    def __call__(self, function, *arguments):
        return self.g("filesystem/types", f"descriptor.{function}", self.descriptor, *arguments)

    def on(self, descriptor):
        return Files(self.g, descriptor)

    def open(self, path, open_flags=NO, flags=READ, follow=FOLLOW):
        opened = self("open-at", follow, path, frozenset(open_flags), frozenset(flags))
        assert isinstance(opened, Ok), opened
        return Files(self.g, opened.value)

    def drain(self, stream):
        out = b""
        while isinstance(answer := self.g("io/streams", "input-stream.blocking-read", stream, 1000), Ok):
            out += answer.value
        assert answer.value.tag == "closed"
        return out

    def print(self, stream, data):
        return self.g("io/streams", "output-stream.blocking-write-and-flush", stream, data)


@pytest.fixture(params=["memory", pytest.param("real", marks=pytest.mark.skipif(sys.platform != "linux", reason="needs Linux"))])
def fs(request, guest, tmp_path):
    tree = {
        "/a.txt": b"hello",
        "/dir/b.txt": b"deep",
        "/dir/sub": Folder(),
        "/link": SymbolicLink("a.txt"),
        "/dlink": SymbolicLink("dir"),
        "/loop": SymbolicLink("loop"),
        "/dangling": SymbolicLink("nowhere"),
        "/out": SymbolicLink("../outside"),
        "/abs": SymbolicLink("/a.txt"),
    }
    if request.param == "memory":
        return Files(guest(files=tree))
    lay_out(tree, tmp_path)
    return Files(guest(mounts={"/": RealMount(str(tmp_path), writable=True)}))


def test_read(fs):
    f = fs.open("a.txt")
    assert f("read", 3, 0) == Ok((b"hel", False))
    assert f("read", 3, 3) == Ok((b"lo", True))
    assert f("read", 5, 0) == Ok((b"hello", True))
    assert f("read", 5, 99) == Ok((b"", True))
    assert f("read", 5, MAX) == Err("invalid")
    assert f("write", b"x", 0) == Err("bad-descriptor")
    assert f.drain(f("read-via-stream", 1).value) == b"ello"
    assert f.drain(f("read-via-stream", 99).value) == b""
    assert f("read-via-stream", MAX) == Err("invalid")
    assert f("write-via-stream", 0) == Err("bad-descriptor")
    assert f("append-via-stream") == Err("bad-descriptor")


def test_write(fs):
    f = fs.open("new", CREATE, RW)
    assert f("write", b"abc", 0) == Ok(3)
    assert f("write", b"XY", 2) == Ok(2)
    assert f("write", b"end", 8) == Ok(3)
    assert f("write", b"", 100) == Ok(0)
    assert f("read", 100, 0) == Ok((b"abXY\0\0\0\0end", True))
    assert f("write", b"x", MAX) == Err("invalid")
    assert f("write", b"x", (1 << 63) - 1) == Err("invalid")


def test_write_does_not_give_read(fs):
    f = fs.open("a.txt", flags=WRITE)
    assert f("read", 1, 0) == Err("bad-descriptor")
    assert f("read-via-stream", 0) == Err("bad-descriptor")


def test_streams_write_where_they_say(fs):
    f = fs.open("a.txt", flags=RW)
    at = f("write-via-stream", 3).value
    first, second = f("append-via-stream").value, f("append-via-stream").value
    assert f.print(first, b"1") == Ok()
    assert f.print(second, b"2") == Ok()
    assert f.print(first, b"3") == Ok()
    assert f.print(at, b"L") == Ok()
    assert f.print(at, b"O!") == Ok()
    assert f("read", 100, 0) == Ok((b"helLO!23", True))


def test_streams_outlive_the_name(fs):
    f = fs.open("a.txt", flags=RW)
    stream = f("read-via-stream", 0).value
    out = f("append-via-stream").value
    assert fs("unlink-file-at", "a.txt") == Ok()
    fs.g.drop("filesystem/types", "descriptor", f.descriptor)
    assert fs.print(out, b"!") == Ok()
    assert fs.drain(stream) == b"hello!"
    used = fs.g.machine.fs.used
    fs.g.drop("io/streams", "input-stream", stream)
    fs.g.drop("io/streams", "output-stream", out)
    if fs.g.machine.settings.files is not None:
        assert fs.g.machine.fs.used == used - 6 - 256


def test_set_size(fs):
    f, other = fs.open("a.txt", flags=RW), fs.open("a.txt")
    assert f("set-size", 2) == Ok()
    assert other("read", 9, 0) == Ok((b"he", True))
    assert f("set-size", 4) == Ok()
    assert other("read", 9, 0) == Ok((b"he\0\0", True))
    assert other("set-size", 1) == Err("invalid")
    assert f("set-size", MAX) == Err("invalid")
    if fs.g.machine.settings.files is not None:
        assert f("set-size", 1 << 40) == Err("quota")
    assert fs("set-size", 1) == Err("bad-descriptor")


def test_directories_are_no_files(fs):
    d = fs.open("dir")
    assert d("get-type") == Ok("directory")
    assert d("read", 1, 0) == Err("bad-descriptor")
    assert d("write", b"x", 0) == Err("bad-descriptor")
    assert d("read-via-stream", 0) == Err("is-directory")
    assert d("write-via-stream", 0) == Err("bad-descriptor")
    assert d("append-via-stream") == Err("bad-descriptor")
    assert d("advise", 0, 0, "normal") == Err("bad-descriptor")
    f = fs.open("a.txt")
    assert f("read-directory") == Err("not-directory")
    assert f("stat-at", FOLLOW, "x") == Err("not-directory")
    assert f("create-directory-at", "x") == Err("not-directory")
    assert f("advise", 0, 10, "sequential") == Ok()
    assert f("advise", MAX, MAX, "sequential") == Err("invalid")
    assert f("sync") == f("sync-data") == Ok()


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
def test_a_real_file_is_synchronised(guest, tmp_path, monkeypatch):
    asked = []
    for name in ("fsync", "fdatasync"):
        real = getattr(os, name)
        monkeypatch.setattr(os, name, lambda fd, name=name, real=real: (asked.append(name), real(fd)))
    fs = Files(guest(mounts={"/": RealMount(str(tmp_path), writable=True)}))
    f = fs.open("new", CREATE, RW)
    assert f("sync") == Ok()
    assert f("sync-data") == Ok()
    assert fs("sync") == Ok()
    assert asked == ["fsync", "fdatasync", "fsync"]
    flags = {"file-integrity-sync": os.O_SYNC, "data-integrity-sync": os.O_DSYNC}
    for flag, bit in flags.items():
        file = fs.open("new", NO, RW | {flag})
        fcntl = pytest.importorskip("fcntl")
        assert fcntl.fcntl(file.descriptor._fd, fcntl.F_GETFL) & bit == bit


@pytest.mark.parametrize(
    ("path", "open_flags", "flags", "follow", "error"),
    [
        ("missing", NO, READ, FOLLOW, "no-entry"),
        ("", NO, READ, FOLLOW, "no-entry"),
        ("a\0b", NO, READ, FOLLOW, "invalid"),
        ("a.txt/", NO, READ, FOLLOW, "not-directory"),
        ("a.txt/x", NO, READ, FOLLOW, "not-directory"),
        ("a.txt", {"directory"}, READ, FOLLOW, "not-directory"),
        ("dir", {"directory", "create"}, READ, FOLLOW, "invalid"),
        ("dir", {"directory", "exclusive"}, READ, FOLLOW, "invalid"),
        ("dir", {"directory", "truncate"}, READ, FOLLOW, "invalid"),
        ("a.txt", {"create", "exclusive"}, RW, FOLLOW, "exist"),
        ("dangling", {"create", "exclusive"}, RW, FOLLOW, "exist"),
        ("dir", {"create"}, READ, FOLLOW, "is-directory"),
        ("dir", NO, RW, FOLLOW, "is-directory"),
        ("dir", {"truncate"}, READ, FOLLOW, "is-directory"),
        ("link", NO, READ, NO, "loop"),
        ("loop", NO, READ, FOLLOW, "loop"),
        ("loop/x", NO, READ, NO, "loop"),
        ("dlink", {"directory"}, READ, NO, "not-directory"),
        ("dangling", NO, READ, FOLLOW, "no-entry"),
        ("out", NO, READ, FOLLOW, "not-permitted"),
        ("abs", NO, READ, FOLLOW, "not-permitted"),
        ("new/", {"create"}, RW, FOLLOW, "is-directory"),
        ("x" * 256, NO, READ, FOLLOW, "name-too-long"),
        ("é" * 128, NO, READ, FOLLOW, "name-too-long"),
        ("x/" * 2048, NO, READ, FOLLOW, "name-too-long"),
    ],
)
def test_open_errors(fs, path, open_flags, flags, follow, error):
    assert fs("open-at", follow, path, frozenset(open_flags), frozenset(flags)) == Err(error)


def test_open(fs):
    assert fs.open("dlink/../dir/./sub/../b.txt")("read", 9, 0) == Ok((b"deep", True))
    assert fs.open("link")("read", 9, 0) == Ok((b"hello", True))
    assert fs.open("dangling", CREATE, RW)("write", b"made", 0) == Ok(4)
    assert fs.open("nowhere")("read", 9, 0) == Ok((b"made", True))
    assert fs.open("nowhere", {"truncate"}, WRITE)("stat").value.size == 0
    assert fs.open("a.txt", {"truncate"}, READ)("get-flags") == Ok(RW)
    assert fs.open("dlink/")("get-type") == Ok("directory")
    assert fs.open("a.txt", CREATE, READ)("get-flags") == Ok(RW)
    assert fs.open("a.txt", NO, NO)("get-flags") == Ok(READ)
    assert fs.open("a.txt", NO, RW | {"data-integrity-sync"})("get-flags") == Ok(RW | {"data-integrity-sync"})
    assert fs("get-flags") == Ok(frozenset({"read", "mutate-directory"}))


def test_opened_directories_are_as_mutable_as_their_parent(fs):
    d = fs.open("dir")
    assert d("create-directory-at", "new") == Ok()
    assert fs("stat-at", NO, "dir/new").value.type == "directory"
    assert d("stat-at", NO, "../a.txt") == Err("not-permitted")


def test_read_only(guest):
    fs = Files(guest(files={"/a": b"1", "/d": Folder(), "/l": SymbolicLink("a")}, preopens={"/": Preopen(writable=False)}))
    d = fs.descriptor
    times = (VariantValue("now"), VariantValue("no-change"))
    assert fs("get-flags") == Ok(READ)
    assert fs.open("a")("read", 9, 0) == Ok((b"1", True))
    for function, arguments in {
        "open-at": (FOLLOW, "a", NO, RW),
        "create-directory-at": ("new",),
        "link-at": (NO, "a", d, "b"),
        "symlink-at": ("a", "b"),
        "rename-at": ("a", d, "b"),
        "unlink-file-at": ("a",),
        "remove-directory-at": ("d",),
        "set-times-at": (NO, "a", *times),
        "set-times": times,
    }.items():
        assert fs(function, *arguments) == Err("read-only"), function
    assert fs("open-at", FOLLOW, "new", CREATE, WRITE) == Err("read-only")
    assert fs("open-at", FOLLOW, "a", frozenset({"truncate"}), READ) == Err("read-only")
    assert fs("open-at", FOLLOW, "d", NO, frozenset({"mutate-directory"})) == Err("read-only")
    assert fs("create-directory-at", "d") == Err("exist")
    assert fs("unlink-file-at", "none") == Err("no-entry")
    assert fs.open("d")("create-directory-at", "x") == Err("read-only")
    assert fs.open("a")("set-times", *times) == Err("read-only")


def test_stat(fs):
    s = fs("stat-at", FOLLOW, "link").value
    assert (s.type, s.size, s.link_count) == ("regular-file", 5, 1)
    s = fs("stat-at", NO, "link").value
    assert (s.type, s.size) == ("symbolic-link", 5)
    assert fs("stat-at", NO, "dir").value.link_count == 3
    assert fs("stat-at", NO, ".").value == fs("stat").value
    assert fs("stat-at", NO, "missing") == Err("no-entry")
    assert fs("stat-at", NO, "link/") == Err("not-directory")


def test_times(fs):
    f = fs.open("a.txt", flags=RW)
    at = lambda s, n=0: VariantValue("timestamp", RecordValue(seconds=s, nanoseconds=n))  # noqa: E731
    keep = VariantValue("no-change")
    assert f("set-times", at(10, 999_999_999), at(20)) == Ok()
    s = f("stat").value
    assert (s.data_access_timestamp.seconds, s.data_access_timestamp.nanoseconds) == (10, 999_999_999)
    assert s.data_modification_timestamp.seconds == 20
    assert fs("set-times-at", NO, "link", at(1), at(2)) == Ok()
    assert fs("set-times-at", FOLLOW, "link", keep, at(30)) == Ok()
    s = f("stat").value
    assert (s.data_access_timestamp.seconds, s.data_modification_timestamp.seconds) == (10, 30)
    assert fs("stat-at", NO, "link").value.data_modification_timestamp.seconds == 2
    assert f("set-times", at(0, 1_000_000_000), keep) == Err("invalid")
    assert f("set-times", at((1 << 64) - 1), keep) == Err("overflow")
    assert f("set-times", VariantValue("now"), VariantValue("now")) == Ok()
    assert fs.open("a.txt")("set-times", keep, VariantValue("now")) == Ok()  # as `futimens` on a descriptor opened for reading
    assert f("stat").value.data_access_timestamp.seconds > 1000
    before = f("stat").value.data_modification_timestamp
    assert f("write", b"x", 0) == Ok(1)
    assert f("stat").value.data_modification_timestamp != before


def test_metadata_hash(fs):
    f = fs.open("a.txt", flags=RW)
    first = f("metadata-hash").value
    assert f("write", b"more", 0) == Ok(4)
    assert f("metadata-hash").value == first
    assert fs("link-at", NO, "a.txt", fs.descriptor, "b") == Ok()
    assert fs("metadata-hash-at", NO, "b").value == first
    assert fs("metadata-hash-at", FOLLOW, "link").value == first
    assert fs("metadata-hash-at", NO, "link").value != first
    assert f("is-same-object", fs.open("b").descriptor) is True
    assert f("is-same-object", fs.descriptor) is False


def test_readdir(fs):
    entries = fs("read-directory").value
    names = []
    while (entry := fs.g("filesystem/types", "directory-entry-stream.read-directory-entry", entries).value) is not None:
        assert entry.name not in dict(names)
        names.append((entry.name, entry.type))
    assert names == sorted(names)
    assert ("dir", "directory") in names
    assert ("link", "symbolic-link") in names
    assert not {".", ".."} & {name for name, _ in names}


def test_links(fs):
    d = fs.descriptor
    assert fs("link-at", NO, "a.txt", d, "hard") == Ok()
    assert fs.open("hard")("stat").value.link_count == 2
    assert fs("link-at", NO, "a.txt", d, "hard") == Err("exist")
    assert fs("link-at", NO, "dir", d, "hdir") == Err("not-permitted")
    assert fs("link-at", NO, ".", d, "hdir") == Err("not-permitted")
    assert fs("link-at", NO, "dangling", d, "hd") == Ok()
    assert fs("readlink-at", "hd") == Ok("nowhere")
    assert fs("link-at", FOLLOW, "a.txt", d, "followed") == Err("invalid")
    assert fs("link-at", FOLLOW, "link", d, "followed") == Err("invalid")
    assert fs("link-at", NO, "a.txt", d, "new/") == Err("no-entry")
    assert fs("link-at", NO, "missing", d, "x") == Err("no-entry")


def test_symlinks(fs):
    assert fs("symlink-at", "a.txt", "s") == Ok()
    assert fs("readlink-at", "s") == Ok("a.txt")
    assert fs("readlink-at", "a.txt") == Err("invalid")
    assert fs("readlink-at", "abs") == Err("not-permitted")
    assert fs("symlink-at", "/etc", "t") == Err("not-permitted")
    assert fs("symlink-at", "", "t") == Err("no-entry")
    assert fs("symlink-at", "a.txt", "s") == Err("exist")
    assert fs("symlink-at", "a.txt", "dir/") == Err("exist")
    assert fs("symlink-at", "a.txt", "new/") == Err("no-entry")


def test_removal(fs):
    assert fs("remove-directory-at", "dir") == Err("not-empty")
    assert fs("remove-directory-at", ".") == Err("invalid")
    assert fs("remove-directory-at", "a.txt") == Err("not-directory")
    assert fs("remove-directory-at", "dlink/") == Err("not-directory")
    assert fs("unlink-file-at", "dir") == Err("is-directory")
    assert fs("unlink-file-at", ".") == Err("is-directory")
    assert fs("unlink-file-at", "a.txt/") == Err("not-directory")
    assert fs("create-directory-at", ".") == Err("exist")
    assert fs("create-directory-at", "q/") == Ok()
    sub = fs.open("dir/sub")
    assert fs("remove-directory-at", "dir/sub/") == Ok()
    assert sub("create-directory-at", "x") == Err("no-entry")
    assert sub("stat").value.link_count == 0


def test_rename(fs):
    d = fs.descriptor
    assert fs("rename-at", "a.txt", d, "a.txt") == Ok()
    assert fs("rename-at", "a.txt", d, "link") == Ok()
    assert fs.open("link")("read", 9, 0) == Ok((b"hello", True))
    assert fs("rename-at", "link", d, "dir") == Err("is-directory")
    assert fs("rename-at", "dir", d, "link") == Err("not-directory")
    assert fs("create-directory-at", "e") == Ok()
    assert fs("rename-at", "e", d, "dir") == Err("not-empty")
    assert fs("rename-at", "dir/", d, "e/") == Ok()
    assert fs("rename-at", "e", d, "e/sub/x") == Err("invalid")
    assert fs("rename-at", "e/b.txt", d, "e") == Err("not-empty")
    assert fs("rename-at", ".", d, "x") == Err("busy")
    assert fs("rename-at", "e/sub", fs.open("e").descriptor, "top") == Ok()
    assert fs("stat-at", NO, "e/top").value.type == "directory"
    assert fs("rename-at", "missing", d, "x") == Err("no-entry")


def test_preopens_by_name(guest):
    g = guest(files={"/x/a": b"1", "/y/b": b"2"}, preopens={"/data": Preopen("/x"), ".": Preopen("/y", writable=False)})
    first, second = g("filesystem/preopens", "get-directories")
    assert (first[1], second[1]) == ("/data", ".")
    assert Files(g, first[0]).open("a")("read", 9, 0) == Ok((b"1", True))
    assert Files(g, first[0])("rename-at", "a", second[0], "c") == Err("read-only")
    assert Files(g, second[0])("link-at", NO, "b", first[0], "b") == Err("read-only")
    assert g.machine.tree("/x") == {"/a": b"1"}


def test_between_file_systems(guest, tmp_path):
    (tmp_path / "b").write_bytes(b"real")
    g = guest(files={"/a": b"memory"}, mounts={"/real": RealMount(str(tmp_path), writable=True)})
    memory, real = (Files(g, descriptor) for descriptor, _ in g("filesystem/preopens", "get-directories"))
    for one, other, name in ((memory, real, "a"), (real, memory, "b")):
        assert one("rename-at", name, other.descriptor, "c") == Err("cross-device")
        assert one("link-at", NO, name, other.descriptor, "c") == Err("cross-device")
        assert one("is-same-object", other.descriptor) is False


def test_a_real_directory_is_read_only_unless_granted(guest, tmp_path):
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / "d").mkdir()
    fs = Files(guest(mounts={"/": RealMount(str(tmp_path))}))
    assert fs.open("a")("read", 9, 0) == Ok((b"1", True))
    now = VariantValue("now")
    for function, arguments in {
        "open-at": (FOLLOW, "a", NO, RW),
        "create-directory-at": ("new",),
        "link-at": (NO, "a", fs.descriptor, "b"),
        "symlink-at": ("a", "b"),
        "rename-at": ("a", fs.descriptor, "b"),
        "unlink-file-at": ("a",),
        "remove-directory-at": ("d",),
        "set-times-at": (NO, "a", now, now),
        "set-times": (now, now),
    }.items():
        assert fs(function, *arguments) == Err("read-only"), function
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "d"]


def test_quota_is_an_error_and_frees(guest):
    fs = Files(guest(files={}, file_capacity=1000))
    f = fs.open("a", CREATE, RW)
    assert f("write", bytes(700), 0) == Ok(700)
    assert f("write", bytes(100), 700) == Err("quota")
    failed = fs.print(f("append-via-stream").value, bytes(100))
    assert fs.g("filesystem/types", "filesystem-error-code", failed.value.value) == "quota"
    assert fs("create-directory-at", "d") == Err("quota")
    assert fs("unlink-file-at", "a") == Ok()
    assert fs("create-directory-at", "d") == Err("quota")
    f.descriptor.close()
    stream_still_open = fs("create-directory-at", "d")
    assert stream_still_open == Err("quota")


def test_quota_comes_back(guest):
    fs = Files(guest(files={}, file_capacity=1000))
    f = fs.open("a", CREATE, RW)
    assert f("write", bytes(700), 0) == Ok(700)
    assert fs("unlink-file-at", "a") == Ok()
    f.descriptor.close()
    assert fs("create-directory-at", "d") == Ok()
    assert fs.g.machine.fs.used == 256
