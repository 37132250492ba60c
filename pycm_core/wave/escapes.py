"""How characters stand in WAVE text: which ones are escaped, and what the escapes mean (WAVE README, "Chars").

The README makes few escapes mandatory. What is printed follows `wasmtime run --invoke`: everything a reader could not see on its own
is written `\\u{…}`, that is unprintable characters and those that extend the grapheme before them.
"""

from __future__ import annotations

import re
import unicodedata

SIMPLE = {'"': '"', "'": "'", "\\": "\\", "t": "\t", "n": "\n", "r": "\r"}
"""What stands after a backslash, and what it means; `u{…}` is the other form."""

_WRITTEN = {meaning: "\\" + letter for letter, meaning in SIMPLE.items()}

_PLAIN = re.compile(r"[ !#-&(-\[\]-~]*")
"""ASCII that stands for itself."""

# Unicode's Grapheme_Extend beyond the categories Mn and Me (PropList.txt, Other_Grapheme_Extend; Unicode 17).
_EXTENDERS = frozenset(
    chr(code)
    for first, last in (
        (0x9BE, 0x9BE), (0x9D7, 0x9D7), (0xB3E, 0xB3E), (0xB57, 0xB57), (0xBBE, 0xBBE), (0xBD7, 0xBD7), (0xCC0, 0xCC0), (0xCC2, 0xCC2),
        (0xCC7, 0xCC8), (0xCCA, 0xCCB), (0xCD5, 0xCD6), (0xD3E, 0xD3E), (0xD57, 0xD57), (0xDCF, 0xDCF), (0xDDF, 0xDDF), (0x1715, 0x1715),
        (0x1734, 0x1734), (0x1B35, 0x1B35), (0x1B3B, 0x1B3B), (0x1B3D, 0x1B3D), (0x1B43, 0x1B44), (0x1BAA, 0x1BAA), (0x1BF2, 0x1BF3),
        (0x302E, 0x302F), (0xA953, 0xA953), (0xA9C0, 0xA9C0), (0xFF9E, 0xFF9F), (0x111C0, 0x111C0), (0x11235, 0x11235), (0x1133E, 0x1133E),
        (0x1134D, 0x1134D), (0x11357, 0x11357), (0x113B8, 0x113B8), (0x113C2, 0x113C2), (0x113C5, 0x113C5), (0x113C7, 0x113C9),
        (0x113CF, 0x113CF), (0x114B0, 0x114B0), (0x114BD, 0x114BD), (0x115AF, 0x115AF), (0x116B6, 0x116B6), (0x11930, 0x11930),
        (0x1193D, 0x1193D), (0x11F41, 0x11F41), (0x16FF0, 0x16FF1), (0x1D165, 0x1D166), (0x1D16D, 0x1D172),
    )
    for code in range(first, last + 1)
)  # fmt: skip


def escape(text: str) -> str:
    """`text` as it stands between the quotes of a char or a string."""
    if _PLAIN.fullmatch(text):
        return text
    return "".join(map(_escape_char, text))


def _escape_char(char: str) -> str:
    written = _WRITTEN.get(char)
    if written is not None:
        return written
    if char.isprintable() and char not in _EXTENDERS and unicodedata.category(char) not in ("Mn", "Me"):
        return char
    return f"\\u{{{ord(char):x}}}"
