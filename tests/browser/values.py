"""Values as the corpus's manifest writes them, from and to WAVE text, by the types that `open` reports.

64-bit integers are strings, floats numbers or `nan`, `inf`, `-inf`, `-0`; records objects; variants `{tag, val}`; enums strings; flags lists;
options null or `{some}`; results `{ok}` or `{err}`; handles `{handle: "name#n"}`. Written apart from the product's own WAVE, on purpose.
"""

from __future__ import annotations

import json
import re
import struct
from typing import Any

Type = dict[str, Any]
"""A `TypeNode` of app/messages.py."""

WIDE = {"s64", "u64"}
FLOATS = {"f32", "f64"}
TOKEN = re.compile(r"""\s*("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|%?-?[A-Za-z0-9_.+#-]+|[\[\](){},:])""")
UNESCAPE = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}


def to_wave(value: Any, type: Type | None) -> str:
    """The WAVE text of a manifest value; empty where there is no type."""
    if type is None:
        return ""
    kind = type["kind"]
    items = [item["type"] for item in type.get("items", [])]
    match kind:
        case "string" | "char":
            return quote(value, "'" if kind == "char" else '"')
        case "bool":
            return "true" if value else "false"
        case "enum":
            return str(value)
        case "list":
            return f"[{', '.join(to_wave(item, items[0]) for item in value)}]"
        case "tuple":
            return f"({', '.join(to_wave(item, inner) for item, inner in zip(value, items, strict=True))})"
        case "record":
            fields = (f"{field['name']}: {to_wave(value[field['name']], field['type'])}" for field in type["items"])
            return f"{{{', '.join(fields)}}}"
        case "flags":
            return f"{{{', '.join(value)}}}"
        case "variant":
            case = next(item for item in type["items"] if item["name"] == value["tag"])
            return value["tag"] if case["type"] is None else f"{value['tag']}({to_wave(value['val'], case['type'])})"
        case "option":
            return "none" if value is None else f"some({to_wave(value['some'], items[0])})"
        case "result":
            [(side, inner)] = value.items()
            payload = next((item["type"] for item in type["items"] if item["name"] == side), None)
            return side if payload is None else f"{side}({to_wave(inner, payload)})"
        case "own" | "borrow":
            return str(value["handle"])
    return str(value)


def quote(text: str, mark: str) -> str:
    def escape(char: str) -> str:
        if char in (mark, "\\"):
            return "\\" + char
        return char if char.isprintable() or char == " " else f"\\u{{{ord(char):x}}}"

    return mark + "".join(map(escape, text)) + mark


def from_wave(text: str, type: Type | None) -> Any:
    """The manifest value of a WAVE text. Raises `ValueError` for text that is not of the type."""
    if type is None:
        if text:
            raise ValueError(f"expected nothing, found {text}")
        return None
    reader = Reader(text)
    value = reader.value(type)
    if reader.peek():
        raise ValueError(f"{text}: more than one value")
    return value


class Reader:
    def __init__(self, text: str) -> None:
        self.tokens = TOKEN.findall(text)
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, expected: str = "") -> str:
        token = self.peek()
        if expected and token != expected:
            raise ValueError(f"expected {expected}, found {token}")
        self.at += 1
        return token

    def sequence(self, close: str) -> Any:
        while self.peek() != close:
            yield
            if self.peek() != close:
                self.take(",")
        self.take(close)

    def payload(self, type: Type | None) -> Any:
        if type is None:
            return None
        self.take("(")
        value = self.value(type)
        self.take(")")
        return value

    def value(self, type: Type) -> Any:
        kind = type["kind"]
        items = type.get("items", [])
        types = {item["name"]: item["type"] for item in items}
        match kind:
            case "string" | "char":
                return unquote(self.take())
            case "bool":
                return {"true": True, "false": False}[self.take()]
            case "list":
                self.take("[")
                return [self.value(items[0]["type"]) for _ in self.sequence("]")]
            case "tuple":
                self.take("(")
                return [self.value(items[n]["type"]) for n, _ in enumerate(self.sequence(")"))]
            case "record":
                # an option that is none may be left out
                record = {item["name"]: None for item in items if item["type"]["kind"] == "option"}
                self.take("{")
                for _ in self.sequence("}"):
                    name = self.take().removesuffix(":")
                    if self.peek() == ":":
                        self.take(":")
                    record[name] = self.value(types[name])
                return record
            case "flags":
                self.take("{")
                return [self.take() for _ in self.sequence("}")]
            case "variant":
                tag = self.take().removeprefix("%")
                value = self.payload(types[tag])
                return {"tag": tag} if types[tag] is None else {"tag": tag, "val": value}
            case "enum":
                return self.take().removeprefix("%")
            case "option":
                return None if self.take() == "none" else {"some": self.payload(items[0]["type"])}
            case "result":
                side = self.take()
                return {side: self.payload(types.get(side))}
            case "own" | "borrow":
                return {"handle": self.take()}
        token = self.take()
        if kind in WIDE:
            return str(int(token))
        return number(token) if kind in FLOATS else int(token)


def number(token: str) -> Any:
    """Special floats stay words."""
    value = float(token)
    return token if token in {"nan", "inf", "-inf"} else "-0" if value == 0 and token.startswith("-") else value


def unquote(token: str) -> str:
    def one(match: re.Match[str]) -> str:
        return chr(int(match[1], 16)) if match[1] else UNESCAPE.get(match[2], match[2])

    return re.sub(r"\\(?:u\{([0-9a-fA-F]+)\}|(.))", one, token[1:-1], flags=re.DOTALL)


def same(found: Any, expected: Any, type: Type | None) -> bool:
    """Whether two manifest values are equal; 32-bit floats are compared as such."""
    return normal(found, type) == normal(expected, type)


def normal(value: Any, type: Type | None) -> Any:
    """A value with its floats rounded to their type and its flags in order."""
    if type is None:
        return None
    kind = type["kind"]
    types = {item["name"]: item["type"] for item in type.get("items", [])}
    inner = list(types.values())
    match kind:
        case "f32" | "f64":
            if not isinstance(value, str):
                value = struct.unpack("f", struct.pack("f", value))[0] if kind == "f32" else float(value)
                value = "-0" if value == 0 and json.dumps(value).startswith("-") else value
            return value
        case "list":
            return [normal(item, inner[0]) for item in value]
        case "tuple":
            return [normal(item, each["type"]) for item, each in zip(value, type["items"], strict=True)]
        case "record":
            return {name: normal(value.get(name), item) for name, item in types.items()}
        case "flags":
            return sorted(value)
        case "variant":
            return (value["tag"], normal(value.get("val"), types[value["tag"]]))
        case "option":
            return None if value is None else {"some": normal(value["some"], inner[0])}
        case "result":
            [(side, payload)] = value.items()
            return (side, normal(payload, types.get(side)))
    return value


def split_call(text: str) -> tuple[str, list[str]]:
    """`f(1,"a,b")` → `f`, `1`, `"a,b"`."""
    name, _, rest = text.partition("(")
    args, start, depth, at = [], 0, 0, 0
    rest = rest.rstrip()[:-1]
    for match in re.finditer(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|([\[({])|([\])}])|(,)""", rest):
        at = match.start()
        if match[2]:
            depth += 1
        elif match[3]:
            depth -= 1
        elif match[4] and depth == 0:
            args.append(rest[start:at].strip())
            start = at + 1
    if rest.strip():
        args.append(rest[start:].strip())
    return name, args
