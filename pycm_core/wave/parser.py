"""WAVE text → values, led by the type (WAVE README, "Encoding").

Where the README is silent: a `map` is written as the list of pairs it despecializes to (CanonicalABI.md, "Despecialization"), and handles
are `name#n`. We are stricter than `wasmtime run --invoke` in one point: an unknown record field is an error, not ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pycm_core.abi.values import Err, Ok, RecordValue, Some, VariantValue, map_value
from pycm_core.base.errors import Exhaustion, Related
from pycm_core.base.source import Source, Span
from pycm_core.component import types as t
from pycm_core.component.types import Prim
from pycm_core.wave.floats import round_f32
from pycm_core.wave.handles import Handles
from pycm_core.wave.scan import KEYWORDS, Scanner


def parse(text: str | Source, type: Any, handles: Handles | None = None) -> Any:
    """The value that `text` writes, as `pycm_core.abi.values` holds values of the elaborated `type`.

    Raises `Malformed` with a span of the text; `Exhaustion` when the type nests too deep.
    """
    source = text if isinstance(text, Source) else Source(text, "value")
    parser = _Parser(source, handles)
    try:
        value = parser.value(type)
    except RecursionError:
        raise Exhaustion("the type of this value nests too deep", Span(source, 0, len(source.text))) from None
    parser.end()
    return value


INTEGER_RANGE = {
    Prim.S8: (-(1 << 7), (1 << 7) - 1),
    Prim.U8: (0, (1 << 8) - 1),
    Prim.S16: (-(1 << 15), (1 << 15) - 1),
    Prim.U16: (0, (1 << 16) - 1),
    Prim.S32: (-(1 << 31), (1 << 31) - 1),
    Prim.U32: (0, (1 << 32) - 1),
    Prim.S64: (-(1 << 63), (1 << 63) - 1),
    Prim.U64: (0, (1 << 64) - 1),
}
"""The least and the greatest value of each integer type."""


_PLAIN_INTEGERS = re.compile(r"\[((?:-?(?:0|[1-9][0-9]{0,19}), ?)*-?(?:0|[1-9][0-9]{0,19}))\]")


class _Parser(Scanner):
    __slots__ = ("handles",)

    def __init__(self, source: Source, handles: Handles | None) -> None:
        super().__init__(source)
        self.handles = handles

    def value(self, type: Any) -> Any:
        """One value of `type`, after space."""
        return _PARSE[type if type.__class__ is Prim else type.__class__](self, type)

    def known(self, label: str, labels: tuple[str, ...], start: int, what: str) -> None:
        """`label`, taken from `start`, must be one of `labels`."""
        if label not in labels:
            names = ", ".join(f"`{x}`" for x in labels[:12]) + (", …" if len(labels) > 12 else "")
            raise self.malformed(
                f"expected a {what}, found `{label}`", start, self.pos, f"the {what}s are {names}" if labels else None
            )

    # --- primitives ---

    def bool_(self, type: Any) -> bool:
        word = self.keyword("true", "false")
        if word is None:
            raise self.expected("`true` or `false`")
        return word == "true"

    def integer(self, type: Prim) -> int:
        least, most = INTEGER_RANGE[type]
        what = f"{'an' if least else 'a'} {type.value} ({least} to {most})"
        self.space()
        start = self.pos
        digits = self.number(what)
        if not digits.lstrip("-").isdigit():
            raise self.malformed(
                f"expected {what}, found `{digits[:40]}`", start, self.pos, "an integer has no fraction and no exponent"
            )
        value = int(digits) if len(digits) <= 21 else most + 1  # 21: longer than any, so out of range
        if not least <= value <= most:
            raise self.malformed(f"expected {what}, found `{digits[:40]}`", start, self.pos)
        return value

    def float_(self, type: Prim) -> float:
        self.space()
        minus = self.text.startswith("-inf", self.pos)
        self.pos += minus
        word = self.keyword("inf") if minus else self.keyword("inf", "nan")
        if word is not None:
            return float("-inf" if minus else word)
        self.pos -= minus
        value = float(self.number(f"a number of type {type.value}, `nan`, `inf` or `-inf`"))
        return round_f32(value) if type is Prim.F32 else value

    # --- labels ---

    def case(self, labels: tuple[str, ...], what: str) -> str:
        """The label of a case."""
        self.space()
        start = self.pos
        found = self.label()
        if found is None:
            raise self.expected(f"a {what}", "one of " + ", ".join(f"`{_written(x)}`" for x in labels[:12]))
        label, keyword = found
        if keyword:
            hint = f"write `%{label}`" if label in labels else f"`{label}` means something else in WAVE"
            raise self.malformed(f"expected a {what}, found the keyword `{label}`", start, self.pos, hint)
        self.known(label, labels, start, what)
        return label

    def payload(self, label: str, type: Any | None, start: int) -> Any:
        """What stands in parentheses behind the label of a case, which began at `start`."""
        if type is None:
            if self.peek("("):
                raise self.malformed(f"`{label}` has no payload", start, self.pos, f"write `{label}` alone")
            return None
        if not self.accept("("):
            raise self.malformed(f"expected a payload for `{label}`", start, self.pos, f"write `{label}(…)`")
        value = self.value(type)
        self.expect(")")
        return value

    def enum(self, type: t.EnumType) -> str:
        return self.case(type.labels, "case")

    def variant(self, type: t.Variant[Any]) -> VariantValue:
        self.space()
        start = self.pos
        label = self.case(tuple(c.label for c in type.cases), "case")
        payload = next(c.type for c in type.cases if c.label == label)
        return VariantValue(label, self.payload(label, payload, start))

    def flags(self, type: t.Flags) -> frozenset[str]:
        self.expect("{", "flags (`{…}`)")
        labels: dict[str, int] = {}
        while not self.accept("}"):
            self.space()
            start = self.pos
            found = self.label()
            if found is None:
                raise self.expected("a flag or `}`")
            self.known(found[0], type.labels, start, "flag")
            self.once(found[0], labels, start, "flag")
            if not self.accept(","):
                self.expect("}", "`,` or `}`")
                break
        return frozenset(labels)

    def once(self, label: str, seen: dict[str, int], start: int, what: str) -> None:
        """Note that `label` stands at `start`; fail when it was there before."""
        if label in seen:
            first = Span(self.source, seen[label], seen[label] + len(label))
            raise self.malformed(f"duplicate {what} `{label}`", start, self.pos, related=(Related("first given here", first),))
        seen[label] = start

    # --- options and results, flat or not ---

    def option(self, type: t.Option[Any]) -> Any:
        inner = type.type
        self.space()
        start = self.pos
        word = self.keyword("none", "some")
        if word == "none":
            self.payload("none", None, start)
            return None
        if word == "some":
            value = self.payload("some", inner, start)
        else:
            if inner.__class__ in (t.Option, t.Result):
                raise self.expected(
                    "`some(…)` or `none`", "only payloads that are no option or result may stand without `some(…)`"
                )
            value = self.value(inner)
        return Some(value) if inner.__class__ is t.Option else value

    def result(self, type: t.Result[Any]) -> Ok | Err:
        self.space()
        start = self.pos
        word = self.keyword("ok", "err")
        if word == "ok":
            return Ok(self.payload("ok", type.ok, start))
        if word == "err":
            return Err(self.payload("err", type.error, start))
        if type.ok is None or type.ok.__class__ in (t.Option, t.Result):
            raise self.expected("`ok` or `err`" if type.ok is None else "`ok(…)` or `err`")
        return Ok(self.value(type.ok))

    # --- containers ---

    def items(self, element: Any) -> list[Any]:
        """`[value, …]`."""
        self.expect("[", "a list (`[…]`)")
        values: list[Any] = []
        while not self.accept("]"):
            values.append(self.value(element))
            if not self.accept(","):
                self.expect("]", "`,` or `]`")
                break
        return values

    def list_(self, type: t.List[Any]) -> Any:
        self.space()
        start = self.pos
        values = self.plain_integers(type.element)
        if values is None:
            values = self.items(type.element)
        if type.length is not None and len(values) != type.length:
            raise self.malformed(f"expected {type.length} elements, found {len(values)}", start, self.pos)
        return bytes(values) if _is_byte(type.element) else values

    def plain_integers(self, element: Any) -> list[int] | None:
        """A list of integers written plainly, in one go, as such lists are long; `None`, and nothing taken, for everything else."""
        prim = element.prim if element.__class__ is t.Named else element
        match = _PLAIN_INTEGERS.match(self.text, self.pos) if prim in INTEGER_RANGE else None
        if match is None:
            return None
        values = list(map(int, match.group(1).split(",")))
        least, most = INTEGER_RANGE[prim]
        if min(values) < least or max(values) > most:
            return None
        self.pos = match.end()
        return values

    def map_(self, type: t.Map[Any]) -> Any:
        self.space()
        start = self.pos
        pairs = self.items(t.Tuple((type.key, type.value)))
        try:
            return map_value(pairs)
        except TypeError:  # only what has a hash can be a key, and validation admits no other
            raise self.malformed("expected keys that can be compared", start, self.pos) from None

    def tuple_(self, type: t.Tuple[Any]) -> tuple[Any, ...]:
        self.space()
        start = self.pos
        count = len(type.types)
        wanted = "1 value" if count == 1 else f"{count} values"
        self.expect("(", "a tuple (`(…)`)")
        values: list[Any] = []
        while not self.accept(")"):
            if len(values) == count:
                raise self.malformed(f"expected {wanted} in the tuple, found more", self.pos)
            values.append(self.value(type.types[len(values)]))
            if not self.accept(","):
                self.expect(")", "`,` or `)`")
                break
        if len(values) != count:
            raise self.malformed(f"expected {wanted} in the tuple, found {len(values)}", start, self.pos)
        return tuple(values)

    def record(self, type: t.Record[Any]) -> RecordValue:
        self.expect("{", "a record (`{…}`)")
        start = self.pos - 1
        types = {f.label: f.type for f in type.fields}
        seen: dict[str, int] = {}
        values: dict[str, Any] = {}
        empty = self.accept(":")
        if empty:
            self.expect("}")
        elif self.peek("}"):
            raise self.malformed(
                "expected a field, found `}`", start, self.pos + 1, "a record whose fields are all left out is written `{:}`"
            )
        while not empty and not self.accept("}"):
            self.space()
            at = self.pos
            found = self.label()
            if found is None:
                raise self.expected("a field or `}`")
            self.known(found[0], tuple(types), at, "field")
            self.once(found[0], seen, at, "field")
            self.expect(":")
            values[found[0]] = self.value(types[found[0]])
            if not self.accept(","):
                self.expect("}", "`,` or `}`")
                break
        record = {}
        for label, field_type in types.items():
            if label not in values and field_type.__class__ is not t.Option:
                raise self.malformed(f"missing field `{label}`", start, self.pos, "only options may be left out")
            record[label] = values.get(label)
        return RecordValue(record)

    # --- handles ---

    def live(self, type: Any) -> Any:
        self.space()
        start = self.pos
        text = self.handle()
        what = "a handle (`name#n`)"
        if text is None:
            raise self.expected(what)
        try:
            if self.handles is None:
                raise KeyError(text)
            return self.handles.resolve(text, type)
        except KeyError:
            hint = "a handle is known once a call has returned it, until it is dropped or moved"
            raise self.malformed(f"unknown handle `{text}`", start, self.pos, hint) from None


def _written(label: str) -> str:
    return f"%{label}" if label in KEYWORDS else label


def _is_byte(type: Any) -> bool:
    return type is Prim.U8 or (type.__class__ is t.Named and type.prim is Prim.U8)


_PARSE: dict[Any, Callable[[_Parser, Any], Any]] = {
    Prim.BOOL: _Parser.bool_,
    **dict.fromkeys(INTEGER_RANGE, _Parser.integer),
    Prim.F32: _Parser.float_,
    Prim.F64: _Parser.float_,
    Prim.CHAR: lambda parser, type: parser.char(),
    Prim.STRING: lambda parser, type: parser.string(),
    Prim.ERROR_CONTEXT: _Parser.live,
    t.Named: lambda parser, type: parser.value(type.prim),
    t.Record: _Parser.record,
    t.Variant: _Parser.variant,
    t.List: _Parser.list_,
    t.Tuple: _Parser.tuple_,
    t.Flags: _Parser.flags,
    t.EnumType: _Parser.enum,
    t.Option: _Parser.option,
    t.Result: _Parser.result,
    t.Own: _Parser.live,
    t.Borrow: _Parser.live,
    t.Stream: _Parser.live,
    t.Future: _Parser.live,
    t.Map: _Parser.map_,
}
