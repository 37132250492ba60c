"""Modules for tests, from text."""

from __future__ import annotations

from pycm_core.base.source import Source
from pycm_core.runtime.engines.python import PythonEngine
from pycm_core.wasm.binary.encode import encode
from pycm_core.wasm.text.module import parse


def binary(text):
    """The binary of a module written as text."""
    return encode(parse(Source(text, "test")))


def instantiate(text, engine=None, **imports):
    """An instance on the Python engine, its module, and `call(name, *args)`; `imports` are items of the module `""`."""
    engine = engine or PythonEngine()
    module = engine.compile(binary(text))
    store = engine.new_store()
    given = {name: store.host_func(type, call) for name, (type, call) in imports.items()}
    instance = store.instantiate(module, {"": given})

    def call(name, *args):
        func = instance[name]
        return store.bind(func, func.functype)(*args)

    return instance, module, call
