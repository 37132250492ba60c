"""The public face is small, and changes on purpose."""

import pycm_core.api


def test_names():
    assert sorted(pycm_core.api.__all__) == [
        "Component",
        "Err",
        "Event",
        "Exhaustion",
        "Func",
        "HostInterface",
        "HostResource",
        "Instance",
        "InternalError",
        "Invalid",
        "Linker",
        "Malformed",
        "Ok",
        "PyCMError",
        "RecordValue",
        "ResourceHandle",
        "Some",
        "Store",
        "Tracer",
        "Trap",
        "TrapKind",
        "Unlinkable",
        "VariantValue",
        "WitError",
        "embed_world",
        "known_packages",
        "new_component",
    ]
    for name in pycm_core.api.__all__:
        assert getattr(pycm_core.api, name).__doc__
