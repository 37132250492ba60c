"""What a machine is given as directories, what became of it, and zip files; commands that run together."""

import asyncio
import io
import zipfile
from pathlib import Path

import pytest
from app_corpus import Client

from app.failures import Failed

pytest.importorskip("wasmtime")
PROGRAMS = Path(__file__).parents[2] / "web" / "examples" / "wasi"


@pytest.fixture(scope="module")
def client():
    made = Client()
    for name in ("files", "server", "client", "lines"):
        made("open", name=name, bytes=(PROGRAMS / f"{name}.wasm").read_bytes(), id=name)
    return made


def files(client, *words, **params):
    return client("run", id="files", argv=["files", *words], **params)


def zip_of(**contents):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in contents.items():
            archive.writestr(name, text)
    return out.getvalue()


def test_changes_are_told(client):
    given = {"/a": {"bytes": b"1"}, "/b": {"bytes": b"22"}, "/c": {"bytes": b""}}
    outcome = files(client, "put", "/a", "new", "drop", "/b", "put", "/d/x", "no", files=given)
    assert outcome["exit"] == 1
    outcome = files(client, "put", "/a", "new", "drop", "/b", "folder", "/d", "put", "/d/x", "yes!", files=given)
    assert outcome["changes"] == [
        {"path": "/a", "change": "changed", "before": 1, "after": 3},
        {"path": "/b", "change": "removed", "before": 2, "after": None},
        {"path": "/d", "change": "added", "before": None, "after": None},
        {"path": "/d/x", "change": "added", "before": None, "after": 4},
    ]
    assert set(outcome["files"]) == {"/a", "/c", "/d", "/d/x"}


def test_mounts(client):
    mounts = {
        "/zip": {"zip": zip_of(**{"in/side": "text"})},
        "/mine": {"files": {"/f": {"bytes": b"f"}}, "writable": True},
        "/small": {"writable": True, "capacity": 400},
    }
    words = ("list", "/", "show", "/zip/in/side", "put", "/mine/g", "g", "put", "/zip/x", "y")
    outcome = files(client, *words, files={"/zip/hidden": {"bytes": b""}}, mounts=mounts)
    assert outcome["stdout"] == b"mine/\nsmall/\nzip/\ntext\nerror: read-only: /zip/x\n"
    assert outcome["changes"] == [{"path": "/mine/g", "change": "added", "before": None, "after": 1}]
    assert {path for path in outcome["files"] if "/" in path[1:]} == {"/zip/in", "/zip/in/side", "/mine/f", "/mine/g"}
    assert "kept" not in outcome
    assert files(client, "put", "/small/x", "y" * 500, mounts=mounts)["exit"] == 1
    assert files(client, "list", "/", mounts=mounts)["stdout"] == b"error: not-permitted: /\n"


def test_what_is_to_be_kept_comes_back_where_it_changed(client):
    first = files(client, "put", "/k/a", "one", mounts={"/k": {"kept": "box", "writable": True}})
    kept = first["kept"]["box"]
    assert zipfile.ZipFile(io.BytesIO(kept)).read("a") == b"one"
    again = files(client, "show", "/k/a", mounts={"/k": {"kept": "box", "zip": kept, "writable": True}})
    assert again["stdout"] == b"one\n" and "kept" not in again


@pytest.mark.parametrize(
    "params",
    [
        {"mounts": {"data": {}}},
        {"mounts": {"/data": {"zip": b"?"}}},
        {"mounts": {"/data": {"zip": zip_of(**{"../x": ""})}}},
        {"mounts": {"/data": {"zip": b"", "files": {}}}},
        {"mounts": {"/data": {"files": {"/x": {"bytes": bytes(2000)}}, "capacity": 1000}}},
        {"mounts": {"/data": {"files": {"/x": {}}}}},
        {"mounts": {"/data": {}}, "files": {"/data": {"bytes": b""}}},
        {"capacity": 1000, "files": {"/x": {"bytes": bytes(2000)}}},
    ],
)
def test_mounts_that_make_no_sense_are_refused(client, params):
    with pytest.raises(Failed) as caught:
        files(client, "list", "/", **params)
    assert caught.value.failure["kind"] == "BadRequest"


def test_zip_and_unzip(client):
    tree = {"/a": {"bytes": b"1"}, "/d": {"dir": True}, "/l": {"link": "a"}}
    packed = client("zip", files=tree)["bytes"]
    assert client("unzip", bytes=packed)["files"] == tree
    for data, kind in ((b"?", "Malformed"), (zip_of(**{"/etc/x": ""}), "Malformed"), (bomb(), "Exhaustion")):
        with pytest.raises(Failed) as caught:
            client("unzip", bytes=data)
        assert caught.value.failure["kind"] == kind
    with pytest.raises(Failed) as caught:
        client("zip", files={"/a": {}})
    assert caught.value.failure["kind"] == "BadRequest"


def bomb():
    """A file that says it holds 4 GB."""
    data = bytearray(zip_of(a="x"))
    at = data.find(b"PK\x01\x02")
    data[at + 24 : at + 28] = b"\xf0\xff\xff\xff"
    return bytes(data)


NETWORK = {"network": {}}


def together(client, *commands, grants=NETWORK):
    runs = [{"id": argv.split()[0], "argv": argv.split(), "grants": grants} for argv in commands]
    client.page.told.clear()
    return client("run-together", runs=runs)["results"]


def test_a_server_and_its_clients(client):
    results = together(client, "server 7000 2", "client 7000 one", "client 7000 two")
    assert [result["exit"] for result in results] == [0, 0, 0]
    assert b"back came: one" in results[1]["stdout"] and b"back came: two" in results[2]["stdout"]
    told = [event for event in client.page.told if event["event"] == "output"]
    assert b"".join(event["bytes"] for event in told if event["run"] == 1) == results[1]["stdout"]


def test_names_of_a_network_that_is_shared(client):
    argvs = ("server 7000 1", "client echo.example:7000 one")
    runs = [{"id": argv.split()[0], "argv": argv.split(), "grants": NETWORK} for argv in argvs]
    _, found = client("run-together", runs=runs, names={"echo.example": ["127.0.0.9"]})["results"]
    assert found["stdout"] == b"error: nobody listens there\n"
    _, found = client("run-together", runs=runs, names={"echo.example": ["127.0.0.1"]})["results"]
    assert b"back came: one" in found["stdout"]
    runs[1]["grants"] = {"network": {"lookup": False}}
    _, found = client("run-together", runs=runs, names={"echo.example": ["127.0.0.1"]})["results"]
    assert found["stdout"] == b"error: the name of the host means nothing\n"


def test_a_client_may_come_first(client):
    client_, server = together(client, "client 7000 one", "server 7000 1")
    assert (client_["exit"], server["exit"]) == (0, 0)


def test_who_waits_for_nobody_is_told(client):
    server, other = together(client, "server 7000", "client 7000 one")
    assert other["exit"] == 0
    assert server["trap"]["kind"] == "deadlock" and b"connection 1 is over" in server["stdout"]


def test_sockets_must_be_granted(client):
    server, other = together(client, "server 7000 1", "client 7000 one", grants={})
    assert (server["stdout"], other["stdout"]) == (b"error: sockets are not granted\n",) * 2


def test_a_port_is_free_again_after_a_run(client):
    for _ in range(2):
        outcome = client("run", id="server", argv=["server", "7000"], grants={"network": {"shared": True}})
        assert outcome["stdout"] == b"listening on 127.0.0.1:7000\n"
        assert outcome["trap"]["kind"] == "deadlock"
        assert client.session._boxes()._shared.sockets == 0


def test_stop_ends_all(client):
    async def session():
        stops = []
        client.page.on_stop = stops.append
        client.page.told.clear()
        runs = [{"id": "server", "argv": ["server", port], "grants": NETWORK} for port in ("1", "2")]
        run = asyncio.ensure_future(client.session.handle("run-together", {"runs": runs}, client.page))
        while len(client.page.told) < 2:
            await asyncio.sleep(0.01)
        for stop in stops:
            stop()
        del client.page.on_stop
        await asyncio.wait_for(run, 10)

    with pytest.raises(Failed) as caught:
        asyncio.run(session())
    assert caught.value.failure["kind"] == "Stopped"


@pytest.mark.parametrize(
    "runs",
    [[], [{"id": "files"}] * 17, [{"id": "nothing"}], [{"id": "lines", "grants": {"stdin": "live"}}] * 2, [{"id": "files", "grants": {"x": 1}}]],
)  # fmt: skip
def test_runs_that_make_no_sense_are_refused(client, runs):
    with pytest.raises(Failed) as caught:
        client("run-together", runs=runs)
    assert caught.value.failure["kind"] == "BadRequest"
