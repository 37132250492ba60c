"""The corpus' HTTP components for WASI 0.2 answer the manifest's requests, on each engine that CPython has."""

from __future__ import annotations

import pytest

from pycm_core.api import Linker, Store
from pycm_core.api.engines import make
from tests.wasi import corpus
from wasi_browser import HttpGrant, Machine, Settings, link
from wasi_browser.http.errors import HttpError
from wasi_browser.http.messages import Request
from wasi_browser.http.serving import error_response, serve
from wasi_browser.http.web import VirtualWeb

DATA = corpus.manifest()
TESTS = [test for test in DATA["tests"] if test["kind"] == "http" and DATA["components"][test["component"]]["wasi"] == "0.2"]


@pytest.fixture(scope="module", params=["wasmtime", "python"])
def engine(request):
    if request.param == "wasmtime":
        pytest.importorskip("wasmtime")
    return make(request.param)


@pytest.mark.parametrize(
    "test",
    [pytest.param(test, id=test["name"]) for test in TESTS]
    or [pytest.param({}, marks=pytest.mark.skip("no corpus"), id="corpus")],
)
def test_exchanges(test, engine, component):
    """All in one store, each in an instance of its own: the large ones are compiled once."""
    store = Store(engine)
    differences = [answered(store, component(test["component"]), **exchange) for exchange in test["exchanges"]]
    assert len(differences) > 2
    assert not [difference for difference in differences if difference]


def answered(store, component, request, response, note=None):
    """What is wrong with the answer to a request, if anything."""
    machine = Machine(Settings())
    linker = Linker()
    linker.add(*link(machine))
    handle = linker.instantiate(store, component).func("wasi:http/incoming-handler#handle")
    asked = Request(
        request.get("method", "GET"),
        path=request["path"],
        headers=[(name, value.encode()) for name, value in request.get("headers", {}).items()],
        body=request.get("body", "").encode(),
    )
    try:
        found = serve(handle, asked)
    except HttpError:
        found = error_response()
    headers = {name.lower(): value.decode() for name, value in found.headers}
    wrong = {}
    if found.status != response["status"]:
        wrong["status"] = found.status, response["status"], machine.stderr
    if not headers.items() >= response.get("headers", {}).items():
        wrong["headers"] = headers, response["headers"]
    if "note" not in response and found.body.decode() != response["body"]:
        wrong["body"] = found.body, response["body"]
    return wrong and (request, wrong)


@pytest.mark.skipif(not TESTS, reason="the component corpus is absent (PYCM_SHARED)")
def test_one_component_fetches_from_another(engine, component):
    def server(request):
        linker = Linker()
        linker.add(*link(Machine()))
        instance = linker.instantiate(Store(engine), component("c-http-hello"))
        return serve(instance.func("wasi:http/incoming-handler#handle"), request)

    web = HttpGrant(VirtualWeb({"service.internal": server}))
    machine = Machine(Settings(argv=("fetch", "http://service.internal/echo", "POST", "between us"), http=web))
    assert corpus.run_command(engine, component("c-http-fetch"), machine) == (0, None)
    assert machine.stdout.endswith(b"POST between us")
