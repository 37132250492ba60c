"""Random packages: our model is the oracle's, our text and our binary are read as the same package, by us and by the oracle."""

import json
import os
import re
import subprocess

import pytest

from pycm_core.base.errors import WitError
from pycm_core.base.source import Source
from pycm_core.wit import print_wit, resolve, to_json, wit_of_bytes
from pycm_core.wit.canonical import canonical
from pycm_core.wit.encode import encode_package
from pycm_core.wit.format import format_wit
from tests.oracles import wasm_tools
from tests.wit.random_wit import Generator
from tests.wit.wit_corpus import oracle

SEEDS = int(os.environ.get("PYCM_SEEDS", "60"))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_random_package(seed, tmp_path):
    text = Generator(seed).text()
    file, ours, theirs = tmp_path / "random.wit", tmp_path / "ours.wasm", tmp_path / "theirs.wasm"
    file.write_text(text)
    asked = [wasm_tools(), "component", "wit", "--json", "--features", "on", file]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    if answer.returncode:  # an interface that is needed as an import and as an export; exports under another name are none for us
        assert "in incompatible ways" in answer.stderr
        try:
            resolve([Source(text, str(file))], features=["on"])
        except WitError as e:
            assert "both as an import and as an export" in e.message
        else:
            assert re.search(r"export [\w%-]+: (?!interface|async|func)", text), answer.stderr
        return
    resolved = resolve([Source(text, str(file))], features=["on"])
    assert to_json(resolved) == json.loads(answer.stdout)
    # the oracle writes the documentation of an interface at imports of it under another name, too
    assert print_wit(resolved, docs=False) == oracle("component", "wit", "--no-docs", "--features", "on", file)
    assert canonical(resolve([Source(print_wit(resolved))], features=["on"])) == canonical(resolved)
    assert canonical(resolve([Source(format_wit(text))], features=["on"])) == canonical(resolved)
    data = encode_package(resolved)
    decoded = wit_of_bytes(data)
    assert canonical(decoded, (decoded.main,)) == canonical(resolved, (resolved.main,))
    ours.write_bytes(data)
    subprocess.run([wasm_tools(), "validate", "--features", "all", ours], check=True)
    assert oracle("component", "wit", "--wasm", "--features", "on", file, "-o", theirs) is not None
    assert oracle("component", "wit", ours) == oracle("component", "wit", theirs)
