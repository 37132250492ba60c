"""What the site's headers allow: netlify.toml, and that the development server sends the same."""

import http.client
import threading
from itertools import combinations
from pathlib import Path

import pytest

from app.serve import headers_for, make_server, rules_of

ROOT = Path(__file__).parents[2]
RULES = rules_of(ROOT / "netlify.toml")
PATHS = (
    "/",
    "/index.html",
    "/sw.js",
    "/theme.js",
    "/bench.wasm",
    "/favicon.svg",
    "/assets/x-1.js",
    "/engine/core-1.zip",
    "/reach/x-1.js",
)


def policy(path: str) -> dict[str, list[str]]:
    """The directives of a path."""
    text = headers_for(path, RULES).get("Content-Security-Policy", "")
    return {words[0]: words[1:] for words in (part.split() for part in text.split(";")) if words}


@pytest.mark.parametrize("path", PATHS)
def test_no_header_is_named_twice(path):
    """Hosts differ in what they make of that."""
    named = [{name.lower() for name in values} for pattern, values in RULES if pattern.fullmatch(path)]
    assert all(one.isdisjoint(other) for one, other in combinations(named, 2))


@pytest.mark.parametrize("path", PATHS)
def test_every_path_is_isolated(path):
    headers = headers_for(path, RULES)
    assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_the_page_and_its_workers_reach_nobody_else():
    assert policy("/") == policy("/index.html")
    for path in ("/", "/assets/x-1.js", "/engine/x-1.js", "/sw.js"):
        directives = policy(path)
        assert directives["default-src"] == ["'none'"], path
        allowed = {source for sources in directives.values() for source in sources}
        assert allowed <= {"'self'", "'none'", "'wasm-unsafe-eval'"}, path
    assert {"base-uri", "form-action", "frame-ancestors"} <= policy("/").keys()


def test_who_may_reach_out_runs_nothing_else():
    assert policy("/reach/x-1.js") == {
        "default-src": ["'none'"],
        "connect-src": ["http:", "https:"],
        "frame-ancestors": ["'none'"],
    }


@pytest.mark.parametrize("path", ["/", "/index.html", "/sw.js", "/assets/x.js", "/reach/x.js", "/is/not/there.html"])
def test_the_development_server_sends_them(path, tmp_path):
    for name in ("index.html", "sw.js", "assets/x.js", "reach/x.js"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    server = make_server(tmp_path, 0, RULES, quiet=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
        connection.request("GET", path)
        response = connection.getresponse()
        assert {name: response.getheader(name) for name in headers_for(path, RULES)} == headers_for(path, RULES)
        connection.close()
    finally:
        server.shutdown()
        server.server_close()


def test_nothing_above_the_site_is_served(tmp_path):
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "site").mkdir()
    server = make_server(tmp_path / "site", 0, RULES, quiet=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        for path in ("/../secret", "/%2e%2e/secret", "/..%2fsecret", "//../secret"):
            connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
            connection.request("GET", path)
            response = connection.getresponse()
            assert response.status == 404 and b"secret" not in response.read().replace(b"/secret", b"")
            connection.close()
    finally:
        server.shutdown()
        server.server_close()
