"""Generates `web/src/protocol.ts` from `app/messages.py`, so that page and worker cannot disagree.

`python -m app.protocol` writes the file; `python -m app.protocol --check` exits with 1 when it is stale. The schema is read as source, not
imported: docstrings under classes and fields become the comments of the TypeScript.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

SCHEMA = Path(__file__).with_name("messages.py")
OUTPUT = Path(__file__).parent.parent / "web" / "src" / "protocol.ts"

SCALARS = {
    "str": "string",
    "int": "number",
    "float": "number",
    "bool": "boolean",
    "bytes": "Uint8Array",
    "Any": "unknown",
    "None": "null",
}

HEADER = """\
// Generated from app/messages.py by `python -m app.protocol`; a test fails when the two differ. Do not edit.
"""

FOOTER = """\
export type Method = keyof Methods;
export type Params<M extends Method> = Methods[M]["params"];
export type Result<M extends Method> = Methods[M]["result"];
"""


def generate(schema: str) -> str:
    """The TypeScript for the source text of a schema module. Raises `ValueError` for a construct it cannot translate."""
    tree = ast.parse(schema)
    parts = [HEADER.rstrip()]
    if doc := ast.get_docstring(tree):
        parts.append("\n".join(comment(doc, "")))
    for node in tree.body:
        match node:
            case ast.ClassDef():
                parts.append("\n".join(interface(node)))
            case ast.AnnAssign(target=ast.Name(id="METHODS"), value=ast.Dict() as table):
                parts.append("\n".join(methods(table)))
            case ast.AnnAssign(target=ast.Name(id="EVENTS"), value=ast.Tuple(elts=events)):
                parts.append(f"export type Event = {' | '.join(name_of(event) for event in events)};")
    parts.append(FOOTER.rstrip())
    return "\n\n".join(parts) + "\n"


def interface(node: ast.ClassDef) -> Iterator[str]:
    """One `TypedDict` as one interface."""
    bases = [name_of(base) for base in node.bases if name_of(base) != "TypedDict"]
    if doc := ast.get_docstring(node):
        yield from comment(doc, "")
    extends = f" extends {', '.join(bases)}" if bases else ""
    fields = list(members(node))
    if not fields and not bases:
        yield f"export type {node.name} = Record<string, never>;"
        return
    yield f"export interface {node.name}{extends} {{"
    yield from fields
    yield "}"


def members(node: ast.ClassDef) -> Iterator[str]:
    for at, field in enumerate(node.body):
        if not isinstance(field, ast.AnnAssign):
            continue
        after = node.body[at + 1] if at + 1 < len(node.body) else None
        match after:
            case ast.Expr(value=ast.Constant(value=str(doc))):
                yield from comment(doc, "  ")
        annotation = field.annotation
        optional = ""
        match annotation:
            case ast.Subscript(value=ast.Name(id="NotRequired"), slice=inner):
                optional, annotation = "?", inner
        yield f"  {name_of(field.target)}{optional}: {type_text(annotation)};"


def methods(table: ast.Dict) -> Iterator[str]:
    """The map from method names to their params and results."""
    yield "/** Method name → what it takes and what it answers. */"
    yield "export interface Methods {"
    for key, value in zip(table.keys, table.values, strict=True):
        match key, value:
            case ast.Constant(value=str(name)), ast.Tuple(elts=[params, result]):
                yield f'  "{name}": {{ params: {name_of(params)}; result: {name_of(result)} }};'
            case _:
                raise ValueError(f"METHODS: expected a name and a pair of types, found {ast.unparse(value)}")
    yield "}"


def type_text(node: ast.expr) -> str:
    """An annotation as a TypeScript type."""
    match node:
        case ast.Constant(value=None):
            return "null"
        case ast.Constant(value=str(text)):
            return type_text(ast.parse(text, mode="eval").body)
        case ast.Name(id=name):
            return SCALARS.get(name, name)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return f"{type_text(left)} | {type_text(right)}"
        case ast.Subscript(value=ast.Name(id="list"), slice=item):
            inner = type_text(item)
            return f"({inner})[]" if "|" in inner else f"{inner}[]"
        case ast.Subscript(value=ast.Name(id="dict"), slice=ast.Tuple(elts=[key, value])):
            return f"Record<{type_text(key)}, {type_text(value)}>"
        case ast.Subscript(value=ast.Name(id="tuple"), slice=ast.Tuple(elts=items)):
            return f"[{', '.join(type_text(item) for item in items)}]"
        case ast.Subscript(value=ast.Name(id="Literal"), slice=choice):
            choices = choice.elts if isinstance(choice, ast.Tuple) else [choice]
            return " | ".join(literal(item) for item in choices)
    raise ValueError(f"no TypeScript for the annotation `{ast.unparse(node)}`")


def literal(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return f'"{text}"'
        case ast.Constant(value=int(number)):
            return str(number)
    raise ValueError(f"no TypeScript for the literal `{ast.unparse(node)}`")


def comment(doc: str, indent: str) -> Iterator[str]:
    lines = [line.strip() for line in doc.strip().splitlines()]
    if len(lines) == 1:
        yield f"{indent}/** {lines[0]} */"
        return
    yield f"{indent}/**"
    for line in lines:
        yield f"{indent} * {line}".rstrip()
    yield f"{indent} */"


def name_of(node: ast.expr) -> str:
    if not isinstance(node, ast.Name):
        raise ValueError(f"expected a name, found `{ast.unparse(node)}`")
    return node.id


def main(arguments: list[str]) -> int:
    """Write the file, or with `--check` compare it; the exit code is 1 when it is stale."""
    text = generate(SCHEMA.read_text())
    if "--check" in arguments:
        stale = not OUTPUT.exists() or OUTPUT.read_text() != text
        if stale:
            print(f"{OUTPUT.name} is stale: run `python -m app.protocol`", file=sys.stderr)
        return int(stale)
    OUTPUT.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
