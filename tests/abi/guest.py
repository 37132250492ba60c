"""A guest that is only a memory and an allocator, for tests of lifting and lowering."""

from pycm_core.abi.context import CanonicalOptions, LiftLowerContext
from pycm_core.abi.instance import ComponentInstance, Task
from pycm_core.abi.traced import TracedContext
from pycm_core.base.errors import Trap, TrapKind
from pycm_core.component.syntax import StringEncoding


class ByteMemory:
    def __init__(self, size=1 << 16):
        self.data = bytearray(b"\xaa" * size)

    def size(self):
        return len(self.data)

    def read(self, address, count):
        if address + count > len(self.data):
            raise Trap("out of bounds memory access", kind=TrapKind.MEMORY_OUT_OF_BOUNDS)
        return bytes(self.data[address : address + count])

    def write(self, address, data):
        if address + len(data) > len(self.data):
            raise Trap("out of bounds memory access", kind=TrapKind.MEMORY_OUT_OF_BOUNDS)
        self.data[address : address + len(data)] = data


class Guest:
    """Allocates upwards, always at a fresh place; keeps what `realloc` was asked."""

    def __init__(self, encoding=StringEncoding.UTF8, trace=None, ptr=4):
        self.memory = ByteMemory()
        self.top = 1024
        self.asked = []
        self.opts = CanonicalOptions(self.memory, self.realloc, encoding, ptr=ptr)
        instance, task = ComponentInstance(0, None), Task(None)
        self.cx = (
            LiftLowerContext(self.opts, instance, task) if trace is None else TracedContext(trace, self.opts, instance, task)
        )

    def realloc(self, old, old_size, align, size):
        self.asked.append((old_size, align, size))
        address = -(-self.top // align) * align
        self.top = address + size
        self.memory.data[address : address + min(old_size, size)] = self.memory.data[old : old + min(old_size, size)]
        return address
