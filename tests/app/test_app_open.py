"""Every component of the corpus opens, and says what it imports and exports."""

import pytest
from app_corpus import DATA, Client

from pycm_core.wit.print import ident

SIZE = 400_000
"""Larger ones take long to compile, and the calls open those that matter."""
COMPONENTS = sorted(name for name, data in DATA["components"].items() if data["bytes"] < SIZE)


@pytest.fixture(scope="module")
def client():
    pytest.importorskip("wasmtime")
    return Client()


@pytest.mark.skipif(not COMPONENTS, reason="the component corpus is absent (PYCM_SHARED)")
@pytest.mark.parametrize("name", COMPONENTS)
def test_open(client, name):
    answer = client.open(name)
    client("close", id=answer["id"])
    data = DATA["components"][name]
    assert answer["kind"] == "component"
    assert answer["size"] == data["bytes"]
    assert names(answer["imports"]) == sorted(data["imports"])
    assert names(answer["exports"]) == sorted(data["exports"])
    assert answer["command"] == any(export.startswith("wasi:cli/run@") for export in data["exports"])
    assert answer["wit"].startswith("package root:component;")
    for item in answer["imports"]:
        if item["answered"] == "nobody" and item["funcs"]:
            assert any(f"`{item['name']}`" in words for words in answer["missing"])


def names(items):
    """As the manifest lists them: interfaces by name, functions of the world with their types, instances without a package by label."""
    found = []
    for item in items:
        if not item["name"]:
            found.extend(func["wit"] for func in item["funcs"])
        else:
            found.append(item["name"] if ":" in item["name"] else f"{ident(item['name'])}: interface")
    return sorted(found)
