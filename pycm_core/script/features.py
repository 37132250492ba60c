"""Which features a script runs with: those of its `RUN:` line, where it has one (the convention of the wasm-tools tests)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from pycm_core.base.features import ALL_FEATURES, DEFAULT_FEATURES, Feature, Features

SCRIPT_FEATURES: Features = ALL_FEATURES - {Feature.NESTED_NAMES, Feature.GC, Feature.SHARED_EVERYTHING}
"""For scripts that say nothing. The reference tests of the component model assert that nested names are rejected; component GC
is not in the specification yet, and shared-everything-threads is there only as far as the component model speaks of it."""

_BASE: Features = DEFAULT_FEATURES | {Feature.MORE_ASYNC_BUILTINS, Feature.STACKFUL}
"""What a `RUN:` line adds to or takes from."""

_FLAGS: Mapping[str, Features] = MappingProxyType(
    {
        "cm-async": frozenset({Feature.ASYNC}),
        "cm-async-stackful": frozenset({Feature.STACKFUL}),
        "cm-more-async-builtins": frozenset({Feature.MORE_ASYNC_BUILTINS}),
        "cm-map": frozenset({Feature.MAP}),
        "cm-implements": frozenset({Feature.ATTRIBUTES}),
        "cm-values": frozenset({Feature.VALUES}),
        "cm-nested-names": frozenset({Feature.NESTED_NAMES}),
        "cm-threading": frozenset({Feature.THREADING}),
        "cm-fixed-length-lists": frozenset({Feature.FIXED_LENGTH_LISTS}),
        "cm-error-context": frozenset({Feature.ERROR_CONTEXT}),
        "cm64": frozenset({Feature.MEMORY64}),
        "cm-gc": frozenset({Feature.GC}),
        "shared-everything-threads": frozenset({Feature.SHARED_THREADS, Feature.SHARED_EVERYTHING}),
        "custom-page-sizes": frozenset({Feature.CUSTOM_PAGE_SIZES}),
    }
)
"""The names that `RUN:` lines have for features."""

_RUN = re.compile(r";;\s*RUN(?:\[\w+\])?:(.*)")
_LIST = re.compile(r"(?:-f|--features)[ =]\s*(\S+)")


def features_of(text: str) -> Features:
    """The features that the first lines of a script ask for."""
    found: Features | None = None
    for flags in _flags(text):
        found = _BASE if found is None else found
        for flag in flags:
            named = _FLAGS.get(flag.removeprefix("-"), frozenset())
            found = found - named if flag.startswith("-") else found | named
    return SCRIPT_FEATURES if found is None else found


def always_on(text: str) -> tuple[str, ...]:
    """What the first lines of a script switch off, although there is no switch for it here: proposals that core WebAssembly 3.0 took in."""
    flags = [flag for line in _flags(text) for flag in line]
    return tuple([flag[1:] for flag in flags if flag.startswith("-") and flag[1:] not in _FLAGS])


def _flags(text: str) -> Iterator[list[str]]:
    """The flags of each `RUN:` line among the first lines."""
    for line in text.splitlines():
        run = _RUN.match(line)
        if run is None:
            return
        yield [flag for flags in _LIST.findall(run[1]) for flag in flags.split(",")]
