"""The WIT language (WIT.md): texts to packages that mean something, and back."""

from pycm_core.wit.check import CheckResult, check
from pycm_core.wit.format import format_wit
from pycm_core.wit.from_component import wit_of_component
from pycm_core.wit.json import to_json
from pycm_core.wit.known import KnownPackages
from pycm_core.wit.load import load
from pycm_core.wit.metadata import wit_of_bytes
from pycm_core.wit.model import Resolve
from pycm_core.wit.print import print_wit
from pycm_core.wit.resolve import resolve

__all__ = [
    "CheckResult",
    "KnownPackages",
    "Resolve",
    "check",
    "format_wit",
    "load",
    "print_wit",
    "resolve",
    "to_json",
    "wit_of_bytes",
    "wit_of_component",
]
