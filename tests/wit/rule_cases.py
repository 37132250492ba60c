"""Cases of `rules/*.txt`: for each rule of WIT.md, texts to accept (`+`) and to reject (`-`).

`#` names a heading of WIT.md and `##` a rule; a case starts with `+ title` or `- title`. `! reason` says why the verdict is not the oracle's,
`~ reason` why it is not that of WIT.md's letter. `> path` starts a file of a package of several. `[features: a, b]` in a title opens
features. `⟦U+202E⟧` is that character.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

RULES = Path(__file__).parent / "rules"
_FEATURES = re.compile(r" \[features: ?([^]]*)\]$")
_CHARACTER = re.compile(r"⟦U\+([0-9A-F]+)⟧")


@dataclass
class Case:
    name: str
    accept: bool
    line: int
    features: tuple[str, ...] = ()
    against_oracle: str | None = None
    against_letter: str | None = None
    files: dict[str, list[str]] = field(default_factory=lambda: {"case.wit": []})

    def write(self, folder: Path) -> Path:
        """The case as a file or a directory."""
        if list(self.files) != ["case.wit"]:
            folder = folder / "package"
        for name, lines in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            text = _CHARACTER.sub(lambda m: chr(int(m[1], 16)), "\n".join(lines) + "\n")
            path.write_text(text, encoding="utf-8", newline="")
        return folder if folder.name == "package" else folder / "case.wit"


def cases(path: Path) -> list[Case]:
    """The cases of a file, in order."""
    found: list[Case] = []
    heading = ""
    current: list[str] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.startswith("#"):
            heading = line.lstrip("# ")
        elif line[:2] in ("+ ", "- "):
            features = _FEATURES.search(line)
            case = Case(f"{heading}: {_FEATURES.sub('', line[2:])}", line[0] == "+", number)
            if features is not None:
                case.features = tuple(f.strip() for f in features[1].split(",") if f.strip())
            found.append(case)
            current = case.files["case.wit"]
        elif line.startswith("! "):
            found[-1].against_oracle = line[2:]
        elif line.startswith("~ "):
            found[-1].against_letter = line[2:]
        elif line.startswith("> "):
            found[-1].files.pop("case.wit", None)
            current = found[-1].files[line[2:]] = []
        else:
            current.append(line)
    return found
