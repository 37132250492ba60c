"""The public face of `pycm_core.wit` is small, and changes on purpose."""

import pycm_core.wit


def test_names():
    assert sorted(pycm_core.wit.__all__) == [
        "CheckResult",
        "KnownPackages",
        "Resolve",
        "check",
        "format_wit",
        "load",
        "print_wit",
        "resolve",
        "to_json",
        "wit_of_bytes",
        "wit_of_component",
    ]
    for name in pycm_core.wit.__all__:
        assert getattr(pycm_core.wit, name).__doc__
