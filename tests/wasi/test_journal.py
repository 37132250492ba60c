"""What a journal says makes the tree that was there, at every step of random work, and where it begins anew."""

from __future__ import annotations

import random
from itertools import count
from typing import Any

import pytest

from wasi_browser import Folder, MemoryMount, SymbolicLink, tree_of, zip_of
from wasi_browser.streams import Broken
from wasi_browser.vfs import journal
from wasi_browser.vfs.errors import FileError

START = {"/a": b"one", "/d/b": b"two", "/d/e": Folder(), "/l": SymbolicLink("a")}
NAMES = ["a", "b", "d", "d/b", "d/e", "d/e/c", "l", "x", "d/x"]


class Recorder:
    """Who hears a journal; `rest` is what it says since it last began anew, `fresh` whether it did."""

    def __init__(self) -> None:
        self.rest = b""
        self.fresh = False
        self.anew = 0

    def __call__(self, data: bytes, anew: bool) -> None:
        if anew:
            self.rest = b""
            self.fresh = True
            self.anew += 1
        self.rest += data

    def mount(self, left: Any = ()) -> MemoryMount:
        """What can be made of it."""
        again = MemoryMount({} if self.fresh else tree_of(zip_of(START)))
        again.replay(self.rest, left)
        return again


def recorded() -> tuple[MemoryMount, Recorder]:
    mount, told = MemoryMount(tree_of(zip_of(START)), writable=True), Recorder()
    numbers = count(journal.STREAMS.start)
    mount.keep_journal(told, lambda: next(numbers))
    return mount, told


def work(mount: MemoryMount, chance: random.Random, steps: int) -> None:
    root = mount.open(lambda: 0)
    files: list[Any] = []
    sinks: list[Any] = []
    for _ in range(steps):
        name, other = chance.choice(NAMES), chance.choice(NAMES)
        data = chance.randbytes(chance.randrange(6))
        try:
            match chance.randrange(11):
                case 0:
                    files.append(root.open_at(name, create=True, writable=True, truncate=chance.random() < 0.3))
                case 1:
                    root.make_directory_at(name)
                case 2:
                    root.make_link_at(chance.choice(["a", "d/b", "nowhere"]), name)
                case 3:
                    root.link_at(name, False, root, other)
                case 4:
                    root.rename_at(name, root, other)
                case 5:
                    root.unlink_at(name)
                case 6:
                    root.remove_directory_at(name)
                case 7 if files:
                    chance.choice(files).write(data, chance.randrange(9))
                case 8 if files:
                    chance.choice(files).set_size(chance.randrange(9))
                case 9 if files:
                    sinks.append(chance.choice(files).sink(chance.choice([None, 0, 3])))
                case 10 if sinks:
                    sink = chance.choice(sinks)
                    if chance.random() < 0.2:
                        sinks.remove(sink)
                        sink.close()
                    else:
                        sink.accept(memoryview(data), 1)
        except (FileError, Broken):
            continue


@pytest.mark.parametrize("least", [journal.LEAST, -4000])
def test_a_journal_makes_the_tree_again(monkeypatch: pytest.MonkeyPatch, least: int) -> None:
    monkeypatch.setattr(journal, "LEAST", least)
    anew = 0
    for seed in range(150):
        mount, told = recorded()
        mount.fs.capacity = 1 << 16
        work(mount, random.Random(seed), 60)
        assert told.mount().tree() == mount.tree(), seed
        anew += told.anew
    assert (anew > 0) is (least < 0)


@pytest.mark.parametrize("least", [journal.LEAST, -(1 << 20)])
def test_what_streams_were_left_with_comes_where_it_would_have(monkeypatch: pytest.MonkeyPatch, least: int) -> None:
    """With the second bound each write begins anew."""
    monkeypatch.setattr(journal, "LEAST", least)
    mount, told = recorded()
    root = mount.open(lambda: 0)
    inside = root.open_at("a", writable=True).sink(1)
    at_end = root.open_at("d/b", writable=True).sink(None)
    inside.write(b"N")
    root.rename_at("d/b", root, "moved")
    left = [(inside.channel, b"E!"), (at_end.channel, b"+"), (inside.channel, b"!"), (at_end.channel, b"+"), (99, b"nobody's")]
    found = told.mount(left).tree()
    assert (found["/a"], found["/moved"]) == (b"oNE!!", b"two++")
    assert told.fresh is (least < 0)


def test_a_journal_that_was_cut_short_says_what_is_whole() -> None:
    mount, told = recorded()
    root = mount.open(lambda: 0)
    file = root.open_at("new", create=True)
    file.write(b"first", 0)
    whole = mount.tree()
    before = len(told.rest)
    file.write(b"second", 5)
    for end in range(before, len(told.rest)):
        again = MemoryMount(tree_of(zip_of(START)))
        again.replay(told.rest[:end])
        assert again.tree() == whole


def test_who_is_not_kept_has_no_journal() -> None:
    mount = MemoryMount(writable=True)
    assert mount.open(lambda: 0).open_at("a", create=True).sink(0).channel == 0
