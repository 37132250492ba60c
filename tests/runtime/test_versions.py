"""Which provided version answers an import."""

import pytest

from pycm_core.runtime.versions import provider


@pytest.mark.parametrize(
    ("wanted", "provided", "found"),
    [
        ("a:b/c@0.2.3", ["a:b/c@0.2.12"], "a:b/c@0.2.12"),
        ("a:b/c@0.2.12", ["a:b/c@0.2.0"], "a:b/c@0.2.0"),
        ("a:b/c@0.2.3", ["a:b/c@0.3.0"], None),
        ("a:b/c@1.2.3", ["a:b/c@1.9.0", "a:b/c@2.0.0"], "a:b/c@1.9.0"),
        ("a:b/c@0.0.3", ["a:b/c@0.0.4"], None),
        ("a:b/c@0.2.0-rc-1", ["a:b/c@0.2.0"], None),
        ("a:b/c@0.2.0-rc-1", ["a:b/c@0.2.0-rc-1"], "a:b/c@0.2.0-rc-1"),
        ("a:b/c", ["a:b/c"], "a:b/c"),
        ("a:b/c", ["a:b/c@1.0.0"], None),
        ("a:b/c@1.0.0", ["a:b/d@1.0.0"], None),
    ],
)
def test_provider(wanted, provided, found):
    assert provider(wanted, provided) == found
