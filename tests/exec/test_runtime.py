"""The tests of the runtime, on the Python engine: one protocol, one conformance test."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from pycm_core.runtime.engines.python import PythonEngine

RUNTIME = Path(__file__).parents[1] / "runtime"
sys.path.insert(0, str(RUNTIME))  # its tests import what lies beside them, and this folder is collected first


def load(path):
    """A file of tests, or their fixtures, as a module of its own."""
    spec = importlib.util.spec_from_file_location(f"python_engine_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_fixtures = load(RUNTIME / "conftest.py")
instantiate, root = _fixtures.instantiate, _fixtures.root


@pytest.fixture(scope="session")
def engine():
    """The engine that is tested here."""
    return PythonEngine()


for _path in sorted(RUNTIME.glob("test_*.py")):
    globals().update({name: item for name, item in vars(load(_path)).items() if name.startswith("test_")})
