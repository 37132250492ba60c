"""Writes that the host is told of later: many calls of a guest, each of which would cost more than what it does, told as one.

A host says of a method how it is answered as long as its object is sure to give that answer (`pycm_core.runtime.host.Deferred`). An engine
that can (`CoreStore.outbox`) then answers it without Python and keeps what was written. The object hears of it before the host hears of
anything else: before any other host function, and before a call from the host ends. Whatever is unusual takes the long way through the
canonical ABI, so traps and errors are made in one place only.
"""

from __future__ import annotations

from typing import Any

from pycm_core.abi.binding import CompiledBinding
from pycm_core.abi.context import CanonicalOptions, LiftLowerContext
from pycm_core.abi.instance import ComponentInstance
from pycm_core.component import types as t
from pycm_core.component.types import Prim, ResourceId
from pycm_core.runtime.engine import CoreCallable, CoreItem, CoreOutbox
from pycm_core.runtime.host import Deferred, Recipient
from pycm_core.wasm.syntax.types import FuncType, NumType

LOOKING = FuncType((NumType.I32,) * 2, ())
"""The core type of a deferred method without contents: `self`, and where the result goes."""
WRITING = FuncType((NumType.I32,) * 4, ())
"""And with contents, between the two."""


class Outbox:
    """One store's: which objects of the host are written to without telling them at once, and by which handles."""

    __slots__ = ("_core", "_doors", "_gates", "_slots", "pending")

    def __init__(self, core: CoreOutbox) -> None:
        self._core = core
        core.flush = self.flush
        self.pending = core.pending
        """`pending[0]` is nonzero while there is something to tell."""
        self._slots: dict[int, _Slot] = {}
        """By the identity of the recipient."""
        self._doors: dict[tuple[ComponentInstance, ResourceId], Door] = {}
        self._gates: dict[ComponentInstance, Any] = {}

    def flush(self) -> None:
        """Tell everybody what was written to them, in the order it was written."""
        core = self._core
        if not core.pending[0]:
            return
        slots = self._slots.values()
        for slot in slots:
            permit = core.take_permit(slot.number)
            if permit >= 0:
                slot.recipient.permit = permit
        for number, data, calls in core.take():
            core.recipients[number].accept(data, calls)
        for slot in slots:
            if slot.recipient.allowance() < core.room:
                core.set_slot(slot.number, False, 0)

    def close(self) -> None:
        """Nobody of this store is written to any more."""
        for slot in self._slots.values():
            del self._core.recipients[slot.number]
        self._slots.clear()

    def fence(self, instance: ComponentInstance, func: CoreItem, type: FuncType) -> CoreItem:
        """`func`, during which nothing that `instance` calls is answered at once: a `realloc` or `post-return`, which must not leave it."""
        return self._core.fence(self._gate(instance), func, type)

    def shortcut(
        self,
        deferred: Deferred | None,
        type: t.FuncType[Any],
        binding: CompiledBinding,
        opts: CanonicalOptions,
        memory: CoreItem,
        instance: ComponentInstance,
    ) -> Shortcut | None:
        """How `instance` calls a method that is answered at once where it can be; `None` where it never can."""
        if deferred is None:
            return None
        params = [p.type for p in type.params]
        expected = LOOKING if deferred.limit is None else WRITING
        if binding.lowered != expected or memory is None or not instance.fenced or not isinstance(params[0], t.Borrow):
            return None
        if deferred.limit is not None and params[1:] != [t.List(Prim.U8)]:
            return None
        answer, align = binding.constant(LiftLowerContext(opts, instance), deferred.answer)
        return Shortcut(self, self._door(instance, params[0].resource.id), memory, deferred, answer, align)

    def _gate(self, instance: ComponentInstance) -> Any:
        if instance not in self._gates:
            self._gates[instance] = self._core.new_gate()
        return self._gates[instance]

    def _door(self, instance: ComponentInstance, resource: ResourceId) -> Door:
        key = instance, resource
        if key not in self._doors:
            door = self._doors[key] = Door(self, instance, self._core.new_door())
            instance.handles.removed.append(door.forget)
        return self._doors[key]

    def lower(self, shortcut: Shortcut, full: CoreItem) -> CoreItem:
        """The core function: `full` is the long way."""
        door = shortcut.door
        return self._core.lower(
            shortcut.memory, full, self._gate(door.instance), door.core, shortcut.deferred, shortcut.answer, shortcut.align
        )

    def admit(self, recipient: Recipient) -> _Slot | None:
        """The slot of an object whose methods may be answered now."""
        core = self._core
        if recipient.allowance() < core.room or (recipient.channel and not core.shared):
            return None
        slot = self._slots.get(id(recipient))
        if slot is None:
            number = next((n for n in range(1, core.slots) if n not in core.recipients), None)
            if number is None:
                return None
            slot = self._slots[id(recipient)] = _Slot(number, recipient)
            core.recipients[number] = recipient
        core.set_slot(slot.number, True, recipient.channel)
        return slot

    def retire(self, number: int) -> None:
        """A handle of the object in this slot is gone."""
        recipient = self._core.recipients.get(number)
        slot = self._slots.get(id(recipient))
        if slot is None:
            return
        slot.handles -= 1
        if not slot.handles:
            self._core.set_slot(number, False, 0)
            del self._core.recipients[number], self._slots[id(recipient)]


class _Slot:
    """A place for an object, and by how many handles it is known."""

    __slots__ = ("handles", "number", "recipient")

    def __init__(self, number: int, recipient: Recipient) -> None:
        self.number = number
        self.recipient = recipient
        self.handles = 0


class Door:
    """The handles of one instance, to resources of one type, whose objects are known."""

    __slots__ = ("_outbox", "core", "instance")

    def __init__(self, outbox: Outbox, instance: ComponentInstance, core: Any) -> None:
        self._outbox = outbox
        self.instance = instance
        self.core = core

    def admit(self, index: int) -> None:
        """A call by this handle was made the long way: the next may not have to be."""
        known = self.core.view
        if index >= len(known):
            return
        slot = self._outbox.admit(self.instance.handles.get(index).rep)
        if slot is not None and not known[index]:
            known[index] = slot.number
            slot.handles += 1

    def forget(self, index: int) -> None:
        """The handle is gone."""
        known = self.core.view
        if index < len(known) and known[index]:
            self._outbox.flush()
            self._outbox.retire(known[index])
            known[index] = 0


class Shortcut:
    """One method, as one instance calls it."""

    __slots__ = ("_outbox", "align", "answer", "deferred", "door", "memory")

    def __init__(self, outbox: Outbox, door: Door, memory: CoreItem, deferred: Deferred, answer: bytes, align: int) -> None:
        self._outbox = outbox
        self.door = door
        self.memory = memory
        self.deferred = deferred
        self.answer = answer
        self.align = align

    def admitting(self, call: CoreCallable) -> CoreCallable:
        """The long way, after which the handle is known."""
        admit = self.door.admit

        def then(*flat: Any) -> Any:
            result = call(*flat)
            if result is None:  # nothing waits
                admit(flat[0] & 0xFFFF_FFFF)
            return result

        return then

    def lower(self, full: CoreItem) -> CoreItem:
        """The core function: `full` is the long way."""
        return self._outbox.lower(self, full)
