"""Which features a script runs with: those of its `RUN:` line, where it has one (the convention of the wasm-tools tests)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from pycm_core.base.features import ALL_FEATURES, DEFAULT_FEATURES, Feature, Features

SCRIPT_FEATURES: Features = ALL_FEATURES - {Feature.NESTED_NAMES, Feature.GC}
"""For scripts that say nothing. The reference tests of the component model assert that nested names are rejected; component GC is not
in the specification yet."""

_BASE: Features = DEFAULT_FEATURES | {Feature.MORE_ASYNC_BUILTINS, Feature.STACKFUL}
"""What a `RUN:` line adds to or takes from."""

_FLAGS: Mapping[str, Feature] = MappingProxyType(
    {
        "cm-async": Feature.ASYNC,
        "cm-async-stackful": Feature.STACKFUL,
        "cm-more-async-builtins": Feature.MORE_ASYNC_BUILTINS,
        "cm-map": Feature.MAP,
        "cm-implements": Feature.ATTRIBUTES,
        "cm-values": Feature.VALUES,
        "cm-nested-names": Feature.NESTED_NAMES,
        "cm-threading": Feature.THREADING,
        "cm-fixed-length-lists": Feature.FIXED_LENGTH_LISTS,
        "cm-error-context": Feature.ERROR_CONTEXT,
        "cm64": Feature.MEMORY64,
        "cm-gc": Feature.GC,
        "shared-everything-threads": Feature.SHARED_THREADS,
        "custom-page-sizes": Feature.CUSTOM_PAGE_SIZES,
    }
)
"""The names that `RUN:` lines have for features."""

_RUN = re.compile(r";;\s*RUN(?:\[\w+\])?:(.*)")
_LIST = re.compile(r"(?:-f|--features)[ =]\s*(\S+)")


def features_of(text: str) -> Features:
    """The features that the first lines of a script ask for."""
    found: Features | None = None
    for line in text.splitlines():
        run = _RUN.match(line)
        if run is None:
            break
        found = _BASE if found is None else found
        for flags in _LIST.findall(run[1]):
            for flag in flags.split(","):
                feature = _FLAGS.get(flag.removeprefix("-"))
                if feature is not None:
                    found = found - {feature} if flag.startswith("-") else found | {feature}
    return SCRIPT_FEATURES if found is None else found
