"""wasi:random/insecure-seed: one value per run."""

from __future__ import annotations

from pycm_core.runtime.host import HostInterface
from wasi_browser.interfaces.answers import provide
from wasi_browser.machine import Machine


def random_insecure_seed(machine: Machine) -> HostInterface:
    """wasi:random/insecure-seed"""
    return provide("wasi:random/insecure-seed", {"insecure-seed": lambda: machine.insecure_seed})
