"""The engine protocol on the engines that CPython has; tests/browser/test_python_page.py runs the same cases on the browser's."""

import asyncio

import pytest
from conformance import CASES, run


@pytest.mark.parametrize("name", CASES)
def test_case(name, engine):
    asyncio.run(run(name, engine))
