"""Feature gates as named values, passed in (Explainer.md, "Gated Features")."""

from __future__ import annotations

from enum import Enum


class Feature(Enum):
    """One gate of the component model, or one proposal of core WebAssembly that is not always on."""

    # component model (Explainer.md, "Gated Features")
    ASYNC = "async"  # 🔀
    MAP = "map"  # 🗺️
    ATTRIBUTES = "attributes"  # 🏷️ implements, external-id
    VALUES = "values"  # 🪙
    NESTED_NAMES = "nested-names"  # 🪺
    MORE_ASYNC_BUILTINS = "more-async-builtins"  # 🚝
    STACKFUL = "stackful"  # 🚟
    THREADING = "threading"  # 🧵
    SHARED_THREADS = "shared-threads"  # 🧵②
    FIXED_LENGTH_LISTS = "fixed-length-lists"  # 🔧
    ERROR_CONTEXT = "error-context"  # 📝
    CANONICAL_NAMES = "canonical-names"  # 🔗
    MEMORY64 = "component-memory64"  # 🐘
    GC = "component-gc"
    # core WebAssembly beyond 3.0
    CUSTOM_PAGE_SIZES = "custom-page-sizes"
    SHARED_EVERYTHING = "shared-everything-threads"


Features = frozenset[Feature]

DEFAULT_FEATURES: Features = frozenset({Feature.ASYNC, Feature.MAP, Feature.ATTRIBUTES})
"""What WASI 0.2 and 0.3 ship."""

ALL_FEATURES: Features = frozenset(Feature)
