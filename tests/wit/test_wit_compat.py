"""What breaks whom between two versions of a package, and whether a component fits a world."""

import dataclasses

import pytest

from pycm_core.base.source import Source
from pycm_core.wit import load, print_wit, resolve, wit_of_bytes
from pycm_core.wit.compat import fits
from pycm_core.wit.diff import diff
from tests.wit.wit_corpus import COMPONENTS, WASI


def package(body, version="1.0.0"):
    return resolve([Source(f"package a:b@{version};\n{body}")], features=["*"])


BASE = "interface i { record r { a: u32 } resource s { m: func() -> r; } f: func(a: r, s: s); g: func(); } world w { import i; export h: func(); }"


@pytest.mark.parametrize(
    ("new", "verdict", "needed", "changes"),
    [
        (BASE, "same", "none", []),
        (BASE.replace("g: func();", "g: func(); k: func();"), "compatible", "minor", [("i#k", "added", ("providers",))]),
        (BASE.replace("g: func();", ""), "breaking", "major", [("i#g", "removed", ("users",))]),
        (
            BASE.replace("a: u32", "a: u64"),
            "breaking",
            "major",
            [
                ("i#r", "changed", ("users", "providers")),
                ("i#[method]s.m", "changed", ("users", "providers")),
                ("i#f", "changed", ("users", "providers")),
            ],
        ),
        (BASE.replace("g: func();", "/// Docs.\ng: func();"), "compatible", "patch", [("i#g", "documented", ())]),
        (
            BASE.replace("import i;", "import i; import x: func();"),
            "compatible",
            "minor",
            [("world w import x", "added", ("hosts",))],
        ),
        (
            BASE.replace("export h", "export h2: func(); export h"),
            "breaking",
            "major",
            [("world w export h2", "added", ("components",))],
        ),
        (BASE.replace("import i;", ""), "breaking", "major", [("world w import i", "removed", ("components",))]),
        (BASE + " interface j {}", "compatible", "minor", [("j", "added", ())]),
        (BASE.replace("record r { a: u32 }", "type q = u32; record r { a: q }"), "compatible", "minor", [("i#q", "added", ())]),
        (
            BASE.replace("import i;", "import i; import l: i;"),
            "compatible",
            "minor",
            [("world w import l", "added", ("hosts",))],
        ),
        (BASE.replace("g: func()", "g: async func()"), "breaking", "major", [("i#g", "changed", ("users", "providers"))]),
    ],
)
@pytest.mark.parametrize("version", ["1.0.0", "2.0.0"])
def test_diff(new, verdict, needed, changes, version):
    found = diff(package(BASE), package(new, version))
    assert [(c.path, c.kind, c.breaks) for c in found.changes] == changes
    assert (found.verdict, found.needed) == (verdict, needed)
    if verdict == "breaking":
        assert found.honest is (version == "2.0.0")


def component(world, packages=""):
    """A component's WIT, as `wit_of_component` gives it."""
    return resolve([Source(f"package root:component;\nworld root {{ {world} }}\n{packages}")], features=["*"])


HOST = """package h:h@1.0.0;
interface log { enum level { low, high } write: func(l: level, s: string); flush: func(); }
world w { import log; import now: func() -> u64; export run: func(); }
"""
LOG = "package h:h@1.%d.0 { interface log { enum level { low, high } %s } }"


@pytest.mark.parametrize(
    ("world", "packages", "problems"),
    [
        ("export run: func();", "", []),
        ("import h:h/log@1.0.0; export run: func();", LOG % (0, "write: func(l: level, s: string);"), []),
        ("import h:h/log@1.3.0; export run: func();", LOG % (3, "flush: func();"), []),
        ("import h:h/log@1.0.0; export run: func();", LOG % (0, "other: func();"), [("import h:h/log@1#other", "missing")]),
        (
            "import h:h/log@1.0.0; export run: func();",
            LOG % (0, "write: func(l: level, s: u8);"),
            [("import h:h/log@1#write", "different")],
        ),
        ("import now: func() -> u32; export run: func();", "", [("import now", "different")]),
        ("import later: func();", "", [("import later", "missing"), ("export run", "missing")]),
        (
            "import h:h/log@2.0.0; export run: func();",
            "package h:h@2.0.0 { interface log {} }",
            [("import h:h/log@2", "missing")],
        ),
    ],
)
def test_fits(world, packages, problems):
    target = resolve([Source(HOST)])
    found = fits(component(world, packages), target, dict(target.packages[target.main].worlds)["w"])
    assert [(x.path, x.problem) for x in found] == problems


def test_a_real_command_fits_the_command_world():
    path, wasi = COMPONENTS / "jco-hello-stdout.wasm", WASI / "0.2"
    if not path.exists() or not wasi.exists():
        pytest.skip(f"{path} or {wasi} is missing")
    target = load(wasi, features=["*"])
    worlds = {target.world_name(i): i for i in range(len(target.worlds))}
    command = wit_of_bytes(path.read_bytes())
    assert fits(command, target, worlds["wasi:cli/command@0.2.12"]) == []
    assert fits(command, target, worlds["wasi:http/proxy@0.2.12"]) != []


@pytest.mark.parametrize("release", ["0.2", "0.3"])
def test_wasi_is_the_same_as_itself(release):
    if not (WASI / release).exists():
        pytest.skip(f"{WASI / release} is missing")
    one = load(WASI / release, features=["*"])
    other = resolve([Source(print_wit(one))], features=["*"])
    for name in [p.name for p in one.packages]:
        old = dataclasses.replace(one, main=[p.name for p in one.packages].index(name))
        new = dataclasses.replace(other, main=[p.name for p in other.packages].index(name))
        assert diff(old, new).changes == ()


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        ("import l: i;", "import l: j;", ["changed"]),
        ("import l: i;", "import l: interface {}", ["changed"]),
        ("import l: interface { f: func(); }", "import l: interface { f: func(); g: func(); }", ["added"]),
        ("export l: i;", "export l: i;", []),
    ],
)
def test_what_stands_behind_a_name(old, new, kinds):
    body = "interface i { f: func(); } interface j { f: func(); } world w { %s }"
    assert [c.kind for c in diff(package(body % old), package(body % new)).changes] == kinds


def test_another_track_of_versions_is_named():
    target = resolve([Source(HOST)])
    found = fits(
        component("import h:h/log@2.0.0; export run: func();", "package h:h@2.0.0 { interface log {} }"),
        target,
        dict(target.packages[target.main].worlds)["w"],
    )
    assert found[0].message == "the world does not provide `h:h/log@2`, but `h:h/log@1`, which is another track of versions"
