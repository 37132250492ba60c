"""Serves the built site with the headers of `netlify.toml`: `python -m app.serve [--port N] [--directory DIR]`."""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from collections.abc import Sequence
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parent.parent
TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
}

Rule = tuple[re.Pattern[str], dict[str, str]]


def rules_of(config: Path) -> tuple[Rule, ...]:
    """The `[[headers]]` of a Netlify configuration, in order; `*` matches anything."""
    tables = tomllib.loads(config.read_text())["headers"]
    return tuple((re.compile(re.escape(table["for"]).replace(r"\*", ".*")), table["values"]) for table in tables)


def headers_for(path: str, rules: Sequence[Rule]) -> dict[str, str]:
    """The headers of a path. Where no rule speaks of caching, a browser has to ask again, as on Netlify."""
    headers = {"Cache-Control": "no-cache"}
    for pattern, values in rules:
        if pattern.fullmatch(path):
            headers.update(values)
    return headers


def make_server(directory: Path, port: int, rules: Sequence[Rule], *, quiet: bool = False) -> ThreadingHTTPServer:
    """A server of `directory` on localhost; port 0 takes a free one. The caller runs it and closes it."""

    class Handler(SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        extensions_map = {**SimpleHTTPRequestHandler.extensions_map, **TYPES}  # noqa: RUF012 (the base class has it so)

        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments, directory=str(directory))  # type: ignore[arg-type] # passed through

        def end_headers(self) -> None:
            for name, value in headers_for(urlsplit(self.path).path, rules).items():
                self.send_header(name, value)
            super().end_headers()

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            if not quiet and str(code) >= "400":
                super().log_request(code, size)

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, request: object, client_address: object) -> None:
            if not isinstance(sys.exception(), ConnectionError):  # a browser may hang up whenever it likes
                super().handle_error(request, client_address)  # type: ignore[arg-type] # passed through

    return Server(("127.0.0.1", port), Handler)


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--directory", type=Path, default=ROOT / "dist")
    arguments = parser.parse_args()
    try:
        server = make_server(arguments.directory, arguments.port, rules_of(ROOT / "netlify.toml"))
    except OSError as error:
        sys.exit(f"port {arguments.port}: {error.strerror}; another one: make serve PORT=8001")
    print(f"PyCM: http://localhost:{server.server_port}/ (Ctrl-C ends it)", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()


if __name__ == "__main__":
    main()
