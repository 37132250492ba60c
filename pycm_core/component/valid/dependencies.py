"""Import names that say where an implementation comes from: `unlocked-dep=<...>`, `locked-dep=<...>`, `url=<...>`, `integrity=<...>`.

Explainer.md had them until attributes took their place; components made before then still import by them, so they are accepted, for
imports only.
"""

from __future__ import annotations

import binascii
import re

from pycm_core.base.features import Feature, Features
from pycm_core.component.valid.names import check_label, check_words, is_semver

_PREFIXES = ("unlocked-dep=", "locked-dep=", "url=", "integrity=")
_VERSION_RANGE = re.compile(r"\*|\{(?:>=(?P<lower>[^ }]*))?(?P<space> )?(?:<(?P<upper>[^}]*))?\}")


def is_dependency(name: str) -> bool:
    """Whether `name` starts like such a name."""
    return name.startswith(_PREFIXES)


def check_dependency(name: str, features: Features) -> None:
    """Raises `ValueError` with the reason when `name` is not one of these names."""
    prefix = next(p for p in _PREFIXES if name.startswith(p))
    body, rest = _brackets(name[len(prefix) :])
    match prefix:
        case "unlocked-dep=":
            _query(body, features)
        case "locked-dep=":
            path, at, version = body.partition("@")
            _path(path, features)
            if at and not is_semver(version):
                raise ValueError(f"`{version}` is not a valid semver")
        case "url=":
            if "<" in body:
                raise ValueError("url cannot contain `<`")
        case _:
            _integrity(body)
    if not rest:
        return
    if prefix in ("locked-dep=", "url=") and rest.startswith(","):
        if not rest.startswith(",integrity="):
            raise ValueError(f"expected `integrity=<` at `{rest[1:]}`")
        body, rest = _brackets(rest[len(",integrity=") :])
        _integrity(body)
    if rest:
        raise ValueError(f"trailing characters found: `{rest}`")


def _brackets(text: str) -> tuple[str, str]:
    """What stands in `<...>`, and what follows."""
    if not text.startswith("<"):
        raise ValueError(f"expected `<` at `{text}`")
    end = text.find(">", max(text.rfind("}"), 0))  # a version range, in braces, may hold `>`
    if end < 0:
        raise ValueError(f"failed to find `>` in `{text}`")
    return text[1:end], text[end + 1 :]


def _path(path: str, features: Features) -> None:
    package, *projections = path.split("/")
    words = package.split(":")
    nested = Feature.NESTED_NAMES in features
    if len(words) < 2 or (not nested and (len(words) > 2 or projections)):
        raise ValueError(f"`{path}` is not the name of a package")
    for word in words:
        check_words(word)
    for projection in projections:
        check_label(projection)


def _query(query: str, features: Features) -> None:
    path, at, versions = query.partition("@")
    _path(path, features)
    if not at:
        return
    found = _VERSION_RANGE.fullmatch(versions)
    if found is None or (versions != "*" and not (found["lower"] or found["upper"])):
        raise ValueError(f"`{versions}` is not a version range: expected `>=` or `<` at its start")
    if found["space"] is not None and not (found["lower"] and found["upper"]):
        raise ValueError(f"`{versions}` is not a version range")
    for version in (found["lower"], found["upper"]):
        if version is not None and not is_semver(version):
            raise ValueError(f"`{version}` is not a valid semver")


def _integrity(metadata: str) -> None:
    """One or more hashes with options (Subresource Integrity)."""
    hashes = metadata.split()
    if not hashes:
        raise ValueError("integrity hash cannot be empty")
    for item in hashes:
        algorithm, dash, digest = item.partition("?")[0].partition("-")
        if algorithm not in ("sha256", "sha384", "sha512"):
            raise ValueError(f"unrecognized hash algorithm: `{algorithm}`")
        if not dash:
            raise ValueError("expected `-` after hash algorithm")
        content = digest.rstrip("=")
        if not content or len(digest) - len(content) > 2:
            raise ValueError("not valid base64")
        try:
            binascii.a2b_base64(content + "A" * (-len(content) % 4), strict_mode=True)
        except binascii.Error:
            raise ValueError("not valid base64") from None
