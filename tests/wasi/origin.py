"""A server in memory that answers as the corpus' origin does: an echo, and a few fixed pages."""

from __future__ import annotations

from wasi_browser.http.messages import Request, Response

ORIGIN = "127.0.0.1:8000"

PAGES = {
    "/hello": (200, "text/plain", b"hello over http\n"),
    "/json": (200, "application/json", b'{"a": [1, 2, 3]}'),
    "/missing": (404, "text/plain", b"gone\n"),
    "/teapot": (418, "text/plain", b"short and stout\n"),
    "/empty": (204, "text/plain", b""),
    "/big": (200, "text/plain", b"0123456789abcdef" * 4096),
    "/chunked": (200, "text/plain", b"one two three\n"),
}
SHOWN = ("accept", "content-type", "x-client")


def origin(request: Request) -> Response:
    """Answer one request."""
    path = request.path.partition("?")[0]
    status, kind, body = PAGES.get(path, (200, "text/plain", request.body))
    if path == "/headers":
        sent = sorted((name.lower(), value) for name, value in request.headers)
        body = b"".join(name.encode() + b": " + value + b"\n" for name, value in sent if name in SHOWN)
    headers = [
        ("content-type", kind.encode()),
        ("x-wasmtime-test-method", request.method.encode()),
        ("x-wasmtime-test-uri", request.path.encode()),
    ]
    if path != "/chunked" and status != 204:
        headers.append(("content-length", str(len(body)).encode()))
    return Response(status, headers, b"" if request.method == "HEAD" else body)
