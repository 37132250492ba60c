"""What checks a script: both formats, with the features that it asks for."""

from __future__ import annotations

from pycm_core.base.features import Features
from pycm_core.script.component import ComponentFormat
from pycm_core.script.core import CoreFormat
from pycm_core.script.features import always_on, features_of
from pycm_core.script.wast import FormatExecutor


def formats_of(text: str, features: Features | None = None) -> FormatExecutor:
    """The executor for the script `text`. `features` stand instead of those that its `RUN:` line asks for."""
    chosen = features_of(text) if features is None else features
    return FormatExecutor({"module": CoreFormat(chosen), "component": ComponentFormat(chosen)}, always_on(text))
