"""The instruction catalogue, and that all its readers agree on every row."""

from __future__ import annotations

from typing import Any

import pytest

from pycm_core.base.source import Source
from pycm_core.wasm.binary import encode as e
from pycm_core.wasm.binary.instructions import CodeReader, expr
from pycm_core.wasm.syntax.instructions import BY_NAME, END, OPENERS, OPS, Catch, Imm, Instr, Op
from pycm_core.wasm.syntax.module import Expr, Func, Module
from pycm_core.wasm.syntax.types import FuncType, HeapKind, NumType, RecType, RefType, SubType
from pycm_core.wasm.text.module import parse
from pycm_core.wasm.text.print import print_module
from pycm_core.wasm.valid.instructions import rules

SAMPLES: dict[Imm, tuple[Any, ...]] = {
    Imm.BLOCK: (RefType(False, HeapKind.EXN),),
    Imm.CATCHES: ((Catch("catch_ref", 1, 0), Catch("catch_all", None, 2)),),
    Imm.LABELS: ((0, 1, 300), 2),
    Imm.TYPES: ((NumType.F64,),),
    Imm.HEAP: (HeapKind.STRUCT,),
    Imm.CAST: (RefType(True, HeapKind.ANY), RefType(False, 0)),
    Imm.LANE: (1,),
    Imm.LANES: (bytes(range(16, 32)),),
    Imm.I32: (-(1 << 31),),
    Imm.I64: ((1 << 63) - 1,),
    Imm.F32: (0x7FA00001,),
    Imm.F64: (0xFFF4000000000001,),
    Imm.V128: (bytes(range(240, 256)),),
}


def sample(op: Op) -> Instr:
    """An instruction with immediates that are not the default ones."""
    out: list[Any] = [op]
    for imm in op.immediates:
        out.extend((0, (1 << 33) + 5, 2) if imm is Imm.MEMARG else SAMPLES.get(imm, (200,)))
    return tuple(out)


def test_the_catalogue_is_complete() -> None:
    assert len(OPS) == 499
    assert len({op.name for op in OPS}) == len({(op.prefix, op.code) for op in OPS}) == len(OPS)
    assert set(rules()) == set(OPS)
    simd = [op for op in OPS if op.prefix == 0xFD]
    assert len([op for op in simd if op.code < 0x100]) == 236
    assert len([op for op in simd if op.code >= 0x100]) == 20


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_bytes_and_text_of(op: Op) -> None:
    if op.name in ("else", "end"):
        instrs: tuple[Instr, ...] = ((BY_NAME["if"], None), (BY_NAME["else"],), (END,))
    else:
        instrs = (sample(op), (END,)) if op in OPENERS else (sample(op),)
    body = Expr(instrs)
    assert expr(CodeReader(e.expr(body), 0)) == body
    types = (RecType((SubType(FuncType((), ())),)),) * 201
    module = Module(types=types, funcs=(Func(0, ((300, NumType.I32),), body),), has_data_count=True)
    assert parse(Source(print_module(module))) == module
