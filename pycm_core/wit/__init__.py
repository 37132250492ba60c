"""The WIT language (WIT.md): texts to packages that mean something, and back."""

from pycm_core.wit.json import to_json
from pycm_core.wit.load import load
from pycm_core.wit.model import Resolve
from pycm_core.wit.resolve import resolve

__all__ = ["Resolve", "load", "resolve", "to_json"]
