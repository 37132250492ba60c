"""A gate that `include` brings from a package with versions was printed in a package without, where it could not be read."""

import pytest

from pycm_core.base.source import Source
from pycm_core.wit import print_wit, resolve

DEPENDENCY = "package d:d@1.2.0 { world v { @since(version = 1.1.0) import f: func(); @since(version = 1.1.0) type t = u8; } }\n"


@pytest.mark.parametrize(("root", "kept"), [("a:b", False), ("a:b@1.0.0", False), ("a:b@1.1.0", True)])
def test_it_is_printed_where_it_can_be_read(root, kept):
    text = print_wit(resolve([Source(f"package {root};\n{DEPENDENCY}world w {{ include d:d/v; }}".replace("d/v", "d/v@1.2.0"))]))
    assert ("@since" in text.partition("package d:d")[0]) is kept
    assert print_wit(resolve([Source(text)])) == text
