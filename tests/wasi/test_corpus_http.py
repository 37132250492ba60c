"""The corpus' HTTP components for WASI 0.2 answer the manifest's requests, on the engine `wasmtime`."""

from __future__ import annotations

import pytest

from pycm_core.api import Linker, Store
from tests.wasi import corpus
from wasi_browser import Machine, Settings, link
from wasi_browser.http.errors import HttpError
from wasi_browser.http.messages import Request
from wasi_browser.http.serving import error_response, serve

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
