"""wasi:http/types"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pycm_core.abi.values import Err, Ok, VariantValue
from pycm_core.base.errors import Trap, TrapKind
from pycm_core.runtime.host import HostInterface, HostResource
from wasi_browser.http.bodies import Body, BodySink, BodySource, FutureTrailers, IncomingBody
from wasi_browser.http.errors import FieldError, FieldsTooLarge, HttpError
from wasi_browser.http.exchange import Exchange, IncomingResponse, OutgoingRequest, RequestOptions
from wasi_browser.http.fields import Fields, is_token
from wasi_browser.http.serving import IncomingRequest, OutgoingResponse, Outparam
from wasi_browser.http.targets import is_authority, is_path, is_scheme
from wasi_browser.interfaces.answers import OK, close, provide
from wasi_browser.interfaces.io_error import ERROR
from wasi_browser.interfaces.io_poll import POLLABLE
from wasi_browser.interfaces.io_streams import INPUT_STREAM, OUTPUT_STREAM
from wasi_browser.machine import Machine
from wasi_browser.waiting import Condition

FAILED = Err()
METHODS = ("get", "head", "post", "put", "delete", "connect", "options", "trace", "patch")
SCHEMES = {"http": "HTTP", "https": "HTTPS"}


def _drop_outgoing_body(body: Body) -> None:
    """The stream goes first: it is the body's child."""
    if body.sink is not None and body.sink.open:
        raise Trap("an outgoing body was dropped before its stream", kind=TrapKind.HOST)
    body.close()


def _drop_incoming_body(body: IncomingBody) -> None:
    """The stream goes first: it is the body's child."""
    if body.source is not None and body.source.open:
        raise Trap("an incoming body was dropped before its stream", kind=TrapKind.HOST)
    body.close()


FIELDS = HostResource("fields")
INCOMING_REQUEST = HostResource("incoming-request")
OUTGOING_REQUEST = HostResource("outgoing-request")
REQUEST_OPTIONS = HostResource("request-options")
RESPONSE_OUTPARAM = HostResource("response-outparam")
INCOMING_RESPONSE = HostResource("incoming-response")
INCOMING_BODY = HostResource("incoming-body", _drop_incoming_body)
FUTURE_TRAILERS = HostResource("future-trailers")
OUTGOING_RESPONSE = HostResource("outgoing-response")
OUTGOING_BODY = HostResource("outgoing-body", _drop_outgoing_body)
FUTURE_INCOMING_RESPONSE = HostResource("future-incoming-response", close)


def error_code(error: HttpError) -> VariantValue:
    """`error-code`"""
    return VariantValue(error.code, error.payload)


def http_error_code(error: Exception) -> VariantValue | None:
    """`http-error-code`: the code of an error that came from HTTP."""
    return error_code(error) if isinstance(error, HttpError) else None


# fields


def changing(operation: Callable[..., Any]) -> Callable[..., Ok | Err]:
    """An operation that makes or changes fields, its failure as a `header-error`. Too much of it traps."""

    def answer(*arguments: Any) -> Ok | Err:
        try:
            value = operation(*arguments)
        except FieldError as error:
            return Err(VariantValue(error.reason))
        except FieldsTooLarge:
            raise Trap("the fields grew past their limit of 128 KiB", kind=TrapKind.HOST) from None
        return OK if value is None else Ok(value)

    return answer


def get(fields: Fields, name: str) -> Sequence[bytes]:
    """`fields.get`"""
    return fields.get(name)


# requests


def method_of(method: str) -> VariantValue:
    """`method` of what is on the wire."""
    lower = method.lower()
    return VariantValue(lower) if lower in METHODS and method.isupper() else VariantValue("other", method)


def scheme_of(scheme: str | None) -> VariantValue | None:
    """`scheme`"""
    if scheme is None:
        return None
    return VariantValue(SCHEMES[scheme]) if scheme in SCHEMES else VariantValue("other", scheme)


def set_method(request: OutgoingRequest, method: VariantValue) -> Ok | Err:
    """`outgoing-request.set-method`"""
    name = method.value if method.tag == "other" else method.tag.upper()
    if not is_token(name):
        return FAILED
    request.method = name
    return OK


def set_path_with_query(request: OutgoingRequest, path: str | None) -> Ok | Err:
    """`outgoing-request.set-path-with-query`"""
    if path is not None and not is_path(path):
        return FAILED
    request.path = path
    return OK


def set_scheme(request: OutgoingRequest, scheme: VariantValue | None) -> Ok | Err:
    """`outgoing-request.set-scheme`"""
    name = None if scheme is None else scheme.value if scheme.tag == "other" else scheme.tag.lower()
    if name is not None and not is_scheme(name):
        return FAILED
    request.scheme = None if name is None else name.lower()
    return OK


def set_authority(request: OutgoingRequest, authority: str | None) -> Ok | Err:
    """`outgoing-request.set-authority`"""
    if authority is not None and not is_authority(authority):
        return FAILED
    request.authority = authority
    return OK


def set_option(name: str) -> Callable[[RequestOptions, int | None], Ok]:
    """Sets a timeout."""

    def set_it(options: RequestOptions, duration: int | None) -> Ok:
        setattr(options, name, duration)
        return OK

    return set_it


def consume(message: IncomingRequest | IncomingResponse) -> Ok | Err:
    """`consume`: the body, once."""
    if message.consumed:
        return FAILED
    message.consumed = True
    return Ok(message.body)


# responses


def send_informational(outparam: Outparam, status: int, headers: Fields) -> Ok | Err:
    """`response-outparam.send-informational`"""
    if not 100 <= status <= 199:
        return Err(VariantValue("HTTP-protocol-error"))
    outparam.informational.append((status, headers.entries()))
    return OK


def set_response(outparam: Outparam, response: Ok | Err) -> None:
    """`response-outparam.set`"""
    if isinstance(response, Ok):
        outparam.set(response.value)
    else:
        outparam.set(HttpError(response.value.tag, response.value.value))


def set_status_code(response: OutgoingResponse, status: int) -> Ok | Err:
    """`outgoing-response.set-status-code`: three digits are valid, whatever they mean; whoever carries the response may know fewer."""
    if not 100 <= status <= 999:
        return FAILED
    response.status = status
    return OK


# bodies


def open_body(message: OutgoingRequest | OutgoingResponse) -> Ok | Err:
    """`body`, once."""
    body = message.open_body()
    return FAILED if body is None else Ok(body)


def open_stream(body: Body | IncomingBody) -> Ok | Err:
    """`write` or `stream`, once."""
    stream: BodySink | BodySource | None = body.open()
    return FAILED if stream is None else Ok(stream)


def finish_outgoing(body: Body, trailers: Fields | None) -> Ok | Err:
    """`outgoing-body.finish`"""
    if body.sink is not None and body.sink.open:
        raise Trap("an outgoing body was finished before its stream was dropped", kind=TrapKind.HOST)
    try:
        body.finish(trailers)
    except HttpError as error:
        return Err(error_code(error))
    return OK


def finish_incoming(body: IncomingBody) -> FutureTrailers:
    """`incoming-body.finish`"""
    if body.source is not None and body.source.open:
        raise Trap("an incoming body was finished before its stream was dropped", kind=TrapKind.HOST)
    return body.finish()


def take(future: Exchange | FutureTrailers) -> Ok | Err | None:
    """`get` of a future: nothing yet, then the answer once, then an error."""
    if not future.ready():
        return None
    if future.taken:
        return FAILED
    future.taken = True
    try:
        return Ok(Ok(future.get()))
    except HttpError as error:
        return Ok(Err(error_code(error)))


def http_types(machine: Machine) -> HostInterface:
    """wasi:http/types"""
    functions: dict[str, Callable[..., Any]] = {
        "http-error-code": http_error_code,
        "[constructor]fields": lambda: Fields(mutable=True),
        "[static]fields.from-list": changing(Fields.of),
        "[method]fields.get": get,
        "[method]fields.has": Fields.has,
        "[method]fields.set": changing(Fields.set),
        "[method]fields.delete": changing(Fields.delete),
        "[method]fields.append": changing(Fields.append),
        "[method]fields.entries": Fields.entries,
        "[method]fields.clone": Fields.clone,
        "[method]incoming-request.method": lambda request: method_of(request.method),
        "[method]incoming-request.path-with-query": lambda request: request.path,
        "[method]incoming-request.scheme": lambda request: scheme_of(request.scheme),
        "[method]incoming-request.authority": lambda request: request.authority,
        "[method]incoming-request.headers": lambda request: request.headers,
        "[method]incoming-request.consume": consume,
        "[constructor]outgoing-request": OutgoingRequest,
        "[method]outgoing-request.body": open_body,
        "[method]outgoing-request.method": lambda request: method_of(request.method),
        "[method]outgoing-request.set-method": set_method,
        "[method]outgoing-request.path-with-query": lambda request: request.path,
        "[method]outgoing-request.set-path-with-query": set_path_with_query,
        "[method]outgoing-request.scheme": lambda request: scheme_of(request.scheme),
        "[method]outgoing-request.set-scheme": set_scheme,
        "[method]outgoing-request.authority": lambda request: request.authority,
        "[method]outgoing-request.set-authority": set_authority,
        "[method]outgoing-request.headers": lambda request: request.headers,
        "[constructor]request-options": RequestOptions,
        "[method]response-outparam.send-informational": send_informational,
        "[static]response-outparam.set": set_response,
        "[method]incoming-response.status": lambda response: response.status,
        "[method]incoming-response.headers": lambda response: response.headers,
        "[method]incoming-response.consume": consume,
        "[method]incoming-body.stream": open_stream,
        "[static]incoming-body.finish": finish_incoming,
        "[method]future-trailers.subscribe": lambda future: Condition(future.ready, watch=future.pipe.watch),
        "[method]future-trailers.get": take,
        "[constructor]outgoing-response": lambda headers: OutgoingResponse(headers, machine.body_pipe()),
        "[method]outgoing-response.status-code": lambda response: response.status,
        "[method]outgoing-response.set-status-code": set_status_code,
        "[method]outgoing-response.headers": lambda response: response.headers,
        "[method]outgoing-response.body": open_body,
        "[method]outgoing-body.write": open_stream,
        "[static]outgoing-body.finish": finish_outgoing,
        "[method]future-incoming-response.subscribe": Exchange.subscribe,
        "[method]future-incoming-response.get": take,
    }
    for timeout in ("connect", "first-byte", "between-bytes"):
        name = timeout.replace("-", "_")
        functions[f"[method]request-options.{timeout}-timeout"] = lambda options, name=name: getattr(options, name)
        functions[f"[method]request-options.set-{timeout}-timeout"] = set_option(name)
    return provide(
        "wasi:http/types",
        functions,
        FIELDS,
        INCOMING_REQUEST,
        OUTGOING_REQUEST,
        REQUEST_OPTIONS,
        RESPONSE_OUTPARAM,
        INCOMING_RESPONSE,
        INCOMING_BODY,
        FUTURE_TRAILERS,
        OUTGOING_RESPONSE,
        OUTGOING_BODY,
        FUTURE_INCOMING_RESPONSE,
        INPUT_STREAM,
        OUTPUT_STREAM,
        POLLABLE,
        io_error=ERROR,
        headers=FIELDS,
        trailers=FIELDS,
    )
