"""WASI's own WIT packages are built in: all of them resolve, for every version of theirs, and are the published ones."""

import os
from pathlib import Path

import pytest

from pycm_core.api import known_packages
from pycm_core.api.command import main
from pycm_core.base.source import Source
from pycm_core.wit import load, resolve
from wasi_browser.wit import RELEASES, packages

PUBLISHED = Path(os.environ.get("PYCM_SHARED", Path(__file__).parents[3] / "shared")) / "wit"
ALL = [(package, version) for version, names in RELEASES.values() for package in names]


@pytest.mark.parametrize("release", RELEASES)
def test_they_are_the_published_ones(release):
    if not PUBLISHED.is_dir():
        pytest.skip(f"{PUBLISHED} is missing")
    version, names = RELEASES[release]
    known = packages()
    assert sorted(p.name for p in (PUBLISHED / release / "deps").iterdir()) == sorted(names)
    for name in known.names:
        if name.version == version:
            theirs = sorted((PUBLISHED / release / "deps" / name.name).glob("*.wit"))
            assert [(s.name, s.text) for s in known.sources(name)] == [(f"{name}/{p.name}", p.read_text("utf-8")) for p in theirs]


@pytest.mark.parametrize(("package", "version"), ALL)
def test_each_resolves(package, version):
    world = {"io": "imports", "http": "proxy" if version.startswith("0.2") else "service"}.get(package, "imports")
    resolved = resolve([Source(f"package a:b;\nworld w {{ include wasi:{package}/{world}@{version}; }}")], known=packages())
    assert f"wasi:{package}@{version}" in [str(p.name) for p in resolved.packages]


@pytest.mark.parametrize("patch", range(13))
def test_every_patch_version_of_0_2_resolves(patch):
    text = f"package a:b;\nworld w {{ include wasi:cli/command@0.2.{patch}; include wasi:http/proxy@0.2.{patch}; }}"
    resolved = resolve([Source(text)], known=packages())
    world = resolved.worlds[dict(resolved.packages[resolved.main].worlds)["w"]]
    names = {resolved.interface_name(i.interface) for i in world.imports}
    assert f"wasi:io/streams@0.2.{patch}" in names and len(names) >= 24
    assert all(str(name).endswith(f"@0.2.{patch}") for name in names)


TEXT = (
    "package a:b;\ninterface i { use wasi:io/streams@0.2.12.{input-stream}; f: func(s: input-stream); }\nworld w { export i; }\n"
)


def test_the_command_and_the_library_know_them(tmp_path, capsys):
    path = tmp_path / "uses.wit"
    path.write_text(TEXT)
    assert main(["wit", "--check", str(path)]) == 0
    assert main(["wit", str(path)]) == 0
    assert "use wasi:io/streams@0.2.12.{input-stream};" in capsys.readouterr().out
    assert "wasi:io@0.2.12" in [str(p.name) for p in load(path, known=known_packages()).packages]
    path.write_text(TEXT.replace("0.2.12", "0.2.99"))
    assert main(["wit", "--check", str(path)]) == 1
    assert "there is `wasi:io@0.2.12`" in capsys.readouterr().err
