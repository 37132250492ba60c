"""The engine starts: from the snapshot, without it, with a broken one, without isolation, under a sub-path."""

from __future__ import annotations

import gzip
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route

from tests.browser.conftest import Watch, wait_for_python

SNAPSHOT = re.compile(r".*/engine/snapshot-.*\.bin$")


def test_boots_from_the_snapshot(page: Page, site: str) -> None:
    page.goto(site)
    hello = wait_for_python(page)
    assert hello["boot"] == "snapshot"
    assert page.evaluate("() => crossOriginIsolated")
    page.wait_for_function("() => pycm.state === 'ready'")


def test_boots_without_the_snapshot(page: Page, site: str, watch: Watch) -> None:
    watch.allowed.append("ERR_FAILED")
    page.route(SNAPSHOT, lambda route: route.abort())
    page.goto(site)
    assert wait_for_python(page)["boot"] == "plain"


@pytest.mark.parametrize("damage", ["truncated", "flipped", "foreign", "html"])
def test_a_broken_snapshot_is_only_slower(page: Page, site: str, dist: Path, damage: str) -> None:
    bytes = next((dist / "engine").glob("snapshot-*.bin")).read_bytes()
    match damage:
        case "truncated":
            broken = bytes[: len(bytes) // 2]
        case "flipped":
            broken = bytes[:1_000_000] + b"\xff\xff\xff\xff" + bytes[1_000_004:]
        case "foreign":
            image = bytearray(gzip.decompress(bytes))
            image[16:48] = b"\x01" * 32  # the build of Pyodide it was taken from
            broken = gzip.compress(image, 1)
        case _:
            broken = b"<!doctype html>"

    def answer(route: Route) -> None:
        route.fulfill(status=200, body=broken)

    page.route(SNAPSHOT, answer)
    page.goto(site)
    assert wait_for_python(page)["boot"] == "plain"
    assert page.evaluate("() => pycm.call('check-wit', {text: ''})")["diagnostics"] is not None


def test_any_static_host_and_any_path(page: Page, serve: Callable[..., str], dist: Path, tmp_path: Path) -> None:
    shutil.copytree(dist, tmp_path / "some" / "where")
    page.goto(serve(tmp_path, headers=False) + "some/where/")
    assert wait_for_python(page)["boot"] == "snapshot"
    assert not page.evaluate("() => crossOriginIsolated")


def test_random_differs_between_restores(booted: Page) -> None:
    # what `random` seeds shows through nothing the page can ask, so this only asks that a restored Python answers twice alike
    first, second = (booted.evaluate("() => pycm.call('hello', {})") for _ in range(2))
    assert first == second
