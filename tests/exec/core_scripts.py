"""Core scripts of the WebAssembly test suite, executed on the Python engine in each form of its functions."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pycm_core.runtime.engines.python import PythonEngine
from pycm_core.script.core import CoreFormat
from pycm_core.script.modules import ModuleExecutor
from pycm_core.script.wast import Directive, FormatExecutor, Outcome, failed
from pycm_core.wasm.exec.space import Form
from pycm_core.wasm.exec.stepping import Execution
from pycm_core.wasm.syntax.types import FuncType, NumType

SHARED = Path(os.environ.get("PYCM_SHARED", Path(__file__).parents[2].parent / "shared"))
FOLDER = SHARED / "suites" / "core"


class CoreExecutor(ModuleExecutor):
    """Runs the directives of one script; faults must have the words that the script expects."""

    def __init__(self, form: Form = Form.PLAIN) -> None:
        super().__init__(PythonEngine(), FormatExecutor({"module": CoreFormat()}))
        self.form = form

    def steps(self, directive: Directive) -> Any:
        return self.execute(directive)
        yield  # makes this a generator

    def execute(self, directive: Directive) -> Outcome:
        outcome = super().execute(directive)
        if outcome.worded is False and directive.keyword not in ("assert_malformed", "assert_invalid"):
            return failed(f"found {outcome.message}, expected {directive.expected}")
        return outcome

    def invoke(self, func: Any, type: FuncType, args: list[Any]) -> Any:
        if self.form is Form.STEPS:
            steps = self.store.bind_steps(func, type)(*args)
            try:
                steps.send(None)
            except StopIteration as stop:
                return stop.value
            raise AssertionError("nothing waits here")
        if self.form is Form.STOPS:
            masks = {NumType.I32: 0xFFFF_FFFF, NumType.I64: 0xFFFF_FFFF_FFFF_FFFF}
            given = [v & masks[t] if t in masks else v for v, t in zip(args, type.params, strict=True)]
            return Execution(func, given).run()
        return super().invoke(func, type, args)
