"""Named limits, passed in: what bounds the work that hostile input can ask for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Every bound has a name; going past one raises `Exhaustion` (or, where the spec states the bound, `Invalid`)."""

    nesting: int = 100
    """How deep components, types and modules may nest in a binary or a text."""
    definitions: int = 1_000_000
    """How many items one index space may hold."""
    type_size: int = 1_000_000
    """The effective size of one type: how many nodes its full expansion has."""
    flat_values: int = 1000
    """How many core values a type may flatten to before we stop counting."""
    name_bytes: int = 100_000
    """The length of one name."""
    locals: int = 50_000
    """Locals of one core function, parameters included (the WebAssembly JavaScript interface has the same bound)."""
    operands: int = 1_000_000
    """How many values the operand stack of one core function may hold."""
    supertypes: int = 63
    """How long a chain of core supertypes may be (the WebAssembly JavaScript interface has the same bound)."""
    text_chars: int = 256 * 1024 * 1024
    """The length of one source text."""
    wit_chars: int = 16 * 1024 * 1024
    """The length of WIT that is printed: types that share their parts can be much longer as text than as bytes."""
    memory_pages: int = 65_536
    """Pages of 64 KiB one linear memory may grow to."""
    table_elements: int = 10_000_000
    """Elements one table may grow to."""
    handles: int = 1 << 28
    """Entries of one handle table (CanonicalABI.md, "Table State")."""
    string_bytes: int = (1 << 28) - 1
    """Bytes of one string (CanonicalABI.md, "Loading": MAX_STRING_BYTE_LENGTH)."""


DEFAULT_LIMITS = Limits()
