"""What a guest may use up: fuel, memory, time; on every engine there is, and by `pycm run -W`."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest

from pycm_core.abi.trace import Tracer
from pycm_core.api import Component, Linker, Store
from pycm_core.api.engines import make
from pycm_core.api.verbs.bounding import bounds
from pycm_core.base.errors import Exhaustion, PyCMError
from pycm_core.base.source import Source
from pycm_core.component.binary.encode import encode
from pycm_core.component.text.parse import parse
from pycm_core.runtime.bounds import Bounds
from pycm_core.runtime.engines.bounded import explain, lowered

ENGINES = ["python", pytest.param("wasmtime", marks=pytest.mark.skipif(find_spec("wasmtime") is None, reason="not installed"))]
GUEST = """(component
  (core module $m
    (memory (export "memory") MEMORY)
    (func (export "spin") (loop $again (br $again)))
    (func (export "count") (param $n i32) (result i32)
      (loop $again (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (i32.const 7))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "need") (param i32) (if (i32.eq (memory.grow (local.get 0)) (i32.const -1)) (then unreachable)))
    (func (export "text") (result i32) (i32.const 8))
    (data (i32.const 8) "\\10\\00\\00\\00\\01\\00\\00\\00x"))
  (core instance $i (instantiate $m))
  (func (export "spin") (canon lift (core func $i "spin")))
  (func (export "count") (param "n" u32) (result u32) (canon lift (core func $i "count")))
  (func (export "grow") (param "n" u32) (result s32) (canon lift (core func $i "grow")))
  (func (export "need") (param "n" u32) (canon lift (core func $i "need")))
  (func (export "text") (result string) (canon lift (core func $i "text") (memory $i "memory"))))"""


def binary(memory: str = "1") -> bytes:
    return encode(parse(Source(GUEST.replace("MEMORY", memory), "guest.wat")))


def started(engine: str, given: Bounds, memory: str = "1"):
    return Linker().instantiate(Store(make(engine, given)), Component(binary(memory)))


@pytest.mark.parametrize("engine", ENGINES)
def test_fuel_is_for_all_calls_of_a_store(engine):
    guest = started(engine, Bounds(fuel=20_000))
    for _ in range(3):
        assert guest.func("count")(500) == 7
    with pytest.raises(Exhaustion, match="fuel exhausted"):
        guest.func("count")(100_000)
    with pytest.raises(Exhaustion, match="fuel exhausted"):
        started(engine, Bounds(fuel=20_000)).func("spin")()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("memory", ["1", "1 100", "1 2"])
def test_memory_does_not_grow_past_its_bound(engine, memory):
    guest = started(engine, Bounds(memory=3 << 16), memory)
    most = 2 if memory == "1 2" else 3
    assert guest.func("grow")(most) == -1
    assert guest.func("grow")(most - 1) == 1
    assert guest.func("grow")(1) == -1
    assert guest.func("text")() == "x"


@pytest.mark.parametrize("traced", [False, True])
@pytest.mark.parametrize("engine", ENGINES)
def test_who_fails_near_the_bound_is_told_of_it(engine, traced):
    given = Bounds(memory=4 << 16)
    store = Store(make(engine, given), trace=Tracer() if traced else None)
    guest = Linker().instantiate(store, Component(binary()))
    guest.func("need")(2)
    with pytest.raises(PyCMError) as raised:
        guest.func("need")(2)
    explain(raised.value, store.engine, store.core)
    assert raised.value.hint == "its memory had come to 196,608 of at most 262,144 bytes; it may have needed more"
    with pytest.raises(Exhaustion, match="a memory starts with 655,360 bytes, more than the 131,072 that are allowed"):
        started(engine, Bounds(memory=1 << 17), "10")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("00 01", "01 01 03"),
        ("01 01 02", "01 01 02"),
        ("01 01 7f", "01 01 03"),
        ("04 01", "05 01 03"),
        ("08 01 00", "09 01 80 80 0c 00"),
    ],
)
def test_the_type_of_a_memory(before, after):
    """One memory: flags, least, most, page size."""

    def module(type: str) -> bytes:
        content = b"\x01" + bytes.fromhex(type)
        return b"\0asm\1\0\0\0" + bytes([0, 2, 1, 120]) + bytes([5, len(content)]) + content + bytes([0, 2, 1, 121])

    assert lowered(module(before), 3 << 16) == module(after)
    assert lowered(module(before)[:-12], 3 << 16) == module(before)[:-12]


def test_the_options():
    assert bounds([]) == Bounds()
    assert bounds(["fuel=10,timeout=2", "max-memory-size=64M"]) == Bounds(10, 64 << 20, 2.0)
    assert bounds(["timeout=500ms", "timeout=1m"]) == Bounds(time=60.0)
    for wrong in ("fuel", "fuel=x", "fuel=-1", "timeout=2y", "max-memory-size=1T", "steps=3", ""):
        with pytest.raises(PyCMError):
            bounds([wrong])


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("options", "call", "said"),
    [
        (["timeout=300ms"], "spin()", "the time limit of 0.3 s was reached"),
        (["fuel=5000"], "spin()", "fuel exhausted"),
        (["max-memory-size=128K"], "need(9)", "unreachable"),
    ],
)
def test_by_the_command(engine, options, call, said, tmp_path):
    (tmp_path / "guest.wasm").write_bytes(binary())
    command = [sys.executable, "-c", "import sys; from pycm_core.api.command import main; sys.exit(main())", "run"]
    command += ["--engine", engine, *(f"-W{one}" for one in options), "--invoke", call, str(tmp_path / "guest.wasm")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (134, True, False), done.stderr
