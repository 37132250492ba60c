"""wasi:cli, wasi:clocks, wasi:random."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest

from pycm_core.abi.values import Err, Ok, VariantValue
from pycm_core.base.errors import Trap, TrapKind
from wasi_browser import Exit
from wasi_browser.platform.fake import FakePlatform

SECOND = 1_000_000_000
CLOSED = Err(VariantValue("closed"))


def test_deny_by_default(guest):
    g = guest()
    assert g("cli/environment", "get-environment") == []
    assert g("cli/environment", "get-arguments") == []
    assert g("cli/environment", "initial-cwd") is None
    assert g("filesystem/preopens", "get-directories") == []
    stdin = g("cli/stdin", "get-stdin")
    assert g("io/streams", "input-stream.read", stdin, 10) == CLOSED
    for name in ("stdin", "stdout", "stderr"):
        assert g(f"cli/terminal-{name}", f"get-terminal-{name}") is None


def test_environment(guest):
    g = guest(argv=("p", "a"), env={"B": "1", "A": ""}, cwd="/x", terminals=frozenset({"stdout"}))
    assert g("cli/environment", "get-environment") == [("B", "1"), ("A", "")]
    assert g("cli/environment", "get-arguments") == ["p", "a"]
    assert g("cli/environment", "initial-cwd") == "/x"
    assert g("cli/terminal-stdout", "get-terminal-stdout").name == "stdout"
    assert g("cli/terminal-stderr", "get-terminal-stderr") is None


@pytest.mark.parametrize("name", ["stdin", "stdout", "stderr"])
def test_terminals(guest, name):
    def terminal(*there):
        found = guest(terminals=frozenset(there))(f"cli/terminal-{name}", f"get-terminal-{name}")
        return found and found.name

    assert terminal(name) == name
    assert terminal(*{"stdin", "stdout", "stderr"} - {name}) is None


@pytest.mark.parametrize(
    ("function", "status", "code"), [("exit", Ok(), 0), ("exit", Err(), 1), ("exit-with-code", 42, 42), ("exit-with-code", 0, 0)]
)
def test_exit(guest, function, status, code):
    g = guest()
    with pytest.raises(Exit) as raised:
        g("cli/exit", function, status)
    assert raised.value.code == g.machine.exit_code == code


def test_output_goes_to_both_places(guest):
    heard = []
    g = guest(on_output=lambda stream, data: heard.append((stream, data)))
    out, err = g("cli/stdout", "get-stdout"), g("cli/stderr", "get-stderr")
    assert g("io/streams", "output-stream.blocking-write-and-flush", out, b"hello ") == Ok()
    assert g("io/streams", "output-stream.check-write", err).value > 0
    assert g("io/streams", "output-stream.write", err, b"oops") == Ok()
    again = g("cli/stdout", "get-stdout")
    g.drop("io/streams", "output-stream", out)
    assert g("io/streams", "output-stream.blocking-write-zeroes-and-flush", again, 2) == Ok()
    assert g.machine.stdout == b"hello \0\0"
    assert g.machine.stderr == b"oops"
    assert heard == [("stdout", b"hello "), ("stderr", b"oops"), ("stdout", b"\0\0")]


def test_output_has_a_quota(guest):
    g = guest(output_limit=5)
    out = g("cli/stdout", "get-stdout")
    assert g("io/streams", "output-stream.blocking-write-and-flush", out, b"12345") == Ok()
    failed = g("io/streams", "output-stream.blocking-write-and-flush", out, b"6")
    assert failed.value.tag == "last-operation-failed"
    assert "limit" in g("io/error", "error.to-debug-string", failed.value.value)
    assert g("filesystem/types", "filesystem-error-code", failed.value.value) is None
    assert g("io/streams", "output-stream.blocking-write-and-flush", out, b"6") == CLOSED
    assert g.machine.stdout == b"12345"


def test_stdin_prepared(guest):
    g = guest(stdin=b"line one\nline two\n")
    stdin = g("cli/stdin", "get-stdin")
    assert g("io/streams", "input-stream.read", stdin, 0) == Ok(b"")
    assert g("io/streams", "input-stream.blocking-read", stdin, 9) == Ok(b"line one\n")
    assert g("io/streams", "input-stream.skip", stdin, 5) == Ok(5)
    other = g("cli/stdin", "get-stdin")
    assert g("io/streams", "input-stream.read", other, 100) == Ok(b"two\n")
    assert g("io/streams", "input-stream.read", stdin, 100) == CLOSED
    assert g("io/streams", "input-stream.blocking-skip", stdin, 100) == CLOSED
    assert g("io/poll", "pollable.ready", g("io/streams", "input-stream.subscribe", stdin))


def test_stdin_live_waits(guest):
    g = guest(stdin=None)
    stdin = g("cli/stdin", "get-stdin")
    assert g("io/streams", "input-stream.read", stdin, 9) == Ok(b"")

    async def session():
        answer = g("io/streams", "input-stream.blocking-read", stdin, 9)
        assert isinstance(answer, Awaitable)
        asyncio.get_running_loop().call_soon(g.machine.feed, b"typed")
        assert await answer == Ok(b"typed")
        g.machine.feed(b"more")
        assert g("io/streams", "input-stream.blocking-read", stdin, 9) == Ok(b"more")
        pollable = g("io/streams", "input-stream.subscribe", stdin)
        assert not g("io/poll", "pollable.ready", pollable)
        waiting = g("io/poll", "poll", [pollable])
        asyncio.get_running_loop().call_soon(g.machine.end_input)
        assert await waiting == [0]
        assert g("io/poll", "pollable.ready", pollable)
        assert g("io/streams", "input-stream.read", stdin, 9) == CLOSED

    asyncio.run(session())


def test_live_stdin_with_a_timeout_moves_virtual_time_in_real_time(guest):
    g = guest(stdin=None)
    stdin = g("cli/stdin", "get-stdin")
    before = g("clocks/monotonic-clock", "now")
    pollables = [
        g("io/streams", "input-stream.subscribe", stdin),
        g("clocks/monotonic-clock", "subscribe-duration", SECOND // 100),
    ]
    assert asyncio.run(_result(g("io/poll", "poll", pollables))) == [1]
    assert g("clocks/monotonic-clock", "now") - before >= SECOND // 100


async def _result(answer):
    return await answer


def test_clocks_are_virtual(guest):
    g = guest(start=1431648000 * SECOND, step=0)
    now = g("clocks/wall-clock", "now")
    assert (now.seconds, now.nanoseconds) == (1431648000, 0)
    timer = g("clocks/monotonic-clock", "subscribe-duration", 3 * SECOND + 5)
    later = g("clocks/monotonic-clock", "subscribe-instant", 10 * SECOND)
    assert not g("io/poll", "pollable.ready", timer)
    assert g("io/poll", "poll", [later, timer]) == [1]
    now = g("clocks/wall-clock", "now")
    assert (now.seconds, now.nanoseconds) == (1431648003, 5)
    assert g("io/poll", "pollable.block", later) is None
    assert g("clocks/monotonic-clock", "now") == 10 * SECOND
    assert g("clocks/monotonic-clock", "resolution") == 1
    assert g("clocks/wall-clock", "resolution").nanoseconds == 1


def test_reading_the_clock_moves_it(guest):
    g = guest(step=42 * SECOND)
    first = g("clocks/monotonic-clock", "now")
    assert g("clocks/monotonic-clock", "now") - first == 42 * SECOND


def test_real_clock_waits_on_the_platform(guest):
    platform = FakePlatform()
    g = guest(platform, real_clock=True, real_random=True)
    timer = g("clocks/monotonic-clock", "subscribe-duration", 7)
    assert asyncio.run(_result(g("io/poll", "poll", [timer]))) == [0]
    assert platform.waits == [7]
    drawn = platform.counter
    assert g("random/random", "get-random-bytes", 3) == bytes([drawn, drawn + 1, drawn + 2])


def test_poll_traps(guest):
    g = guest(stdin=b"")
    with pytest.raises(Trap, match="empty"):
        g("io/poll", "poll", [])


def test_poll_of_what_never_comes_is_a_deadlock(guest):
    g = guest(stdin=None)
    stdin = g("cli/stdin", "get-stdin")
    pollable = g("io/streams", "input-stream.subscribe", stdin)
    g.machine.bell.sources = 0
    with pytest.raises(Trap) as raised:
        g("io/poll", "poll", [pollable])
    assert raised.value.kind is TrapKind.DEADLOCK


def test_timezone(guest):
    g = guest(utc_offset=-3600, zone="-01:00")
    display = g("clocks/timezone", "display", None)
    assert (display.utc_offset, display.name, display.in_daylight_saving_time) == (-3600, "-01:00", False)
    assert g("clocks/timezone", "utc-offset", None) == -3600


def test_random_repeats_for_a_seed_only(guest):
    def draw(seed):
        g = guest(seed=seed)
        return [
            g("random/random", "get-random-bytes", 16),
            g("random/random", "get-random-bytes", 16),
            g("random/random", "get-random-u64"),
            g("random/random", "get-random-u64"),
            g("random/insecure", "get-insecure-random-bytes", 16),
            g("random/insecure", "get-insecure-random-bytes", 16),
            g("random/insecure", "get-insecure-random-u64"),
            g("random/insecure", "get-insecure-random-u64"),
            g("random/insecure-seed", "insecure-seed"),
            g("random/insecure-seed", "insecure-seed"),
        ]

    one = draw(1)
    assert one == draw(1)
    assert all(first != second for first, second in zip(one, draw(2), strict=True))
    assert len(set(map(str, one))) == 9
    assert one[8] == one[9]
    assert [len(one[i]) for i in (0, 1, 4, 5)] == [16] * 4
    assert guest()("random/random", "get-random-bytes", 0) == b""
    with pytest.raises(Trap, match="at most"):
        guest(random_limit=10)("random/random", "get-random-bytes", 11)
