"""Files for commands, as a visitor gives them and gets them back: by hand, in folders, in zip files, and kept on this computer."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import wait_for_python
from tests.browser.hands import Hands
from tests.browser.test_waiting import PROGRAMS, opened


@pytest.fixture
def hands(booted: Page) -> Iterator[Hands]:
    hands = Hands(booted)
    give(hands)
    yield hands


def give(hands: Hands) -> None:
    hands.give("files.wasm", PROGRAMS / "files.wasm")
    expect(hands.find("run-card")).to_be_visible(timeout=60_000)
    hands.find("given-files").evaluate("details => { details.open = true; }")


def zip_of(**contents: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return out.getvalue()


def upload(hands: Hands, name: str, data: bytes) -> None:
    hands.find("add-zip").set_input_files({"name": name, "mimeType": "application/zip", "buffer": data})
    expect(hands.find("busy")).to_have_count(0, timeout=60_000)


def run(hands: Hands, line: str, exit: int = 0) -> str:
    hands.find("argv").fill(line)
    hands.find("run").click()
    expect(hands.find("exit")).to_contain_text(f"exit code {exit}", timeout=60_000)
    return hands.find("console").text_content() or ""


def saved(hands: Hands, button: str) -> dict[str, bytes]:
    """The zip file that a button saves, by name."""
    with hands.page.expect_download() as download:
        hands.find(button).click()
    archive = zipfile.ZipFile(Path(download.value.path()))
    return {name: archive.read(name) for name in archive.namelist()}


def test_a_zip_file_in_a_run_and_a_zip_file_out(hands: Hands) -> None:
    data = {"words/a.txt": b"one\n", "words/b.bin": bytes(range(256)) * 200, "gone": b"x"}
    upload(hands, "data.zip", zip_of(**data))
    rows = hands.find("files").locator("li")
    expect(rows).to_have_count(4)
    assert [text.split()[0] for text in rows.all_text_contents()] == ["/gone1", "/words/", "/words/a.txt4", "/words/b.bin51.2"]
    assert (
        run(hands, "files put /words/c.txt <b>hello</b> add /words/a.txt two drop /gone list /words") == "a.txt\nb.bin\nc.txt\n"
    )
    rows = [" ".join(text.split()) for text in hands.find("files-after").locator("li").all_inner_texts()]
    assert [row.replace(" View", "") for row in rows] == [
        "/gone removed was 1 byte",
        "/words/a.txt changed 4 → 7 bytes",
        "/words/c.txt added 12 bytes",
    ]
    hands.page.get_by_label("View /words/c.txt").click()
    expect(hands.find("file-text")).to_have_text("<b>hello</b>")
    assert saved(hands, "save-left") == {
        "words/": b"",
        "words/a.txt": b"one\ntwo",
        "words/b.bin": data["words/b.bin"],
        "words/c.txt": b"<b>hello</b>",
    }
    hands.find("keep-files").click()
    assert run(hands, "files show /words/a.txt").startswith("one\ntwo")
    expect(hands.find("files-after")).to_have_text("")


def test_what_was_given_comes_back_as_it_was(hands: Hands) -> None:
    data = {"a": b"1", "b/c": bytes(100_000), "ünï": b"\xff"}
    upload(hands, "data.zip", zip_of(**data))
    given = saved(hands, "save-given")
    assert {name: content for name, content in given.items() if not name.endswith("/")} == data


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"no zip", "not a readable zip file"),
        (zip_of(**{"../out": b"x"}), "leaves the archive"),
        (zip_of(**{"/etc/x": b"x"}), "leaves"),
    ],
)
def test_a_hostile_zip_file_is_refused_in_words(hands: Hands, data: bytes, said: str) -> None:
    upload(hands, "<b>bad</b>.zip", data)
    expect(hands.find("zip-refused")).to_contain_text("<b>bad</b>.zip was not unpacked")
    expect(hands.find("zip-refused")).to_contain_text(said)
    expect(hands.find("files").locator("li")).to_have_count(0)


def test_a_folder_with_what_is_in_it(hands: Hands, tmp_path: Path) -> None:
    (tmp_path / "top" / "sub").mkdir(parents=True)
    (tmp_path / "top" / "a").write_text("A")
    (tmp_path / "top" / "sub" / "b").write_text("B")
    hands.find("add-folder").set_input_files(tmp_path / "top")
    expect(hands.find("files").locator("li")).to_have_count(4)
    assert run(hands, "files show /top/sub/b list /top") == "B\na\nsub/\n"


def test_a_text_is_written_and_edited_by_keyboard(hands: Hands) -> None:
    hands.find("new-file-name").fill("docs/a.txt")
    hands.find("new-file-name").press("Enter")
    expect(hands.find("exit")).to_have_count(0)
    hands.find("edit-text").fill("first")
    assert run(hands, "files show /docs/a.txt") == "first\n"
    hands.find("edit-text").press_sequentially(" and more")
    hands.page.get_by_label("Done with /docs/a.txt").press("Enter")
    expect(hands.find("edit-text")).to_have_count(0)
    assert run(hands, "files show /docs/a.txt") in ("first and more\n", " and morefirst\n")
    hands.page.get_by_label("Remove /docs", exact=True).click()
    expect(hands.find("files").locator("li")).to_have_count(0)


def test_files_may_be_read_only_and_have_a_quota(hands: Hands) -> None:
    upload(hands, "data.zip", zip_of(a=b"1"))
    hands.find("read-only").check()
    assert run(hands, "files put /b 2", exit=1) == "error: read-only: /b\n"
    hands.find("read-only").uncheck()
    hands.find("quota").fill("0.001")
    assert run(hands, f"files put /b {'2' * 900}", exit=1) == "error: quota: /b\n"
    hands.find("quota").fill("")
    run(hands, f"files put /b {'2' * 900}")


DROP = """(files) => {
  const transfer = new DataTransfer();
  for (const [name, text] of files) transfer.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name));
  const event = (type) => new DragEvent(type, {dataTransfer: transfer, bubbles: true, cancelable: true});
  document.body.dispatchEvent(event('dragover'));
  document.body.dispatchEvent(event('drop'));
}"""


def test_dropped_files_and_zip_files_are_given(hands: Hands) -> None:
    import base64

    data = [("note.txt", b"hello"), ("more.zip", zip_of(**{"in/side": b"!"}))]
    hands.page.evaluate(DROP, [[name, base64.b64encode(text).decode()] for name, text in data])
    expect(hands.find("files").locator("li")).to_have_count(3)
    expect(hands.find("busy")).to_have_count(0)
    assert run(hands, "files show /note.txt show /in/side") == "hello\n!\n"


def test_a_kept_directory_is_there_at_the_next_visit(hands: Hands, site: str) -> None:
    assert "not-permitted" not in run(hands, "files list /")
    run(hands, "files list /kept", exit=1)
    hands.find("keep").check()
    hands.find("kept-name").fill("my notes")
    run(hands, "files put /kept/one.txt first folder /kept/sub")
    expect(hands.find("kept-list")).to_contain_text("my notes")
    hands.page.goto("about:blank")
    hands.page.goto(site)
    wait_for_python(hands.page)
    give(hands)
    expect(hands.find("keep")).not_to_be_checked()
    run(hands, "files list /kept", exit=1)
    hands.find("keep").check()
    expect(hands.find("kept-name")).to_have_value("files")
    hands.find("kept-name").fill("my notes")
    assert run(hands, "files show /kept/one.txt add /kept/one.txt +") == "first\n"
    assert run(hands, "files show /kept/one.txt list /kept") == "first+\none.txt\nsub/\n"
    assert {"kept/one.txt": b"first+"}.items() <= saved(hands, "save-left").items()
    hands.page.get_by_label("Forget my notes").click()
    expect(hands.find("kept-list")).to_have_count(0)
    run(hands, "files show /kept/one.txt", exit=1)


KEEP = """([id, words, place = {}]) => pycm.call('run', {
  id, argv: ['files', ...words], mounts: {'/k': {kept: 'box', writable: true, ...place}},
}).then(({exit, stdout, changes, kept}) => ({exit, text: new TextDecoder().decode(stdout), changes, kept}), (error) => error)"""


def test_mounts_of_scripts(booted: Page) -> None:
    id = opened(booted, "files")
    first = booted.evaluate(KEEP, [id, ["put", "/k/a", "1"]])
    assert first == {
        "exit": 0,
        "text": "",
        "changes": [{"path": "/k/a", "change": "added", "before": None, "after": 1}],
        "kept": None,
    }
    assert booted.evaluate(KEEP, [id, ["show", "/k/a"]])["text"] == "1\n"
    refused = booted.evaluate(KEEP, [id, ["put", "/k/a", "2"], {"writable": False}])
    assert refused["text"] == "error: read-only: /k/a\n"
    full = booted.evaluate(KEEP, [id, ["put", "/k/b", "2" * 2000], {"capacity": 2000}])
    assert full["text"] == "error: quota: /k/b\n"
    wrong = booted.evaluate(KEEP, [id, ["list", "/k"], {"kept": "../x"}])
    assert (wrong["kind"], "nothing can be kept as" in wrong["message"]) == ("BadRequest", True)
    held = booted.evaluate(
        """([id]) => navigator.locks.request('pycm kept box', () =>
          pycm.call('run', {id, argv: ['files', 'list', '/k'], mounts: {'/k': {kept: 'box'}}}).catch((error) => error))""",
        [id],
    )
    assert "in use" in held["message"]
    zipped = booted.evaluate(
        """([id]) => pycm.call('zip', {files: {'/x': new Blob(['in a zip'])}})
          .then(({bytes}) => pycm.call('run', {id, argv: ['files', 'show', '/z/x'], mounts: {'/z': {zip: new Blob([bytes])}}}))
          .then(({stdout}) => new TextDecoder().decode(stdout))""",
        [id],
    )
    assert zipped == "in a zip\n"
    ask = "([method, id]) => pycm.call(method, {id, url: '/', mounts: {'/k': {kept: 'box', writable: true}}}).catch(({message}) => ({message}))"
    site = opened(booted, "site")
    assert booted.evaluate(ask, ["request", site])["status"] == 200
    assert "cannot keep" not in booted.evaluate(ask, ["serve", site]).get("message", "")  # there is no service worker in here


STOPPED = """async ([id, words]) => {
  const written = Promise.withResolvers(), kept = Promise.withResolvers();
  let text = '';
  const call = pycm.call('run', {id, argv: ['files', ...words], files: {}, mounts: {'/k': {kept: 'stopped', writable: true}}}, {
    onOutput: (_stream, bytes) => { text += new TextDecoder().decode(bytes); if (text.endsWith(`${words.at(-1)}\\n`)) written.resolve(); },
    onKept: (name, problem) => kept.resolve([name, problem]),
  }).catch(({kind}) => kind);
  await written.promise;
  await pycm.stop();
  return [await call, await kept.promise];
}"""


@pytest.mark.parametrize("isolated", [True, False])
def test_what_a_stopped_run_wrote_is_kept(page: Page, serve: Callable[..., str], dist: Path, isolated: bool) -> None:
    """A guest that is busy for ever ends with its worker; where the page is isolated, its last writes are still in the ring then."""
    page.goto(serve(dist, headers=isolated))
    wait_for_python(page)
    assert page.evaluate("crossOriginIsolated") is isolated
    id = opened(page, "files")
    words = [
        "folder",
        "/k/d",
        "put",
        "/k/d/a",
        "first",
        "add",
        "/k/d/a",
        "+",
        "put",
        "/k/b",
        "2" * 9000,
        "hold",
        "/k/held",
        "ready",
    ]
    assert page.evaluate(STOPPED, [id, words]) == ["Stopped", ["stopped", None]]
    again = [
        "show",
        "/k/d/a",
        "show",
        "/k/b",
        "drop",
        "/k/b",
        "show",
        "/k/held",
        "add",
        "/k/d/a",
        "!",
        "hold",
        "/k/d/held",
        "again",
    ]
    assert page.evaluate(STOPPED, [id, again]) == ["Stopped", ["stopped", None]]
    found = page.evaluate(
        KEEP, [id, ["show", "/k/d/a", "show", "/k/held", "show", "/k/d/held", "list", "/k"], {"kept": "stopped"}]
    )
    assert (found["exit"], found["text"]) == (0, "first+!\nready\nagain\nd/\nheld\n")


INVOKED = """async ([id]) => {
  const run = 'wasi:cli/run@0.2.0#run';
  const given = (name, ...words) => ({id, argv: ['files', ...words], mounts: {'/k': {kept: name, writable: true}}});
  const text = (name, path) => pycm.call('run', given(name, 'show', path)).then(({stdout}) => new TextDecoder().decode(stdout), ({message}) => message);
  const fresh = await pycm.call('invoke', {...given('fresh', 'put', '/k/a', '1'), func: run, args: []});
  const {instance} = await pycm.call('instantiate', given('living', 'add', '/k/a', '+'));
  for (let i = 0; i < 3; i++) await pycm.call('invoke', {id, instance, func: run, args: []});
  const meanwhile = await text('living', '/k/a');
  await pycm.call('close', {id});
  return {fresh, meanwhile, ended: id};
}"""


def test_calls_and_instances_keep_files_too(booted: Page) -> None:
    id = opened(booted, "files")
    found = booted.evaluate(INVOKED, [id])
    assert (found["fresh"]["result"], "kept" in found["fresh"]) == ("ok", False)
    assert "`living` is in use" in found["meanwhile"]
    id = opened(booted, "files")
    assert booted.evaluate(KEEP, [id, ["show", "/k/a"], {"kept": "fresh"}])["text"] == "1\n"
    assert booted.evaluate(KEEP, [id, ["show", "/k/a"], {"kept": "living"}])["text"] == "+++\n"


def test_what_a_stopped_call_of_an_instance_wrote_is_kept(booted: Page) -> None:
    id = opened(booted, "files")
    stopped = booted.evaluate(
        """async ([id]) => {
          const written = Promise.withResolvers();
          const {instance} = await pycm.call('instantiate', {
            id, argv: ['files', 'put', '/k/a', 'of an instance', 'hold', '/k/held', 'x'], mounts: {'/k': {kept: 'living', writable: true}},
          });
          const call = pycm.call('invoke', {id, instance, func: 'wasi:cli/run@0.2.0#run', args: []}, {onOutput: written.resolve});
          const kind = call.catch(({kind}) => kind);
          await written.promise;
          await pycm.stop();
          return kind;
        }""",
        [id],
    )
    assert stopped == "Stopped"
    while "in use" in (kept := booted.evaluate(KEEP, [id, ["show", "/k/a"], {"kept": "living"}])).get("message", ""):
        booted.wait_for_timeout(50)  # it is kept after the call has ended
    assert kept["text"] == "of an instance\n"


def test_the_page_says_that_what_a_stopped_run_wrote_is_kept(hands: Hands) -> None:
    hands.find("keep").check()
    hands.find("argv").fill("files put /kept/one.txt first hold /kept/held ready")
    hands.find("run").click()
    expect(hands.find("console")).to_contain_text("ready", timeout=30_000)
    hands.find("stop-call").click()
    expect(hands.find("run-card")).to_contain_text("what it had written to /kept is kept", timeout=60_000)
    expect(hands.find("kept-list")).to_contain_text("files")
    assert run(hands, "files show /kept/one.txt") == "first\n"


def test_the_file_panel_passes_axe(hands: Hands) -> None:
    upload(hands, "data.zip", zip_of(a=b"1"))
    hands.find("keep").check()
    run(hands, "files put /b 2 put /kept/c 3")
    hands.page.get_by_label("View /b").click()
    axe = (PROGRAMS.parents[1] / "node_modules" / "axe-core" / "axe.min.js").read_text()
    hands.page.evaluate(axe)
    assert hands.page.evaluate("axe.run('[data-testid=run-card]').then(({violations}) => violations.map(({id}) => id))") == []


def test_the_panel_of_those_that_run_together_passes_axe(booted: Page) -> None:
    hands = Hands(booted)
    hands.give("client.wasm", PROGRAMS / "client.wasm")
    hands.find("beside").evaluate("details => { details.open = true; }")
    hands.find("add-companion").set_input_files(PROGRAMS / "server.wasm")
    expect(hands.find("companions").locator("li")).to_have_count(1)
    hands.find("run").click()
    expect(hands.find("exit")).to_be_visible(timeout=30_000)
    axe = (PROGRAMS.parents[1] / "node_modules" / "axe-core" / "axe.min.js").read_text()
    booted.evaluate(axe)
    assert booted.evaluate("axe.run('[data-testid=run-card]').then(({violations}) => violations.map(({id}) => id))") == []
