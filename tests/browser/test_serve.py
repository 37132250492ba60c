"""Components answer requests of this site: from scripts, in a frame, in pieces; what a hostile page cannot do; Stop."""

from __future__ import annotations

import base64
import contextlib
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser import corpus
from tests.browser.answering import answering
from tests.browser.conftest import BOOT, Watch, wait_for_python
from tests.browser.hands import Hands

EXAMPLES = Path(__file__).parent.parent.parent / "web" / "examples" / "wasi"

SERVE = """async ([base64, params]) => {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const {id} = await pycm.call('open', {name: 'served.wasm', bytes});
  const {url} = await pycm.call('serve', {id, ...params});
  return {id, url};
}"""

FETCH = """async ([url, {body, ...init}]) => {
  const response = await fetch(url, {...init, ...(body ? {body} : {})});
  const headers = Object.fromEntries(response.headers);
  return {status: response.status, headers, body: [...new Uint8Array(await response.arrayBuffer().catch(() => new ArrayBuffer()))]};
}"""

FRAME = """([url, sandbox]) => new Promise((resolve) => {
  const frame = document.createElement('iframe');
  frame.id = 'shown';
  frame.setAttribute('sandbox', sandbox);
  frame.src = url;
  frame.onload = () => resolve();
  document.getElementById('shown')?.remove();
  document.body.append(frame);
})"""
SANDBOX = "allow-same-origin allow-forms"


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh profile with service workers."""
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture(scope="module")
def served_page(browser: Browser, site: str) -> Iterator[Page]:
    """One page for the tests that leave nothing behind."""
    watch = Watch()
    # Some components here answer for a stylesheet with a page. An interrupt may hit Python between two pieces of work: the engine starts anew.
    watch.allowed += ["the server responded with a status of", "Refused to apply style", "KeyboardInterrupt"]
    context = browser.new_context()
    page = context.new_page()
    watch.page(page)
    page.goto(site)
    wait_for_python(page)
    yield page
    context.close()
    if problems := watch.problems():
        pytest.fail("\n".join(problems))


def serve(page: Page, component: bytes, **params: Any) -> dict[str, str]:
    """Open and serve a component: its `id` and `url`."""
    served: dict[str, str] = page.evaluate(SERVE, [base64.b64encode(component).decode(), params])
    return served


def fetch(page: Page, url: str, **init: Any) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(FETCH, [url, init])
    return {**found, "body": bytes(found["body"])}


def show(page: Page, url: str, sandbox: str = SANDBOX) -> Any:
    """The frame that shows `url`."""
    page.evaluate(FRAME, [url, sandbox])
    handle = page.query_selector("#shown")
    assert handle is not None
    return handle.content_frame()


def site_example() -> bytes:
    return (EXAMPLES / "site.wasm").read_bytes()


# --- the corpus ---------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(corpus.manifest() is None, reason=f"the components are not there: {corpus.COMPONENTS}")
@pytest.mark.parametrize("component", ["c-http-hello", "js-http-sm"])
def test_the_corpus_answers_as_recorded(served_page: Page, component: str) -> None:
    served = serve(served_page, corpus.file_of(component).read_bytes())
    test = next(test for test in corpus.manifest()["tests"] if test["name"] == component)  # type: ignore[index]  # it is there
    assert len(test["exchanges"]) > 3
    for exchange in test["exchanges"]:
        asked, expect = exchange["request"], exchange["response"]
        init = {"method": asked.get("method", "GET"), "headers": asked.get("headers", {}), "body": asked.get("body", "")}
        found = fetch(served_page, served["url"][:-1] + asked["path"], **init)
        assert found["status"] == expect["status"], asked
        assert found["headers"].items() >= expect.get("headers", {}).items(), asked
        if "note" not in expect and found["status"] != 500:  # a handler that fails cuts its response off
            assert found["body"].decode() == expect["body"], asked
        if init["method"] == "GET" and not init["headers"] and "note" not in expect and found["status"] != 500:
            frame = show(served_page, served["url"][:-1] + asked["path"])
            text = frame.evaluate("() => document.body.textContent")
            assert text.strip() == expect["body"].strip(), asked


# --- a page, and a stream -----------------------------------------------------------------------------------------------

LOOK = """() => {
  const image = document.images[0];
  return {
    heading: getComputedStyle(document.querySelector('h1')).color,
    image: [image.complete, image.naturalWidth, image.naturalHeight],
    path: location.pathname,
  };
}"""


def test_a_page_with_its_stylesheet_and_its_image(served_page: Page) -> None:
    served = serve(served_page, site_example())
    frame = show(served_page, served["url"])
    look = frame.evaluate(LOOK)
    assert look["heading"] == "rgb(0, 102, 153)"
    assert look["image"] == [True, 192, 128]
    assert look["path"].endswith("/")
    with served_page.expect_response(lambda response: response.url.endswith("/echo")) as answer:
        frame.evaluate("() => document.forms[0].requestSubmit()")
    assert answer.value.request.method == "POST"
    frame.wait_for_url("**/echo")
    assert frame.evaluate("() => document.body.textContent").strip() == "POST words=hello"


STREAM = """async (url) => {
  const pieces = [];
  const start = performance.now();
  const reader = (await fetch(url)).body.getReader();
  const decoder = new TextDecoder();
  for (;;) {
    const {done, value} = await reader.read();
    if (done) break;
    pieces.push({at: performance.now() - start, text: decoder.decode(value)});
  }
  return {pieces, took: performance.now() - start};
}"""


def test_a_stream_comes_in_pieces(served_page: Page) -> None:
    served = serve(served_page, site_example())
    found = served_page.evaluate(STREAM, served["url"] + "ticks")
    pieces = found["pieces"]
    assert "".join(piece["text"] for piece in pieces) == "".join(f"tick {i}\n" for i in range(1, 11))
    assert len(pieces) >= 5
    # ten lines, 300 ms between each
    assert found["took"] - pieces[0]["at"] > 2000


def test_a_frame_shows_the_first_lines_before_the_last_are_written(served_page: Page) -> None:
    served = serve(served_page, site_example())
    served_page.evaluate(f"url => {{ ({FRAME})([url, '{SANDBOX}']); }}", served["url"] + "ticks")
    served_page.wait_for_function(
        """() => {
          const text = document.getElementById('shown').contentDocument?.body?.textContent ?? '';
          if (text.includes('tick 2')) window.early ??= text;
          return text.includes('tick 10');
        }"""
    )
    early = served_page.evaluate("() => early")
    assert "tick 1\n" in early and "tick 10" not in early


def test_a_reader_that_stops_reading_stops_the_writer(served_page: Page) -> None:
    served = serve(served_page, answering(b"x" * 4096, how="for ever"))
    found = served_page.evaluate(
        """async (url) => {
          const reader = (await fetch(url)).body.getReader();
          await reader.read();
          await new Promise((resolve) => setTimeout(resolve, 1500));
          const busy = pycm.state;
          await reader.cancel();
          const start = performance.now();
          await pycm.call('hello', {});
          return {busy, after: performance.now() - start};
        }""",
        served["url"],
    )
    assert found["busy"] == "busy"
    assert found["after"] < 10_000


def test_requests_wait_for_each_other(served_page: Page) -> None:
    served = serve(served_page, site_example())
    found = served_page.evaluate(
        """async (url) => {
          const order = [];
          const get = async (path) => {
            const response = await fetch(url + path);
            await response.arrayBuffer();
            order.push(path);
            return response.status;
          };
          const statuses = await Promise.all(['ticks', 'style.css', 'picture.png', 'nothing'].map(get));
          return {statuses, order};
        }""",
        served["url"],
    )
    assert found["statuses"] == [200, 200, 200, 404]
    assert sorted(found["order"]) == ["nothing", "picture.png", "style.css", "ticks"]


# --- what a browser cannot show -----------------------------------------------------------------------------------------


def test_what_a_response_cannot_be_is_said(served_page: Page, site: str) -> None:
    def answer(**given: Any) -> dict[str, Any]:
        return fetch(served_page, serve(served_page, answering(b"words", **given))["url"])

    refused = answer(status=150)
    assert refused["status"] == 500
    assert b"the status is 150" in refused["body"]
    empty = answer(status=204)
    assert (empty["status"], empty["body"]) == (204, b"")
    dropped = answer(headers=(("set-cookie", "a=b"), ("clear-site-data", '"*"'), ("x-kept", "yes"), ("x-kept", "twice")))
    assert dropped["headers"]["x-kept"] == "yes, twice"
    assert not {"set-cookie", "clear-site-data"} & dropped["headers"].keys()
    assert served_page.context.cookies() == []
    cut = served_page.evaluate(
        "url => fetch(url).then((response) => response.text()).then((text) => text, () => 'cut')",
        serve(served_page, answering(b"words", how="then trap"))["url"],
    )
    assert cut == "cut" or "trapped" in cut  # as soon as it is known
    moved = fetch(served_page, serve(served_page, answering(b"", (("location", "/there?x"),), 302))["url"], redirect="manual")
    assert moved["status"] == 0  # as fetch shows a redirect
    assert site


def test_every_response_is_confined(served_page: Page) -> None:
    served = serve(served_page, answering(b"words", (("content-security-policy", "default-src *"), ("link", "<x>; rel=preload"))))
    headers = fetch(served_page, served["url"])["headers"]
    assert headers["cross-origin-embedder-policy"] == "require-corp"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    ours = headers["content-security-policy"].split(", ")[-1]
    assert "sandbox allow-same-origin allow-forms;" in ours
    assert "default-src 'none'" in ours
    assert "script" not in ours.replace("allow-same", "")
    assert "link" not in headers


# --- hostile pages ------------------------------------------------------------------------------------------------------

HOSTILE = b"""<!doctype html><title>untouched</title>
<script>document.title = 'ran'; parent.hacked = 'inline'; parent.pycm.stop(); localStorage.hacked = 'yes';</script>
<script src="evil.js"></script>
<script type="module">parent.hacked = 'module';</script>
<link rel="stylesheet" href="http://127.0.0.1:1/foreign.css">
<link rel="preconnect" href="http://127.0.0.1:1">
<link rel="dns-prefetch" href="//foreign.invalid">
<link rel="prefetch" href="http://127.0.0.1:1/prefetch">
<meta http-equiv="refresh" content="0;url=http://127.0.0.1:1/refresh">
<body onload="parent.hacked = 'onload'">
<img src="http://127.0.0.1:1/image.png" onerror="parent.hacked = 'onerror'">
<img src="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='parent.hacked=1'/>">
<svg onload="parent.hacked = 'svg'"><script>parent.hacked = 'svg script'</script></svg>
<iframe src="javascript:top.hacked = 'javascript'"></iframe>
<iframe srcdoc="<script>top.hacked = 'srcdoc'</script>"></iframe>
<iframe src="data:text/html,<script>top.hacked = 'data'</script>"></iframe>
<object data="evil.svg"></object><embed src="evil.svg">
<a id="script" href="javascript:parent.hacked = 'link'">a</a>
<a id="top" href="evil.html" target="_top">b</a>
<a id="blank" href="evil.html" target="_blank">c</a>
<form id="form" action="javascript:parent.hacked = 'form'"><button>d</button></form>
<form id="foreign" action="http://127.0.0.1:1/form" method="post"><input name="stolen" value="x"><button>e</button></form>
</body>"""


@pytest.fixture
def listener() -> Iterator[tuple[int, list[object]]]:
    """A port on this machine, and what it was sent. Chromium connects to the target of a form before it asks the policy; it sends nothing."""
    heard: list[object] = []
    server = socket.create_server(("127.0.0.1", 0))

    def listen() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection = server.accept()[0]
                connection.settimeout(1)
                with contextlib.suppress(TimeoutError):
                    if data := connection.recv(100):
                        heard.append(data)

    threading.Thread(target=listen, daemon=True).start()
    yield server.getsockname()[1], heard
    server.close()


@pytest.mark.parametrize("type", ["text/html", "image/svg+xml", "application/xhtml+xml", ""])
def test_a_hostile_page_reaches_nothing(page: Page, site: str, watch: Watch, listener: Any, type: str) -> None:
    watch.allowed += [
        "violates the following Content Security",
        "Blocked script execution",
        "Refused to",
        "sandboxed",
        "Unsafe attempt",
    ]
    watch.allowed += ["Failed to load resource", "Framing '"]
    watch.allowed.append("request to http://127.0.0.1:")  # those that the policy refused are told, too; the listener knows better
    port, heard = listener
    page.goto(site)
    wait_for_python(page)
    body = HOSTILE.replace(b"127.0.0.1:1/", b"127.0.0.1:%d/" % port)
    if type == "image/svg+xml":
        body = b"<svg xmlns='http://www.w3.org/2000/svg' onload='parent.hacked=1'><script>parent.hacked = 2</script></svg>"
    if type == "application/xhtml+xml":
        body = b"<html xmlns='http://www.w3.org/1999/xhtml'><body><script>parent.hacked = 3</script></body></html>"
    served = serve(page, answering(body, (("content-type", type),) if type else ()))
    frame = show(page, served["url"])
    page.wait_for_timeout(500)
    if type == "text/html":
        for link in ("script", "top", "blank"):
            if link == "script":
                assert frame.evaluate("() => document.title") == "untouched"
            frame.evaluate(f"() => document.getElementById('{link}')?.click()")
            page.wait_for_timeout(200)
        for form in ("form", "foreign"):
            frame.evaluate(f"() => document.getElementById('{form}')?.requestSubmit()")
            page.wait_for_timeout(200)
    assert page.evaluate("() => window.hacked") is None
    assert page.evaluate("() => localStorage.getItem('hacked')") is None
    assert page.evaluate("() => pycm.state") == "ready"
    assert len(page.context.pages) == 1
    assert page.url == site
    assert heard == [], "somebody else was asked"


def test_a_served_page_is_as_harmless_in_a_tab_of_its_own(page: Page, site: str, watch: Watch) -> None:
    watch.allowed += [
        "Blocked script execution",
        "Refused to",
        "violates the following",
        "Failed to load resource",
        "Framing '",
        "sandboxed",
    ]
    page.goto(site)
    wait_for_python(page)
    served = serve(page, answering(HOSTILE))
    other = page.context.new_page()
    other.goto(served["url"])
    other.wait_for_timeout(500)
    assert other.title() == "untouched"
    assert other.url == served["url"]
    assert page.evaluate("() => localStorage.getItem('hacked')") is None


def test_root_relative_addresses_lead_to_the_component(served_page: Page) -> None:
    page = b"<link rel=stylesheet href=/style.css><h1>h</h1><img src=/picture.png><a href='/there?a=1'>there</a>"
    frame = show(served_page, serve(served_page, answering(page))["url"])
    paths = served_page.evaluate(
        "() => document.getElementById('shown').contentWindow.performance.getEntriesByType('resource').map(({name}) => name)"
    )
    assert len(paths) == 2
    frame.evaluate("() => document.querySelector('a').click()")
    frame.wait_for_url("**/serve/*/there?a=1")


# --- its end ------------------------------------------------------------------------------------------------------------


def test_stop_ends_a_request_and_the_frame_says_why(page: Page, site: str, watch: Watch) -> None:
    watch.allowed.append("status of 500")
    page.goto(site)
    wait_for_python(page)
    served = serve(page, answering(b"never", how="never"))
    page.evaluate(f"url => {{ window.shown = ({FRAME})([url, '{SANDBOX}']); }}", served["url"])
    page.wait_for_function("() => pycm.state === 'busy'")
    page.evaluate("() => pycm.stop().then(() => shown)")
    text = page.evaluate("() => document.getElementById('shown').contentDocument.body.textContent")
    assert text.startswith("stopped: ")
    again = serve(page, site_example())
    assert fetch(page, again["url"])["status"] == 200


def test_a_trap_is_told(served_page: Page) -> None:
    trapping = b"\0asm\x0d\0\x01\0"
    refused = served_page.evaluate(
        f"given => ({SERVE})(given).catch((error) => error.message)", [base64.b64encode(trapping).decode(), {}]
    )
    assert "answers no requests" in refused
    found = fetch(served_page, serve(served_page, answering(b"", status=1000))["url"])
    assert found["status"] == 500
    assert b"trapped" in found["body"]


def test_nothing_answers_after_the_end(served_page: Page) -> None:
    served = serve(served_page, site_example())
    assert fetch(served_page, served["url"])["status"] == 200
    served_page.evaluate("({url}) => pycm.call('unserve', {url})", served)
    gone = fetch(served_page, served["url"])
    assert gone["status"] == 503
    assert b"nothing answers" in gone["body"]
    again = served_page.evaluate("({id}) => pycm.call('serve', {id})", served)
    assert fetch(served_page, again["url"])["status"] == 200
    served_page.evaluate("({id}) => pycm.call('close', {id})", served)
    assert fetch(served_page, again["url"])["status"] == 503
    unknown = served_page.evaluate("({url}) => pycm.call('unserve', {url}).catch((error) => error.kind)", served)
    assert unknown == "BadRequest"


@pytest.mark.parametrize("headers", [True, False])
def test_any_static_host_and_any_path(page: Page, serve_: Any, dist: Path, tmp_path: Path, headers: bool) -> None:
    shutil.copytree(dist, tmp_path / "some" / "where")
    page.goto(serve_(tmp_path, headers=headers) + "some/where/")
    wait_for_python(page)
    served = serve(page, site_example())
    assert "/some/where/serve/" in served["url"]
    assert show(page, served["url"]).evaluate(LOOK)["image"] == [True, 192, 128]


@pytest.fixture(scope="session")
def serve_(request: pytest.FixtureRequest) -> Callable[..., str]:
    """The fixture `serve`, whose name is taken here."""
    start: Callable[..., str] = request.getfixturevalue("serve")
    return start


# --- the panel ----------------------------------------------------------------------------------------------------------


def open_in_the_page(page: Page, site: str, name: str, component: bytes) -> Hands:
    page.goto(site)
    wait_for_python(page)
    hands = Hands(page)
    hands.give(name, component)
    hands.find("tab-component").click()
    expect(hands.find("component-panel")).to_contain_text(name, timeout=BOOT)
    if page.viewport_size and page.viewport_size["width"] < 900:
        hands.find("tab-call").click()
    return hands


def test_the_panel_serves_and_keeps_a_log(page: Page, site: str, watch: Watch) -> None:
    watch.allowed.append("status of 404")
    hands = open_in_the_page(page, site, "site.wasm", site_example())
    hands.find("serve").click()
    frame = page.frame_locator("[data-testid=served]")
    expect(frame.locator("h1")).to_have_text("A site in a component")
    log = hands.find("serve-log")
    expect(log.locator("li[data-state=done]")).to_have_count(3)
    expect(log).to_contain_text("GET /picture.png")
    expect(log).to_contain_text("GET /style.css")
    frame.locator("button").click()
    expect(hands.find("address")).to_have_value("/echo")
    expect(frame.locator("body")).to_contain_text("POST words=hello")
    expect(log).to_contain_text("POST /echo")
    hands.find("frame-back").click()
    expect(hands.find("address")).to_have_value("/")
    expect(frame.locator("h1")).to_be_visible()
    expect(hands.find("frame-back")).to_be_disabled()
    hands.find("address").fill("nothing/here?a=1")
    hands.find("address").press("Enter")
    expect(frame.locator("body")).to_contain_text("there is nothing at /nothing/here")
    expect(log.locator("li").first).to_contain_text("404")
    hands.find("frame-reload").click()
    expect(log.locator("li", has_text="/nothing/here?a=1")).to_have_count(2)
    hands.find("unserve").click()
    expect(hands.find("served")).to_have_count(0)
    expect(log).to_contain_text("GET /style.css")
    expect(hands.find("serve")).to_be_visible()


def test_the_panel_stops_a_request_and_says_what_was_dropped(page: Page, site: str, watch: Watch) -> None:
    watch.allowed.append("status of 500")
    hands = open_in_the_page(page, site, "site.wasm", site_example())
    hands.find("serve").click()
    expect(hands.find("serve-log").locator("li[data-state=done]")).to_have_count(3)
    hands.find("address").fill("/ticks")
    hands.find("address").press("Enter")
    running = hands.find("serve-log").locator("li").first
    expect(running).to_have_attribute("data-state", "answering")
    running.get_by_role("button", name="Stop GET /ticks").click()
    expect(running).to_have_attribute("data-state", "stopped")
    hands.give("drops.wasm", answering(b"<p>words", (("content-type", "text/html"), ("set-cookie", "a=b"))))
    hands.find("serve").click()
    expect(page.frame_locator("[data-testid=served]").locator("p")).to_have_text("words")
    expect(hands.find("serve-log")).to_contain_text("set-cookie dropped: browsers take no cookies from a service worker")


def test_a_request_by_hand_shows_all_of_the_response(page: Page, site: str) -> None:
    hands = open_in_the_page(page, site, "odd.wasm", answering(b"words", (("set-cookie", "a=b"), ("x-odd", "yes")), 150))
    hands.find("ask-hand").check(force=True)
    hands.find("request-path").fill("/anything?at=all")
    hands.find("request-headers").fill("x-name: value\nnonsense")
    expect(hands.find("request-form")).to_contain_text("line 2: expected name: value")
    hands.find("request-headers").fill("x-name: value")
    hands.find("request").click()
    expect(hands.find("response-status")).to_have_text("150")
    expect(hands.find("response-headers")).to_contain_text("a=b")
    expect(hands.find("response-body")).to_have_text("words")


def test_the_keyboard_is_enough(page: Page, site: str) -> None:
    hands = open_in_the_page(page, site, "site.wasm", site_example())
    hands.find("serve").focus()
    page.keyboard.press("Enter")
    frame = page.frame_locator("[data-testid=served]")
    expect(frame.locator("h1")).to_be_visible()
    hands.find("address").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("/echo")
    page.keyboard.press("Enter")
    expect(frame.locator("body")).to_contain_text("GET")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement?.dataset.testid") == "unserve":
            break
    page.keyboard.press("Enter")
    expect(hands.find("serve")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 360])
def test_nothing_runs_over_the_edge(page: Page, site: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 780})
    hands = open_in_the_page(page, site, "site.wasm", site_example())
    hands.find("serve").click()
    expect(hands.find("serve-log").locator("li[data-state=done]")).to_have_count(3)
    over = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    assert over <= 0
    card = hands.find("serve-card").bounding_box()
    assert card["x"] >= 0 and card["x"] + card["width"] <= width


def test_a_link_serves_nothing_by_itself(page: Page, site: str) -> None:
    hands = open_in_the_page(page, site, "site.wasm", site_example())
    hands.find("serve").click()
    expect(hands.find("serve-log").locator("li[data-state=done]")).to_have_count(3)
    page.wait_for_timeout(1500)  # until the project is saved
    page.reload()
    wait_for_python(page)
    expect(hands.find("serve")).to_be_visible()
    expect(hands.find("served")).to_have_count(0)
    expect(hands.find("serve-log")).to_have_count(0)
