"""The README's promises about the library and the command."""

import re
import shlex
from pathlib import Path

import pytest

from pycm_core.api import Component
from pycm_core.api.command import main
from pycm_core.base.source import Source
from pycm_core.component.binary.encode import encode
from pycm_core.component.text.parse import parse

README = (Path(__file__).parents[2] / "README.md").read_text()
LIBRARY = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
COMMANDS = re.findall(r"^    pycm (.*)$", README, re.MULTILINE)
KIT = """
(component
  (import "demo:host/log@1.0.0" (instance $log (export "write" (func (param "text" string)))))
  (core module $memory (memory (export "memory") 1)
    (data (i32.const 16) "adding")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $memory (instantiate $memory))
  (core func $write (canon lower (func $log "write") (memory $memory "memory") (realloc (func $memory "realloc"))))
  (core module $kit
    (import "log" "write" (func $write (param i32 i32)))
    (func (export "add") (param i32 i32) (result i32)
      (call $write (i32.const 16) (i32.const 6))
      (i32.add (local.get 0) (local.get 1))))
  (core instance $kit (instantiate $kit (with "log" (instance (export "write" (func $write))))))
  (func $add (param "a" s32) (param "b" s32) (result s32) (canon lift (core func $kit "add")))
  (instance $face (export "add" (func $add)))
  (export "demo:kit/kit" (instance $face)))
"""


def example(part: str) -> str:
    """The README's one example that has `part`."""
    (found,) = (text for text in LIBRARY if part in text)
    return found


@pytest.fixture
def some(tmp_path, monkeypatch):
    """A component as the README's, called `some.wasm` in the current directory."""
    monkeypatch.chdir(tmp_path)
    data = encode(parse(Source(KIT)))
    Path("some.wasm").write_bytes(data)
    return Component(data)


def test_the_library(some, capsys):
    text = example("Linker()")
    *before, last = text.strip().splitlines()
    names = {}
    exec("\n".join(before), names)
    assert eval(last, names) == 3
    assert capsys.readouterr().out == "adding\n"


def test_memory_from_a_trace(some, capsys):
    main(["run", "--invoke", "demo:kit/kit#add(1, 2)", "--engine", "python", "--trace", "events.jsonl", "some.wasm"])
    names = {}
    exec(example("rebuild("), names)
    assert names["memories"][0][16:22] == b"adding"


def test_the_command_calls_it(some, capsys):
    assert main(["run", "--invoke", "demo:kit/kit#add(1, 2)", "--engine", "python", "some.wasm"]) == 134  # nobody answers `write`
    assert "`demo:host/log@1.0.0#write`" in capsys.readouterr().err


@pytest.mark.parametrize("line", COMMANDS, ids=lambda line: " ".join(line.split()[:2]))
def test_every_option_that_is_named_exists(line, capsys):
    words = shlex.split(line.replace("[", " ").replace("]", " ").replace("…", " "))
    verb = words[:2] if words[0] == "component" else words[:1]
    with pytest.raises(SystemExit) as ended:
        main([*verb, "--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    for option in re.findall(r"(?<![\w-])--?[a-z][\w-]*", line):
        assert re.search(rf"(?<![\w-]){option}(?![\w-])", told), option


def test_every_grant_that_is_named_exists(capsys):
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    told = capsys.readouterr().out
    rows = re.findall(r"^\| (`--.*?) \|", README, re.MULTILINE)
    assert len(rows) > 8
    for option in re.findall(r"--[a-z-]+", " ".join(rows)):
        assert f"{option} " in told or f"{option}\n" in told, option
