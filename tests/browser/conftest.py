"""A server of `dist/`, a browser, and pages that are watched: no request leaves this machine, nothing lands in the console as an error, and
Python prints no traceback there."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from app.serve import make_server, rules_of
from tests.browser.browsers import launch
from tests.wasi.origin import PAGES, origin
from wasi_browser.http.messages import Request as Asked

ROOT = Path(__file__).parent.parent.parent
BOOT = 60_000
"""How long a boot may take, in milliseconds."""
PYTHON_PAGE = 300_000
"""How long Python may work in a page of its own, in milliseconds."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: while Playwright is open its event loop runs in this thread, and `asyncio.run` of other tests would fail."""
    items.sort(key=lambda item: item.path.is_relative_to(Path(__file__).parent))


class Watch:
    """What a page must not do. A test that provokes a console error puts part of its text into `allowed`."""

    def __init__(self) -> None:
        self.allowed: list[str] = []
        self._seen: list[str] = []

    def page(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self._seen.append(f"uncaught: {error}"))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" or message.text.startswith("Traceback"):
            self._seen.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme in {"http", "https", "ws", "wss"} and url.hostname != "localhost":
            self._seen.append(f"request to {request.url}")

    def problems(self) -> list[str]:
        return [seen for seen in self._seen if not any(part in seen for part in self.allowed)]


def with_origin(handler: Any) -> Any:
    """`handler`, and at the paths of the corpus' origin what that answers, so that components can fetch from the page's own origin."""

    class Handler(handler):  # type: ignore[misc] # made at run time
        def parse_request(self) -> bool:
            known: bool = super().parse_request()
            if known and (self.command not in ("GET", "HEAD") or urlsplit(self.path).path in PAGES or self.path == "/headers"):
                self._origin()
                self.command = "answered"
            return known

        def do_answered(self) -> None:
            """Nothing is left to do."""

        def _origin(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            fields = [(name, value.encode("latin-1")) for name, value in self.headers.items()]
            response = origin(Asked(self.command, "http", self.headers["host"], self.path, fields, body))
            assert isinstance(response.body, bytes)
            self.send_response_only(response.status)
            for name, value in response.headers:
                self.send_header(name, value.decode("latin-1"))
            if all(name != "content-length" for name, _ in response.headers) and response.status != 204:
                self.send_header("content-length", str(len(response.body)))
            super(handler, self).end_headers()
            self.wfile.write(response.body)

    return Handler


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[..., str]]:
    """`serve(directory, headers=True)` → the address, ending in a slash. Without headers: as any static host."""
    servers = []

    def start(directory: Path, headers: bool = True) -> str:
        server = make_server(directory, 0, rules_of(ROOT / "netlify.toml") if headers else (), quiet=True)
        server.RequestHandlerClass = with_origin(server.RequestHandlerClass)  # type: ignore[assignment] # a subclass of what it was
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://localhost:{server.server_port}/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def dist() -> Path:
    if not (ROOT / "dist" / "index.html").exists():
        pytest.skip("dist/ is missing: make site")
    return ROOT / "dist"


@pytest.fixture(scope="session")
def site(serve: Callable[..., str], dist: Path) -> str:
    """The address of the site, with the headers of netlify.toml."""
    return serve(dist)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def watch() -> Iterator[Watch]:
    watch = Watch()
    yield watch
    if problems := watch.problems():
        pytest.fail("\n".join(problems))


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh profile."""
    context = browser.new_context(service_workers="block")
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, watch: Watch) -> Page:
    """A watched page in a fresh profile, not yet anywhere."""
    page = context.new_page()
    watch.page(page)
    return page


@pytest.fixture
def booted(page: Page, site: str) -> Page:
    """A page of the site whose Python answers."""
    page.goto(site)
    wait_for_python(page)
    return page


@pytest.fixture
def python_page(page: Page, serve: Callable[..., str], dist: Path, tmp_path: Path) -> Callable[..., str]:
    """`python_page(code, *files)`: what `main()` of the code gives, in a page where the files can be imported."""

    def start(code: str, *files: Path) -> str:
        (tmp_path / "engine").symlink_to(dist / "engine")
        here = tmp_path / "python"
        here.mkdir()
        for file in (*(Path(__file__).parent / "python").iterdir(), ROOT / "build" / "engine.json", *files):
            (here / file.name).symlink_to(file)
        (here / "main.py").write_text(code)
        (here / "files.json").write_text(json.dumps(["main.py", *(file.name for file in files)]))
        page.set_default_timeout(PYTHON_PAGE)
        page.goto(serve(tmp_path, headers=False) + "python/")
        return str(page.evaluate("result"))

    return start


def wait_for_python(page: Page) -> dict[str, object]:
    """Wait until `pycm.ready` settles; what it says."""
    page.wait_for_function("() => window.pycm", timeout=BOOT)
    page.set_default_timeout(BOOT)
    hello: dict[str, object] = page.evaluate("() => pycm.ready")
    return hello
