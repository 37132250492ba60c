"""`pycm run`: run a command, or call one function."""

from __future__ import annotations

import argparse
import re
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from pycm_core import wave
from pycm_core.abi.trace import Tracer
from pycm_core.api.component import Component, Instance, Linker
from pycm_core.api.engines import ENGINES, default, make
from pycm_core.api.hosts import Host, HostRequest, factories
from pycm_core.api.verbs import inputs, tracing
from pycm_core.api.verbs.bounding import add_bounds, bounds, within
from pycm_core.api.verbs.granting import add_grants
from pycm_core.base.errors import Exhaustion, PyCMError, Trap, Unlinkable
from pycm_core.base.features import DEFAULT_FEATURES
from pycm_core.base.render import render
from pycm_core.base.source import Source
from pycm_core.runtime.engines.bounded import explain
from pycm_core.runtime.store import Store

TRAPPED = 134
"""The exit code when the guest trapped, or came to a bound (of its stack, too): what a shell shows for an abort."""
COMMAND = re.compile(r"wasi:cli/run(@[^#]*)?#run")
HANDLER = re.compile(r"wasi:http/incoming-handler(@[^#]*)?#handle")


def add(verbs: Any) -> None:
    """Declare the verb."""
    parser = verbs.add_parser("run", help="run a command (a component that exports `wasi:cli/run`), or call one function")
    parser.set_defaults(verb=run, json=False)
    parser.add_argument("--invoke", metavar="CALL", help='call this, as in `f(1, "x")`, instead of running a command')
    parser.add_argument("--argv0", metavar="NAME", help="the name the command sees itself run under")
    parser.add_argument("--engine", choices=ENGINES, help="what runs core code; the fastest one installed when left out")
    parser.add_argument(
        "--trace", type=Path, metavar="FILE", help="write the events of the canonical ABI there, one JSON object a line"
    )
    add_bounds(parser)
    add_grants(parser)
    inputs.add_file(parser, "a component")
    parser.add_argument("args", nargs=argparse.REMAINDER, help="arguments of the command")


def run(options: argparse.Namespace) -> int:
    """Run; the guest's exit code, or 134 when it trapped or reached a bound."""
    component = Component(inputs.binary(options.file, DEFAULT_FEATURES))
    with ExitStack() as closing:
        tracer = (
            None
            if options.trace is None
            else tracing.written(closing.enter_context(options.trace.open("w", encoding="utf-8")), component)
        )
        return _run(options, component, tracer)


def _run(options: argparse.Namespace, component: Component, tracer: Tracer | None) -> int:
    linker = Linker()
    linker.unknown_imports_trap()
    request = HostRequest((options.argv0 or options.file.name, *options.args), options)
    given = [factory.host(request) for factory in factories()]
    for host in given:
        linker.add(*host.interfaces())
    bounded = bounds(options.W)
    engine = make(options.engine or default(), bounded)
    store = Store(engine, trace=tracer)
    try:
        with within(bounded.time, engine):
            instance = linker.instantiate(store, component)
            if options.invoke is not None:
                sys.stdout.write(invoke(instance, options.invoke))
                return 0
            return command(instance, given)
    except (Trap, Exhaustion) as error:
        explain(error, engine, store.core)
        sys.stderr.write(render(error, str(options.file)) + "\n")
        return TRAPPED


def command(instance: Instance, given: list[Host]) -> int:
    """Run `wasi:cli/run`; the first one, where it is exported in several versions."""
    paths = [path for path, _ in instance.funcs()]
    found = next(filter(COMMAND.fullmatch, paths), None)
    if found is None:
        serves = any(map(HANDLER.fullmatch, paths))
        names = ", ".join(paths[:8]) or "nothing"
        raise Unlinkable(
            "this component is no command: it does not export `wasi:cli/run`",
            hint="it answers HTTP: `pycm serve`" if serves else f"call a function with `--invoke`; it exports {names}",
        )
    if not given:
        raise PyCMError(
            "no host is installed that could run a command",
            hint="the distribution registers one; install it, not only its folder",
        )
    return given[0].run(instance.func(found))


def invoke(instance: Instance, text: str) -> str:
    """Call what `text` says; the result as WAVE in a line of its own, or nothing."""
    source = Source(text, "--invoke")
    name, spans = wave.parse_call(source)
    func = instance.func(name)
    params = func.type.params
    if len(spans) != len(params):
        raise PyCMError(f"`{name}` takes {len(params)} arguments, found {len(spans)}")
    args = [wave.parse(Source(span.text(), f"argument `{p.label}`"), p.type) for span, p in zip(spans, params, strict=True)]
    result = func(*args)
    return "" if func.type.result is None else wave.print(result, func.type.result) + "\n"
