"""Which tests notice that a function of WASI does nothing.

A plugin of pytest: it runs each test once to learn which functions it calls, then again for each of them with a stub in its place that
answers success (`defaults`) and does nothing. A test observes a function when every stub makes it fail, by its own assertions: a stub
that it trips over says nothing. `python -m pytest -p tests.wasi.stubs --observed=FILE …` writes them as JSON.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from pycm_core.abi.values import Ok, RecordValue, Some, VariantValue
from pycm_core.base.source import Source as Text
from pycm_core.component import types as t
from pycm_core.component.types import Prim
from pycm_core.wit import resolve
from pycm_core.wit.model import Alias, Func, ResourceKind
from tests.wasi.conftest import Guest
from wasi_browser import Machine, Network, NetworkGrant
from wasi_browser.http.bodies import Body, FutureTrailers, IncomingBody
from wasi_browser.http.exchange import Exchange, IncomingResponse, OutgoingRequest, RequestOptions
from wasi_browser.http.fields import Fields
from wasi_browser.http.messages import Request, Response, Timeouts
from wasi_browser.http.serving import IncomingRequest, OutgoingResponse, Outparam
from wasi_browser.net.addresses import Family
from wasi_browser.net.network import Lookup
from wasi_browser.net.udp import Incoming, Outgoing
from wasi_browser.streams import Pipe, Prepared, Sink
from wasi_browser.terminal import Terminal
from wasi_browser.vfs.files import Handle
from wasi_browser.waiting import Condition, always
from wasi_browser.wit import packages

WORK, WAIT = 0.5, 5.0
"""How many seconds a test may work, and wait, with a stub; one that goes on for ever has not noticed anything."""
ENOUGH = 3
"""How many tests of a function are looked for."""


class Nowhere(Sink):
    """Takes everything and keeps nothing."""

    def write(self, data: bytes) -> None:
        pass


class Hangs(BaseException):
    """The stub made the test wait for ever."""


def finished() -> Pipe:
    """A body without content."""
    pipe = Pipe()
    pipe.end()
    return pipe


def exchange(machine: Machine) -> Exchange:
    """A request that was answered with an empty 200."""
    return OutgoingRequest(Fields()).send(lambda request: Response(), machine.waiter, Timeouts())


def udp(machine: Machine) -> Any:
    return Network().udp_socket(Family.IPV4, lambda *asked: True)


RESOURCES: dict[str, Callable[[Machine], Any]] = {
    "error": lambda machine: Exception(),
    "pollable": lambda machine: Condition(lambda: False),
    "input-stream": lambda machine: Prepared(b""),
    "output-stream": lambda machine: Nowhere(),
    "terminal-input": lambda machine: Terminal(""),
    "terminal-output": lambda machine: Terminal(""),
    "descriptor": lambda machine: Handle(machine.fs, machine.fs.root),
    "directory-entry-stream": lambda machine: iter(()),
    "network": lambda machine: NetworkGrant(Network()),
    "tcp-socket": lambda machine: Network().tcp_socket(Family.IPV4, lambda *asked: True),
    "udp-socket": udp,
    "incoming-datagram-stream": lambda machine: Incoming(udp(machine), 0),
    "outgoing-datagram-stream": lambda machine: Outgoing(udp(machine), 0),
    "resolve-address-stream": lambda machine: Lookup(()),
    "fields": lambda machine: Fields(mutable=True),
    "incoming-request": lambda machine: IncomingRequest(Request()),
    "outgoing-request": lambda machine: OutgoingRequest(Fields()),
    "request-options": lambda machine: RequestOptions(),
    "response-outparam": lambda machine: Outparam(),
    "incoming-response": lambda machine: IncomingResponse(200, [], IncomingBody(finished(), list)),
    "incoming-body": lambda machine: IncomingBody(finished(), list),
    "future-trailers": lambda machine: FutureTrailers(finished(), list),
    "outgoing-response": lambda machine: OutgoingResponse(Fields()),
    "outgoing-body": lambda machine: Body(Pipe(), None, ""),
    "future-incoming-response": exchange,
}
"""A new one of each, as empty as it gets."""


CONSTANT = {
    "wasi:sockets/udp#[method]udp-socket.subscribe": "what is started on a datagram socket can be finished at once",
    "wasi:sockets/udp#[method]outgoing-datagram-stream.subscribe": "a datagram can always be sent; what there is no room for is lost",
}
"""Functions whose pollable is always ready, and why: that stub says the truth, so only the one that never is counts."""


@cache
def text() -> Any:
    """WASI 0.2's packages."""
    names = {name.name for name in packages().names if (name.version or "").startswith("0.2.")}
    worlds = "".join(f"  include wasi:{name}/{'proxy' if name == 'http' else 'imports'}@0.2.12;\n" for name in sorted(names))
    world = f"package a:b;\nworld w {{\n{worlds}  import wasi:http/incoming-handler@0.2.12;\n}}\n"
    return resolve([Text(world)], known=packages(), features=("*",))


@cache
def functions() -> dict[str, Func]:
    """By `wasi:package/interface#function`."""
    found = {}
    for interface in text().interfaces:
        package = text().packages[interface.package].name
        for function in interface.functions:
            found[f"wasi:{package.name}/{interface.name}#{function.name}"] = function
    return found


def stubs(function: str, machine: Machine) -> list[Any]:
    """What the stubs of a function answer."""
    declared = functions()[function]
    if declared.kind == "constructor":  # one that makes nothing: there is one such thing, and it is always the same
        return [THE.setdefault(function, next(defaults(declared.result, machine)))]
    answers = list(defaults(declared.result, machine))
    if function.endswith("subscribe") and function not in CONSTANT:
        answers.append(Condition(always))
    return answers


THE: dict[str, Any] = {}
"""What constructors that make nothing answer."""


def defaults(type: Any, machine: Machine) -> Iterator[Any]:
    """Values of a type that need nothing to be done: one, and where a test could be content with it by chance, others."""
    if type is None:
        yield None
        return
    if isinstance(type, Prim):
        yield from {Prim.BOOL: (False, True), Prim.STRING: ("",), Prim.CHAR: ("\0",)}.get(type, (0,))
        return
    definition = text().types[type]
    kind = definition.kind
    match kind:
        case Alias():
            yield from defaults(kind.type, machine)
        case ResourceKind():
            yield RESOURCES[definition.name](machine)
        case t.Own() | t.Borrow():
            yield from defaults(kind.resource, machine)
        case t.Option():
            yield None
            inner = next(defaults(kind.type, machine))
            yield Some(None) if inner is None else inner
        case t.Result():
            for value in defaults(kind.ok, machine):
                yield Ok(value)
        case t.List():
            yield b"" if kind.element is Prim.U8 else []
        case t.Tuple():
            yield tuple(next(defaults(member, machine)) for member in kind.types)
        case t.Record():
            yield RecordValue({field.label: next(defaults(field.type, machine)) for field in kind.fields})
        case t.Variant():
            case = kind.cases[0]
            yield VariantValue(case.label, None if case.type is None else next(defaults(case.type, machine)))
        case t.EnumType():
            yield kind.labels[0]
        case t.Flags():
            yield frozenset()
        case _:
            raise AssertionError(f"no default for {kind}")


class Observer:
    """Runs the tests, with and without stubs."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.observed: dict[str, set[str]] = {}
        self.failure: BaseException | None = None
        self.broken: list[str] = []

    def pytest_exception_interact(self, call: Any) -> None:
        self.failure = call.excinfo.value

    def run(self, item: Any, nextitem: Any) -> BaseException | None:
        """What a test fails with."""
        self.failure = None
        item._initrequest()
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        if any(report.failed for report in reports):
            return self.failure or Exception("failed")
        return None

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self) -> Iterator[None]:
        if Guest.stub is not None:
            signal.setitimer(signal.ITIMER_PROF, WORK)
            signal.setitimer(signal.ITIMER_REAL, WAIT)
        try:
            return (yield)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.setitimer(signal.ITIMER_REAL, 0)

    def pytest_runtest_protocol(self, item: Any, nextitem: Any) -> bool:
        name = item.nodeid.rpartition("/")[2].partition("[")[0]
        called: set[str] = set()
        Guest.hears, Guest.stub = called.add, None
        failure = self.run(item, nextitem)
        Guest.hears = lambda function: None
        if failure is not None:
            self.broken.append(f"{item.nodeid}: {failure!r}")
            return True
        for function in sorted(called):
            choices = range(len(stubs(function, Machine())))
            tests = self.observed.setdefault(function, set())
            if (
                name not in tests
                and len(tests) < ENOUGH
                and all(self.notices(item, nextitem, function, index) for index in choices)
            ):
                tests.add(name)
        Guest.stub = None
        return True

    def notices(self, item: Any, nextitem: Any, function: str, index: int) -> bool:
        """Whether the test fails, by what it expects, when `function` is a stub."""
        Guest.stub = function, lambda machine: stubs(function, machine)[index]
        failure = self.run(item, nextitem)
        return failure is not None and not isinstance(failure, (TypeError, AttributeError, Hangs))

    def pytest_sessionfinish(self) -> None:
        observed = {function: sorted(tests) for function, tests in self.observed.items() if tests}
        self.out.write_text(json.dumps({"observed": observed, "broken": self.broken}))


def pytest_addoption(parser: Any) -> None:
    parser.addoption("--observed", help="where to write which tests observe which functions")


def pytest_configure(config: Any) -> None:
    path = config.getoption("observed")
    if path:

        def hangs(*arguments: object) -> None:
            raise Hangs

        signal.signal(signal.SIGALRM, hangs)
        signal.signal(signal.SIGPROF, hangs)
        config.pluginmanager.register(Observer(Path(path)))
