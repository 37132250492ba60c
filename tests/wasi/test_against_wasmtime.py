"""Random calls of wasi:http/types and wasi:filesystem, the same on wasmtime and here. `differences.txt` says where we differ, and why;
each of its lines is met, and nothing else."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pycm_core.api import Component, Linker, Store, Trap
from tests.wasi.calls import Guest, V, functions
from tests.wasi.corpus import lay_out
from wasi_browser import Folder, Machine, Settings, SymbolicLink, link, run

wasmtime = pytest.importorskip("wasmtime")
components = pytest.importorskip("wasmtime.component")
TREE = {
    "/a.txt": b"hello",
    "/dir/b.txt": b"deep",
    "/dir/sub": Folder(),
    "/link": SymbolicLink("a.txt"),
    "/dlink": SymbolicLink("dir"),
    "/loop": SymbolicLink("loop"),
    "/dangling": SymbolicLink("nowhere"),
}
GUESTS = 80
LEFT_OUT = ("stat", "metadata-hash", "error-code", "read-directory", "set-times", "future", "incoming", "outparam", "advise")
"""Times, identities and orders differ by nature; requests under way need somebody to answer."""
DIFFERENCES = [
    tuple(line.split(" | ")[:3])
    for line in (Path(__file__).parent / "differences.txt").read_text().splitlines()
    if not line.startswith("#")
]


def pool(package):
    names = [name for name in functions() if name.startswith(f"{package}/types#") and not any(part in name for part in LEFT_OUT)]
    often = {
        "http": ["http/types#[static]fields.from-list", "http/types#[constructor]fields"],
        "filesystem": ["filesystem/types#[method]descriptor.open-at"] * 4,
    }
    return names + 2 * often[package]


def theirs(engine, component, folder, out):
    """What wasmtime's host does: the output, and whether it trapped."""
    store = wasmtime.Store(engine)
    config = wasmtime.WasiConfig()
    config.stdout_file = str(out)
    config.preopen_dir(str(folder), "/")
    store.set_wasi(config)
    store.set_wasi_http()
    linker = components.Linker(engine)
    linker.add_wasip2()
    linker.allow_shadowing = True
    linker.add_wasi_http()
    instance = linker.instantiate(store, components.Component(engine, component))
    interface = instance.get_export_index(store, f"wasi:cli/run@{V}")
    try:
        instance.get_func(store, instance.get_export_index(store, "run", interface))(store)
    except (wasmtime.Trap, wasmtime.WasmtimeError):
        return out.read_bytes(), True
    return out.read_bytes(), False


def ours(engine, component):
    machine = Machine(Settings(files=TREE))
    linker = Linker()
    linker.add(*link(machine))
    try:
        run(linker.instantiate(Store(engine), Component(component)).func("wasi:cli/run#run"))
    except Trap:
        return machine.stdout, True
    return machine.stdout, False


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: wasmtime's files are the system's")
def test_calls(engine, tmp_path):
    met = set()
    config = wasmtime.Config()
    config.cranelift_opt_level = "none"  # each guest runs once
    wasmtime_engine = wasmtime.Engine(config)
    for package in ("http", "filesystem"):
        for seed in range(GUESTS):
            guest = Guest(seed, pool(package))
            component = guest.component()
            folder = tmp_path / f"{package}{seed}"
            folder.mkdir()
            lay_out(TREE, folder)
            (here, trapped), (there, they) = ours(engine, component), theirs(wasmtime_engine, component, folder, tmp_path / "out")
            os.remove(tmp_path / "out")
            ends = [("the end", bytes([end])) for end in (trapped, they)]
            for one, other in zip([*guest.said(here), ends[0]], [*guest.said(there), ends[1]], strict=False):
                if one != other:  # what comes after may be another story
                    met.add((one[0], one[1].hex(), other[1].hex() if one[0] == other[0] else other[0]))
                    break
    assert sorted(met) == sorted(DIFFERENCES)
