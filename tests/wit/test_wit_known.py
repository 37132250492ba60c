"""Packages at hand: taken when they are needed, for earlier versions of their track too, and never instead of what is given."""

import pytest

from pycm_core.base.source import Source
from pycm_core.wit.known import KnownPackages
from pycm_core.wit.model import PackageName
from pycm_core.wit.resolve import resolve_all

LIB = """package ns:lib@1.2.3;
interface one {
  type a = u8;
  @since(version = 1.0.0)
  old: func(x: b);
  @since(version = 1.2.0)
  new: func();
  @since(version = 1.2.0)
  type b = a;
}
@since(version = 1.1.0)
interface two { use ns:base/all@1.2.3.{c}; }
world w { import one; }
"""
BASE = "package ns:base@1.2.3;\ninterface all { record c { d: u8 } }\n"
TEXTS = {PackageName("ns", "lib", "1.2.3"): LIB, PackageName("ns", "base", "1.2.3"): BASE}


def known():
    return KnownPackages(list(TEXTS), lambda name: [Source(TEXTS[name], f"{name}/a.wit")])


def resolved(text, *deps):
    resolve, errors = resolve_all([Source(text)], [[Source(d)] for d in deps], known=known())
    assert errors == []
    return {str(p.name): p for p in resolve.packages}, resolve


def functions(resolve, package, interface):
    index = dict(next(p for p in resolve.packages if str(p.name) == package).interfaces)[interface]
    return [f.name for f in resolve.interfaces[index].functions]


def test_only_what_is_needed_is_taken():
    packages, _ = resolved("package a:b;\nworld w { import ns:base/all@1.2.3; }")
    assert sorted(packages) == ["a:b", "ns:base@1.2.3"]
    packages, resolve = resolved("package a:b;\nworld w { import ns:lib/one@1.2.3; }")
    assert sorted(packages) == ["a:b", "ns:base@1.2.3", "ns:lib@1.2.3"]
    assert functions(resolve, "ns:lib@1.2.3", "one") == ["old", "new"]


def test_an_earlier_version_is_the_package_at_that_target_version():
    packages, resolve = resolved("package a:b;\nworld w { import ns:lib/one@1.0.5; }")
    assert "ns:lib@1.0.5" in packages and "ns:lib@1.2.3" not in packages
    assert functions(resolve, "ns:lib@1.0.5", "one") == ["old"]
    assert [name for name, _ in packages["ns:lib@1.0.5"].interfaces] == ["one"]


@pytest.mark.parametrize(
    ("used", "hint"),
    [
        ("ns:lib/one@1.2.4", "there is `ns:lib@1.2.3`"),
        ("ns:lib/one@2.0.0", "there is `ns:lib@1.2.3`"),
        ("ns:lib/one", "there is `ns:lib@1.2.3`"),
        ("ns:lbi/one@1.2.3", "did you mean `ns:lib@1.2.3`?"),
    ],
)
def test_what_is_not_there_says_what_is(used, hint):
    _, errors = resolve_all([Source(f"package a:b;\nworld w {{ import {used}; }}")], known=known())
    assert [e.hint for e in errors] == [hint]


def test_what_is_given_comes_first():
    packages, resolve = resolved(
        "package a:b;\nworld w { import ns:lib/two@1.2.3; }", "package ns:base@1.2.3;\ninterface all { record c { mine: u8 } }"
    )
    assert sorted(packages) == ["a:b", "ns:base@1.2.3", "ns:lib@1.2.3"]
    record = next(t for t in resolve.types if t.name == "c" and t.members)
    assert [f.label for f in record.kind.fields] == ["mine"]
