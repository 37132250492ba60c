"""The corpus' HTTP components for WASI 0.2 answer the manifest's requests, on the engine `wasmtime`."""

from __future__ import annotations

import pytest

from pycm_core.api import Linker, Store
from tests.wasi import corpus
from wasi_browser import HttpGrant, Machine, Settings, link
from wasi_browser.http.errors import HttpError
from wasi_browser.http.messages import Request
from wasi_browser.http.serving import error_response, serve
from wasi_browser.http.web import VirtualWeb

DATA = corpus.manifest()
EXCHANGES = [
    pytest.param(test["component"], exchange, id=f"{test['name']}-{exchange['request'].get('method', 'GET')}-{number}")
    for test in DATA["tests"]
    if test["kind"] == "http" and DATA["components"][test["component"]]["wasi"] == "0.2"
    for number, exchange in enumerate(test["exchanges"])
]


@pytest.mark.parametrize(("name", "exchange"), EXCHANGES or [pytest.param("components", {}, marks=pytest.mark.skip("no corpus"))])
def test_exchange(name, exchange, engine, component):
    asked, expected = exchange["request"], exchange["response"]
    machine = Machine(Settings())
    linker = Linker()
    linker.add(*link(machine))
    handle = linker.instantiate(Store(engine), component(name)).func("wasi:http/incoming-handler#handle")
    request = Request(
        asked.get("method", "GET"),
        path=asked["path"],
        headers=[(name, value.encode()) for name, value in asked.get("headers", {}).items()],
        body=asked.get("body", "").encode(),
    )
    try:
        response = serve(handle, request)
    except HttpError:
        response = error_response()
    assert response.status == expected["status"], machine.stderr
    headers = {name.lower(): value.decode() for name, value in response.headers}
    assert headers.items() >= expected.get("headers", {}).items()
    if "note" not in expected:
        assert response.body.decode() == expected["body"]


@pytest.mark.skipif(not EXCHANGES, reason="the component corpus is absent (PYCM_SHARED)")
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
