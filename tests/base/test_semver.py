"""Which versions are compatible."""

import pytest

from pycm_core.base.semver import canonical_version


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.2.3", "1"),
        ("0.2.12", "0.2"),
        ("0.0.7", "0.0.7"),
        ("1.0.0-rc.1", "1.0.0-rc.1"),
        ("2.1.0+b", "2"),
        ("1.0.0-rc.1+b", "1.0.0-rc.1"),
    ],
)
def test_canonical_version(version, expected):
    assert canonical_version(version) == expected
