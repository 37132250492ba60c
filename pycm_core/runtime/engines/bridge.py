"""Core modules that the browser engine generates: small bridges for what JavaScript's numbers cannot carry, and for memory.

`memory_bridge()` copies between a guest's memory and the interpreter's own without passing through JavaScript.
`bits_of_results` and `bits_of_params` hand floats to Python as their bits: JavaScript's numbers turn `-0.0` into `0` on the way into
Python and lose the payload of a NaN.
"""

from __future__ import annotations

from collections.abc import Sequence

from pycm_core.base.writer import name, sized, unsigned, vector
from pycm_core.wasm.binary.encode import valtype as _code_of
from pycm_core.wasm.syntax.types import FuncType, NumType, ValType

_PREAMBLE = b"\0asm\x01\0\0\0"
_BITS: dict[ValType, tuple[NumType, bytes]] = {
    NumType.F32: (NumType.I32, b"\xbc"),  # i32.reinterpret_f32
    NumType.F64: (NumType.I64, b"\xbd"),  # i64.reinterpret_f64
}
_LOCAL_GET, _LOCAL_SET, _CALL, _END = b"\x20", b"\x21", b"\x10", b"\x0b"
_LOCAL_TEE, _GLOBAL_GET, _GLOBAL_SET, _IF, _ZERO = b"\x22", b"\x23", b"\x24", b"\x04", b"\x41\0"
_MEMORY_SIZE, _MEMORY_COPY = b"\x3f", b"\xfc\x0a"


def _section(id: int, items: Sequence[bytes]) -> bytes:
    return bytes([id]) + sized(vector(tuple(items)))


def _functype(type: FuncType) -> bytes:
    return b"\x60" + b"".join(vector(tuple(map(_code_of, side))) for side in (type.params, type.results))


def _gets(count: int) -> bytes:
    return b"".join(_LOCAL_GET + unsigned(i) for i in range(count))


def _code(*bodies: bytes, locals: bytes = b"\0") -> bytes:
    return _section(10, [sized(locals + body + _END) for body in bodies])


def has_floats(types: Sequence[ValType]) -> bool:
    """Whether any of the values is a float."""
    return any(type in _BITS for type in types)


def as_bits(types: Sequence[ValType]) -> tuple[ValType, ...]:
    """The types with floats replaced by integers of the same width."""
    return tuple(_BITS[type][0] if type in _BITS else type for type in types)


def bits_of_results(type: FuncType) -> bytes:
    """A module: imports `"" "f"` of `type`, exports `f` with float results as their bits. Only for at most one result."""
    outer = FuncType(type.params, as_bits(type.results))
    body = _gets(len(type.params)) + _CALL + b"\0" + b"".join(_BITS[t][1] for t in type.results if t in _BITS)
    return _wrapper(type, outer, body)


def bits_of_params(type: FuncType) -> bytes:
    """A module: imports `"" "f"`, which takes floats as their bits, and exports `f` of `type`."""
    inner = FuncType(as_bits(type.params), type.results)
    body = b"".join(_LOCAL_GET + unsigned(i) + (_BITS[t][1] if t in _BITS else b"") for i, t in enumerate(type.params))
    return _wrapper(inner, type, body + _CALL + b"\0")


def waiting_when_asked(type: FuncType) -> bytes:
    """The same as `bits_of_params`, for a function that may wait: where the global `"" "waits"` is not 0 after the call, it is set to 0,
    the results are those of `"" "wait"`, which suspends, and then `"" "resumed"` gets what the global was.

    A suspending import suspends its guest at every call, also when there is nothing to wait for. This one does so only when there is.
    """
    count, results = len(type.params), type.results
    token = unsigned(count + len(results))
    locals = vector(tuple(b"\x01" + _code_of(t) for t in (*results, NumType.I32)))
    keep = b"".join(_LOCAL_SET + unsigned(count + i) for i in reversed(range(len(results))))
    body = b"".join(_LOCAL_GET + unsigned(i) + (_BITS[t][1] if t in _BITS else b"") for i, t in enumerate(type.params))
    body += _CALL + b"\0" + keep + _GLOBAL_GET + b"\0" + _LOCAL_TEE + token + _IF + b"\x40"
    body += _ZERO + _GLOBAL_SET + b"\0" + _CALL + b"\x01" + keep + _LOCAL_GET + token + _CALL + b"\x02" + _END
    body += b"".join(_LOCAL_GET + unsigned(count + i) for i in range(len(results)))
    token_only = FuncType((NumType.I32,), ())
    functypes = [_functype(t) for t in (FuncType(as_bits(type.params), results), FuncType((), results), token_only, type)]
    funcs = [name(item) + b"\0" + bytes([i]) for i, item in enumerate(("f", "wait", "resumed"))]
    imports = [name("") + item for item in (*funcs, name("waits") + b"\x03\x7f\x01")]
    return (
        _PREAMBLE
        + _section(1, functypes)
        + _section(2, imports)
        + _section(3, [b"\x03"])
        + _section(7, [name("f") + b"\0\x03"])
        + _code(body, locals=locals)
    )


def results_to(type: FuncType) -> bytes:
    """A module: imports `"" "f"` of `type` and `"" "done"`, which takes its results, floats as their bits; exports `f`, which calls both.

    So results arrive at once, also several, and before a promise of them would.
    """
    count, types = len(type.params), type.results
    locals = vector(tuple(b"\x01" + _code_of(t) for t in types))
    body = _gets(count) + _CALL + b"\0"
    body += b"".join(_LOCAL_SET + unsigned(count + i) for i in reversed(range(len(types))))
    body += b"".join(_LOCAL_GET + unsigned(count + i) + (_BITS[t][1] if t in _BITS else b"") for i, t in enumerate(types))
    functypes = [_functype(t) for t in (type, FuncType(as_bits(types), ()), FuncType(type.params, ()))]
    return (
        _PREAMBLE
        + _section(1, functypes)
        + _section(2, [name("") + name("f") + b"\0\0", name("") + name("done") + b"\0\x01"])
        + _section(3, [b"\x02"])
        + _section(7, [name("f") + b"\0\x02"])
        + _code(body + _CALL + b"\x01", locals=locals)
    )


def _wrapper(imported: FuncType, exported: FuncType, body: bytes) -> bytes:
    return (
        _PREAMBLE
        + _section(1, [_functype(imported), _functype(exported)])
        + _section(2, [name("") + name("f") + b"\0\0"])
        + _section(3, [b"\x01"])
        + _section(7, [name("f") + b"\0\x01"])
        + _code(body)
    )


def memory_bridge(ptr: int = 4) -> bytes:
    """A module between memory 0, `"" "guest"`, with addresses of `ptr` bytes, and memory 1, `"" "host"`, with addresses of 4.

    Exports `read(host, guest, count)`, `write(guest, host, count)` (both trap out of bounds) and `pages()` of the guest's memory.
    """
    address = NumType.I32 if ptr == 4 else NumType.I64
    types = [
        FuncType((NumType.I32, address, NumType.I32), ()),
        FuncType((address, NumType.I32, NumType.I32), ()),
        FuncType((), (address,)),
    ]
    host, guest = b"\x02\0\0", b"\x02\0\0" if ptr == 4 else b"\x02\x04\0"
    return (
        _PREAMBLE
        + _section(1, [_functype(type) for type in types])
        + _section(2, [name("") + name("guest") + guest, name("") + name("host") + host])
        + _section(3, [b"\0", b"\x01", b"\x02"])
        + _section(7, [name(n) + b"\0" + bytes([i]) for i, n in enumerate(("read", "write", "pages"))])
        + _code(_gets(3) + _MEMORY_COPY + b"\x01\0", _gets(3) + _MEMORY_COPY + b"\0\x01", _MEMORY_SIZE + b"\0")
    )
