"""WAVE, the WebAssembly value encoding: values of component types as text, both ways."""

from pycm_core.wave.call import parse_call
from pycm_core.wave.handles import Handles
from pycm_core.wave.parser import parse
from pycm_core.wave.printer import print

__all__ = ["Handles", "parse", "parse_call", "print"]
