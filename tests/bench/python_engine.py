"""The Python engine on small programs compiled from C, against the other engines in Python and against Python written by hand.

`programs/numeric.wasm` is `clang --target=wasm32 -O2 -nostdlib -fno-builtin -fno-vectorize -fno-unroll-loops -Wl,--no-entry
-Wl,--strip-all` of `programs/numeric.c`. Times are of the processor, the best of many rounds taking turns, so that a busy machine matters
little. Where things lie in a process's memory moves a ratio by some percent, for as long as that process lives: each row is the median of
several processes.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pycm_core.runtime.engines.python import PythonEngine
from tests.bench import by_hand
from tests.bench.table import Row

MODULE = Path(__file__).parent / "programs" / "numeric.wasm"
PROGRAMS = {"fib": (20, 12), "sieve": (20_000, 500), "matmul": (24, 6), "sha256": (2_000, 60), "nbody": (200, 3)}
"""The argument, and a smaller one for the slowest peer."""
ROUNDS = 15
PROCESSES = 7


def run() -> Iterable[Row]:
    """Each program against each peer: of the rows of all processes, the one whose ratio is the median."""
    measured = [in_a_process() for _ in range(PROCESSES)]
    for same in zip(*measured, strict=True):
        yield sorted(same, key=lambda row: row.ratio)[PROCESSES // 2]


def in_a_process() -> list[Row]:
    """The rows that a process of its own measures."""
    done = subprocess.run([sys.executable, "-m", "tests.bench.python_engine"], check=True, stdout=subprocess.PIPE)
    return [Row(**row) for row in json.loads(done.stdout)]


def measure() -> Iterable[Row]:
    """Each program against each peer, in this process."""
    engine = PythonEngine()
    store = engine.new_store()
    instance: Any = store.instantiate(engine.compile(MODULE.read_bytes()), {})
    with no_cache():
        theirs, slow = pwasm(), pywasm()
        for name, (size, small) in PROGRAMS.items():
            ours = store.bind(instance[name], instance[name].functype)
            by_ours, by_pwasm, written = best((lambda f=f, n=size: f(n) for f in (ours, theirs(name), getattr(by_hand, name))))
            yield Row(f"{name}({size})", "pwasm, compiled", by_ours, by_pwasm, 1 / 2)
            yield Row(f"{name}({size})", "by hand", by_ours, written, 4)
            (few,) = best([lambda f=ours, n=small: f(n)])
            peer = slow(name)
            yield Row(f"{name}({small})", "pywasm", few, once(lambda f=peer, n=small: f(n)), 1 / 50)


def best(calls: Iterable[Callable[[], Any]]) -> list[float]:
    """The shortest time of each, in seconds; they take turns."""
    calls = list(calls)
    for call in calls:
        call()
    times = [float("inf")] * len(calls)
    for _ in range(ROUNDS):
        times = [min(before, once(call)) for before, call in zip(times, calls, strict=True)]
    return times


def once(call: Callable[[], Any]) -> float:
    """Processor seconds of one call."""
    start = time.process_time()
    call()
    return time.process_time() - start


@contextmanager
def no_cache() -> Iterator[None]:
    """`pwasm` keeps compiled code on disk: let it keep it for as long as this runs."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PWASM_CACHE_DIR"] = folder
        yield
        del os.environ["PWASM_CACHE_DIR"]


def pwasm() -> Callable[[str], Callable[[int], Any]]:
    """Functions of the module on `pwasm`."""
    import pwasm as peer

    instance = peer.instantiate(peer.decode_module(MODULE.read_bytes()), mode="compile")
    return lambda name: getattr(instance.exports, name)  # type: ignore[no-any-return]


def pywasm() -> Callable[[str], Callable[[int], Any]]:
    """Functions of the module on `pywasm`."""
    from pywasm import core

    runtime = core.Runtime()
    instance = runtime.instance_from_file(str(MODULE))
    return lambda name: lambda n: runtime.invocate(instance, name, [n])


if __name__ == "__main__":
    json.dump([dataclasses.asdict(row) for row in measure()], sys.stdout)
