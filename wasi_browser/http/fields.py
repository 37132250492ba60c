"""Header and trailer fields (RFC 9110, "Fields"): ordered, with the names' case kept and ignored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wasi_browser.http.errors import FieldError, FieldsTooLarge

TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
"""The characters of a token (RFC 9110, "Tokens")."""
NO_VALUE = frozenset(range(32)) - {9} | {127}
"""The bytes no field value holds (RFC 9110, "Field Values")."""
FORBIDDEN = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "transfer-encoding",
        "upgrade",
        "host",
        "http2-settings",
    }
)
"""Names that belong to the connection: programs may not set them."""
SIZE_MAX = 128 * 1024
"""What names and values of one set of fields may add up to, in bytes."""

Entries = list[tuple[str, bytes]]


def is_token(text: str) -> bool:
    """Whether this is a field name, a method, …"""
    return bool(text) and TOKEN.issuperset(text)


def check_name(name: str) -> str:
    """The name in lower case (`invalid-syntax`, `forbidden`)."""
    if not is_token(name):
        raise FieldError("invalid-syntax")
    lower = name.lower()
    if lower in FORBIDDEN:
        raise FieldError("forbidden")
    return lower


def check_value(name: str, value: bytes) -> bytes:
    """The value of the field `name`, in lower case (`invalid-syntax`). A length is a number (RFC 9110, "Content-Length")."""
    if not NO_VALUE.isdisjoint(value) or (name == "content-length" and not value.isdigit()):
        raise FieldError("invalid-syntax")
    return bytes(value)


class Fields:
    """Fields in the order in which they are sent."""

    __slots__ = ("_entries", "mutable")

    def __init__(self, entries: Iterable[tuple[str, bytes]] = (), mutable: bool = False) -> None:
        """Takes entries as they are: `of` checks them."""
        self._entries: Entries = [(name, bytes(value)) for name, value in entries]
        self.mutable = mutable

    @classmethod
    def of(cls, entries: Iterable[tuple[str, bytes]]) -> Fields:
        """Checked, mutable fields."""
        fields = cls(mutable=True)
        for name, value in entries:
            fields.append(name, value)
        return fields

    def entries(self) -> Entries:
        """Names in their original case, and values."""
        return list(self._entries)

    def get(self, name: str) -> list[bytes]:
        """The values of `name`."""
        lower = name.lower()
        return [value for other, value in self._entries if other.lower() == lower]

    def has(self, name: str) -> bool:
        """Whether there is a value of `name`."""
        lower = name.lower()
        return any(other.lower() == lower for other, _ in self._entries)

    def set(self, name: str, values: Sequence[bytes]) -> None:
        """Replace the values of `name`; they stand where the first one stood."""
        lower = self._checked(name)
        checked = [check_value(lower, value) for value in values]
        place = next((i for i, (other, _) in enumerate(self._entries) if other.lower() == lower), len(self._entries))
        kept = [entry for entry in self._entries if entry[0].lower() != lower]
        self._entries = [*kept[:place], *((name, value) for value in checked), *kept[place:]]
        self._check_size()

    def delete(self, name: str) -> None:
        """Forget the values of `name`."""
        lower = self._checked(name)
        self._entries = [entry for entry in self._entries if entry[0].lower() != lower]

    def append(self, name: str, value: bytes) -> None:
        """One more value for `name`."""
        lower = self._checked(name)
        self._entries.append((name, check_value(lower, value)))
        self._check_size()

    def clone(self) -> Fields:
        """A mutable copy."""
        return Fields(self._entries, mutable=True)

    def freeze(self) -> Fields:
        """From now on it cannot be changed."""
        self.mutable = False
        return self

    def _checked(self, name: str) -> str:
        if not self.mutable:
            raise FieldError("immutable")
        return check_name(name)

    def _check_size(self) -> None:
        if sum(len(name) + len(value) for name, value in self._entries) > SIZE_MAX:
            raise FieldsTooLarge

    def content_length(self) -> int | None:
        """What `content-length` promises, where it is a number."""
        values = self.get("content-length")
        return int(values[0]) if values and values[0].isdigit() else None
