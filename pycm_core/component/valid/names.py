"""The grammar of import and export names (Explainer.md, "Import and Export Definitions", "Name Uniqueness")."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from pycm_core.base.features import Feature, Features

_LABEL = re.compile(r"(?:[a-z][0-9a-z]*|[A-Z][0-9A-Z]*)(?:-(?:[0-9a-z]+|[0-9A-Z]+))*")
_WORDS = re.compile(r"[a-z][0-9a-z]*(?:-[0-9a-z]+)*")
_ID = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_SEMVER = re.compile(
    r"(?:0|[1-9][0-9]*)\.(?:0|[1-9][0-9]*)\.(?:0|[1-9][0-9]*)"
    rf"(?:-{_ID}(?:\.{_ID})*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
_CANONVERSION = re.compile(r"[1-9][0-9]*|0\.[1-9][0-9]*|0\.0\.[1-9][0-9]*|0\.0\.0")


class Annotation(Enum):
    """What a plain name says its function is; the value is the prefix."""

    CONSTRUCTOR = "[constructor]"
    METHOD = "[method]"
    STATIC = "[static]"


@dataclass(frozen=True, slots=True)
class PlainName:
    """`plainname`: a label, or an annotated one; then `label` is the resource's and `member` the function's (not for constructors)."""

    label: str
    annotation: Annotation | None = None
    member: str | None = None


@dataclass(frozen=True, slots=True)
class InterfaceName:
    """`interfacename`: `namespaces:package/projections@version`."""

    namespaces: tuple[str, ...]
    package: str
    projections: tuple[str, ...]
    version: str | None


ParsedName = PlainName | InterfaceName


def is_label(text: str) -> bool:
    """Whether `text` is a `label` (kebab case)."""
    return _LABEL.fullmatch(text) is not None


def is_semver(text: str) -> bool:
    """Whether `text` is a valid semver (Semantic Versioning 2.0)."""
    return _SEMVER.fullmatch(text) is not None


def is_canonversion(text: str) -> bool:
    """Whether `text` is a `canonversion` (Explainer.md, "Canonical Interface Name")."""
    return _CANONVERSION.fullmatch(text) is not None


def parse_name(name: str, features: Features) -> ParsedName:
    """An `externname`, taken apart. Raises `ValueError` with the reason when it is none."""
    for annotation in Annotation:
        if name.startswith(annotation.value):
            return _annotated(name[len(annotation.value) :], annotation)
    if ":" in name:
        return _interface(name, features)
    return PlainName(check_label(name))


def _annotated(rest: str, annotation: Annotation) -> PlainName:
    if annotation is Annotation.CONSTRUCTOR:
        return PlainName(check_label(rest), annotation)
    label, dot, member = rest.partition(".")
    if not dot:
        raise ValueError("failed to find `.` character")
    return PlainName(check_label(label), annotation, check_label(member))


def check_label(text: str) -> str:
    """`text`, which must be a `label`; raises `ValueError` with the reason."""
    if not is_label(text):
        raise ValueError(f"`{text}` is not in kebab case")
    return text


def check_words(text: str) -> str:
    """`text`, which must be `words`; raises `ValueError` with the reason."""
    if not _WORDS.fullmatch(text):
        upper = next((c for c in text if c.isupper()), None)
        if is_label(text) and upper is not None:
            raise ValueError(f"character `{upper}` is not lowercase in package name/namespace")
        raise ValueError(f"`{text}` is not in kebab case")
    return text


def _interface(name: str, features: Features) -> InterfaceName:
    path, at, version = name.partition("@")
    package, slash, rest = path.partition("/")
    *namespaces, package = package.split(":")
    nested = Feature.NESTED_NAMES in features
    for namespace in namespaces[: None if nested else 1]:
        check_words(namespace)
    if len(namespaces) > 1 and not nested:
        raise ValueError("expected `/` after package name: nested namespaces are behind the gate `nested-names`")
    check_words(package)
    if not slash:
        raise ValueError("expected `/` after package name")
    projections = rest.split("/")
    if len(projections) > 1 and not nested:
        raise ValueError(f"trailing characters found: `/{projections[1]}`: nested packages are behind the gate `nested-names`")
    for projection in projections:
        check_label(projection)
    if at and not (is_semver(version) or (Feature.CANONICAL_NAMES in features and is_canonversion(version))):
        raise ValueError(f"`{version}` is not a valid semver")
    return InterfaceName(tuple(namespaces), package, tuple(projections), version if at else None)


def canonical(name: str) -> str:
    """What two names must differ in to be strongly unique (Explainer.md, "Name Uniqueness")."""
    name = name.lower()
    for annotation in (Annotation.METHOD.value, Annotation.STATIC.value):
        if name.startswith(annotation):
            name = name[len(annotation) :]
            label, _, member = name.partition(".")
            return label if label == member else name
    return name
