"""The generated TypeScript of the protocol."""

from __future__ import annotations

import pytest

from app import messages, protocol


def test_the_generated_file_is_current() -> None:
    assert protocol.OUTPUT.read_text() == protocol.generate(protocol.SCHEMA.read_text()), "run `python -m app.protocol`"


def test_every_method_of_the_schema_is_in_the_map() -> None:
    text = protocol.generate(protocol.SCHEMA.read_text())
    for method, (params, result) in messages.METHODS.items():
        assert f'"{method}": {{ params: {params.__name__}; result: {result.__name__} }};' in text


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        ("str", "string"),
        ("bytes | None", "Uint8Array | null"),
        ("list[Literal['a', 'b']]", '("a" | "b")[]'),
        ("dict[str, list[int]]", "Record<string, number[]>"),
        ("tuple[str, Any]", "[string, unknown]"),
        ("'Later'", "Later"),
    ],
)
def test_annotations(annotation: str, expected: str) -> None:
    source = f"class Shape(TypedDict):\n    field: {annotation}\n    '''What it is.'''\n"
    assert f"  /** What it is. */\n  field: {expected};" in protocol.generate(source)


def test_what_cannot_be_translated_is_refused() -> None:
    with pytest.raises(ValueError, match="no TypeScript for the annotation `set\\[str\\]`"):
        protocol.generate("class Shape(TypedDict):\n    field: set[str]\n")
