"""Components made of core modules: a world is embedded, and then the module is wrapped (BuildTargets.md)."""

from pycm_core.assemble.choice import choose_world
from pycm_core.assemble.component import Adapter, new_component
from pycm_core.assemble.dummy import dummy

__all__ = ["Adapter", "choose_world", "dummy", "new_component"]
