"""The instruction catalogue: one row per instruction, read by decoder, encoder, parser, printer, validator and engine.

An instruction is a tuple `(op, *immediates)`, with the immediates in the order of the binary format; sequences are flat, blocks
closed by `end`. What each immediate is in Python stands beside `Imm`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any, NamedTuple

from pycm_core.wasm.syntax.types import NumType

Instr = tuple[Any, ...]
"""`(op, *immediates)`."""


class Imm(Enum):
    """Kinds of immediates; the value is their name in the table below."""

    BLOCK = "block"
    """`None`, a value type, or a type index."""
    CATCHES = "catches"
    """A tuple of `Catch`."""
    LABEL = "label"
    """An index, as are the ten kinds that follow."""
    LOCAL = "local"
    GLOBAL = "global"
    FUNC = "func"
    TYPE = "type"
    FIELD = "field"
    TABLE = "table"
    MEM = "mem"
    ELEM = "elem"
    DATA = "data"
    TAG = "tag"
    COUNT = "count"
    """How many operands."""
    LABELS = "labels"
    """Two immediates: a tuple of label indices, and the default label."""
    TYPES = "types"
    """A tuple of value types."""
    HEAP = "heap"
    """A heap type; whether null is allowed is in the opcode."""
    CAST = "cast"
    """Two immediates: the reference types cast from and to."""
    MEMARG = "memarg"
    """Three immediates: the alignment's exponent, the offset, and the memory index."""
    LANE = "lane"
    """A lane index."""
    LANES = "lanes"
    """16 lane indices as `bytes`."""
    I32 = "i32"
    """A signed integer, as is `I64`."""
    I64 = "i64"
    F32 = "f32"
    """The bits of the number as an unsigned integer, as is `F64`."""
    F64 = "f64"
    V128 = "v128"
    """16 `bytes`."""

    __hash__ = object.__hash__


class Catch(NamedTuple):
    """A catch clause of `try_table`; `tag` is `None` for the `catch_all` kinds."""

    kind: str
    tag: int | None
    label: int


CATCH_KINDS = ("catch", "catch_ref", "catch_all", "catch_all_ref")
"""By opcode (core binary format, "Control Instructions")."""


@dataclass(frozen=True, slots=True, eq=False)
class Op:
    """One row of the catalogue. Compared by identity."""

    name: str
    """The keyword; where one keyword has two opcodes, the second has a word behind it, after `~`."""
    keyword: str
    """The keyword of the text format."""
    prefix: int | None
    """The first byte, where the opcode has one before the number `code`."""
    code: int
    immediates: tuple[Imm, ...]
    align: int | None
    """For `memarg`: the exponent of the natural alignment."""
    lanes: int | None
    """For `lane`: how many there are."""
    address: bool
    """Whether the first operand, before `params`, is an address of the memory's address type."""
    params: tuple[NumType, ...] | None
    """Operand types; `None` where the type depends on immediates, the context, or the stack, and a rule of validation gives it."""
    results: tuple[NumType, ...]
    feature: str
    """The proposal that brought it; all of them are part of WebAssembly 3.0."""

    def __repr__(self) -> str:
        return f"<{self.name}>"


_TABLE = """
# mvp
00      unreachable                                         | *
01      nop                                                 | ->
02      block                              block            | *
03      loop                               block            | *
04      if                                 block            | *
05      else                                                | *
0B      end                                                 | *
0C      br                                 label            | *
0D      br_if                              label            | *
0E      br_table                           labels           | *
0F      return                                              | *
10      call                               func             | *
11      call_indirect                      type table       | *
1A      drop                                                | *
1B      select                                              | *
20      local.get                          local            | *
21      local.set                          local            | *
22      local.tee                          local            | *
23      global.get                         global           | *
24      global.set                         global           | *
28      i32.load                           memarg:2         | at -> i32
29      i64.load                           memarg:3         | at -> i64
2A      f32.load                           memarg:2         | at -> f32
2B      f64.load                           memarg:3         | at -> f64
2C      i32.load8_s                        memarg:0         | at -> i32
2D      i32.load8_u                        memarg:0         | at -> i32
2E      i32.load16_s                       memarg:1         | at -> i32
2F      i32.load16_u                       memarg:1         | at -> i32
30      i64.load8_s                        memarg:0         | at -> i64
31      i64.load8_u                        memarg:0         | at -> i64
32      i64.load16_s                       memarg:1         | at -> i64
33      i64.load16_u                       memarg:1         | at -> i64
34      i64.load32_s                       memarg:2         | at -> i64
35      i64.load32_u                       memarg:2         | at -> i64
36      i32.store                          memarg:2         | at i32 ->
37      i64.store                          memarg:3         | at i64 ->
38      f32.store                          memarg:2         | at f32 ->
39      f64.store                          memarg:3         | at f64 ->
3A      i32.store8                         memarg:0         | at i32 ->
3B      i32.store16                        memarg:1         | at i32 ->
3C      i64.store8                         memarg:0         | at i64 ->
3D      i64.store16                        memarg:1         | at i64 ->
3E      i64.store32                        memarg:2         | at i64 ->
3F      memory.size                        mem              | *
40      memory.grow                        mem              | *
41      i32.const                          i32              | -> i32
42      i64.const                          i64              | -> i64
43      f32.const                          f32              | -> f32
44      f64.const                          f64              | -> f64
45      i32.eqz                                             | i32 -> i32
46      i32.eq                                              | i32 i32 -> i32
47      i32.ne                                              | i32 i32 -> i32
48      i32.lt_s                                            | i32 i32 -> i32
49      i32.lt_u                                            | i32 i32 -> i32
4A      i32.gt_s                                            | i32 i32 -> i32
4B      i32.gt_u                                            | i32 i32 -> i32
4C      i32.le_s                                            | i32 i32 -> i32
4D      i32.le_u                                            | i32 i32 -> i32
4E      i32.ge_s                                            | i32 i32 -> i32
4F      i32.ge_u                                            | i32 i32 -> i32
50      i64.eqz                                             | i64 -> i32
51      i64.eq                                              | i64 i64 -> i32
52      i64.ne                                              | i64 i64 -> i32
53      i64.lt_s                                            | i64 i64 -> i32
54      i64.lt_u                                            | i64 i64 -> i32
55      i64.gt_s                                            | i64 i64 -> i32
56      i64.gt_u                                            | i64 i64 -> i32
57      i64.le_s                                            | i64 i64 -> i32
58      i64.le_u                                            | i64 i64 -> i32
59      i64.ge_s                                            | i64 i64 -> i32
5A      i64.ge_u                                            | i64 i64 -> i32
5B      f32.eq                                              | f32 f32 -> i32
5C      f32.ne                                              | f32 f32 -> i32
5D      f32.lt                                              | f32 f32 -> i32
5E      f32.gt                                              | f32 f32 -> i32
5F      f32.le                                              | f32 f32 -> i32
60      f32.ge                                              | f32 f32 -> i32
61      f64.eq                                              | f64 f64 -> i32
62      f64.ne                                              | f64 f64 -> i32
63      f64.lt                                              | f64 f64 -> i32
64      f64.gt                                              | f64 f64 -> i32
65      f64.le                                              | f64 f64 -> i32
66      f64.ge                                              | f64 f64 -> i32
67      i32.clz                                             | i32 -> i32
68      i32.ctz                                             | i32 -> i32
69      i32.popcnt                                          | i32 -> i32
6A      i32.add                                             | i32 i32 -> i32
6B      i32.sub                                             | i32 i32 -> i32
6C      i32.mul                                             | i32 i32 -> i32
6D      i32.div_s                                           | i32 i32 -> i32
6E      i32.div_u                                           | i32 i32 -> i32
6F      i32.rem_s                                           | i32 i32 -> i32
70      i32.rem_u                                           | i32 i32 -> i32
71      i32.and                                             | i32 i32 -> i32
72      i32.or                                              | i32 i32 -> i32
73      i32.xor                                             | i32 i32 -> i32
74      i32.shl                                             | i32 i32 -> i32
75      i32.shr_s                                           | i32 i32 -> i32
76      i32.shr_u                                           | i32 i32 -> i32
77      i32.rotl                                            | i32 i32 -> i32
78      i32.rotr                                            | i32 i32 -> i32
79      i64.clz                                             | i64 -> i64
7A      i64.ctz                                             | i64 -> i64
7B      i64.popcnt                                          | i64 -> i64
7C      i64.add                                             | i64 i64 -> i64
7D      i64.sub                                             | i64 i64 -> i64
7E      i64.mul                                             | i64 i64 -> i64
7F      i64.div_s                                           | i64 i64 -> i64
80      i64.div_u                                           | i64 i64 -> i64
81      i64.rem_s                                           | i64 i64 -> i64
82      i64.rem_u                                           | i64 i64 -> i64
83      i64.and                                             | i64 i64 -> i64
84      i64.or                                              | i64 i64 -> i64
85      i64.xor                                             | i64 i64 -> i64
86      i64.shl                                             | i64 i64 -> i64
87      i64.shr_s                                           | i64 i64 -> i64
88      i64.shr_u                                           | i64 i64 -> i64
89      i64.rotl                                            | i64 i64 -> i64
8A      i64.rotr                                            | i64 i64 -> i64
8B      f32.abs                                             | f32 -> f32
8C      f32.neg                                             | f32 -> f32
8D      f32.ceil                                            | f32 -> f32
8E      f32.floor                                           | f32 -> f32
8F      f32.trunc                                           | f32 -> f32
90      f32.nearest                                         | f32 -> f32
91      f32.sqrt                                            | f32 -> f32
92      f32.add                                             | f32 f32 -> f32
93      f32.sub                                             | f32 f32 -> f32
94      f32.mul                                             | f32 f32 -> f32
95      f32.div                                             | f32 f32 -> f32
96      f32.min                                             | f32 f32 -> f32
97      f32.max                                             | f32 f32 -> f32
98      f32.copysign                                        | f32 f32 -> f32
99      f64.abs                                             | f64 -> f64
9A      f64.neg                                             | f64 -> f64
9B      f64.ceil                                            | f64 -> f64
9C      f64.floor                                           | f64 -> f64
9D      f64.trunc                                           | f64 -> f64
9E      f64.nearest                                         | f64 -> f64
9F      f64.sqrt                                            | f64 -> f64
A0      f64.add                                             | f64 f64 -> f64
A1      f64.sub                                             | f64 f64 -> f64
A2      f64.mul                                             | f64 f64 -> f64
A3      f64.div                                             | f64 f64 -> f64
A4      f64.min                                             | f64 f64 -> f64
A5      f64.max                                             | f64 f64 -> f64
A6      f64.copysign                                        | f64 f64 -> f64
A7      i32.wrap_i64                                        | i64 -> i32
A8      i32.trunc_f32_s                                     | f32 -> i32
A9      i32.trunc_f32_u                                     | f32 -> i32
AA      i32.trunc_f64_s                                     | f64 -> i32
AB      i32.trunc_f64_u                                     | f64 -> i32
AC      i64.extend_i32_s                                    | i32 -> i64
AD      i64.extend_i32_u                                    | i32 -> i64
AE      i64.trunc_f32_s                                     | f32 -> i64
AF      i64.trunc_f32_u                                     | f32 -> i64
B0      i64.trunc_f64_s                                     | f64 -> i64
B1      i64.trunc_f64_u                                     | f64 -> i64
B2      f32.convert_i32_s                                   | i32 -> f32
B3      f32.convert_i32_u                                   | i32 -> f32
B4      f32.convert_i64_s                                   | i64 -> f32
B5      f32.convert_i64_u                                   | i64 -> f32
B6      f32.demote_f64                                      | f64 -> f32
B7      f64.convert_i32_s                                   | i32 -> f64
B8      f64.convert_i32_u                                   | i32 -> f64
B9      f64.convert_i64_s                                   | i64 -> f64
BA      f64.convert_i64_u                                   | i64 -> f64
BB      f64.promote_f32                                     | f32 -> f64
BC      i32.reinterpret_f32                                 | f32 -> i32
BD      i64.reinterpret_f64                                 | f64 -> i64
BE      f32.reinterpret_i32                                 | i32 -> f32
BF      f64.reinterpret_i64                                 | i64 -> f64

# sign-extension
C0      i32.extend8_s                                       | i32 -> i32
C1      i32.extend16_s                                      | i32 -> i32
C2      i64.extend8_s                                       | i64 -> i64
C3      i64.extend16_s                                      | i64 -> i64
C4      i64.extend32_s                                      | i64 -> i64

# saturating-float-to-int
FC 0    i32.trunc_sat_f32_s                                 | f32 -> i32
FC 1    i32.trunc_sat_f32_u                                 | f32 -> i32
FC 2    i32.trunc_sat_f64_s                                 | f64 -> i32
FC 3    i32.trunc_sat_f64_u                                 | f64 -> i32
FC 4    i64.trunc_sat_f32_s                                 | f32 -> i64
FC 5    i64.trunc_sat_f32_u                                 | f32 -> i64
FC 6    i64.trunc_sat_f64_s                                 | f64 -> i64
FC 7    i64.trunc_sat_f64_u                                 | f64 -> i64

# bulk-memory
FC 8    memory.init                        data mem         | *
FC 9    data.drop                          data             | ->
FC 10   memory.copy                        mem mem          | *
FC 11   memory.fill                        mem              | *
FC 12   table.init                         elem table       | *
FC 13   elem.drop                          elem             | ->
FC 14   table.copy                         table table      | *

# reference-types
1C      select~t                           types            | *
25      table.get                          table            | *
26      table.set                          table            | *
D0      ref.null                           heap             | *
D1      ref.is_null                                         | *
D2      ref.func                           func             | *
FC 15   table.grow                         table            | *
FC 16   table.size                         table            | *
FC 17   table.fill                         table            | *

# tail-call
12      return_call                        func             | *
13      return_call_indirect               type table       | *

# exceptions
08      throw                              tag              | *
0A      throw_ref                                           | *
1F      try_table                          block catches    | *

# function-references
14      call_ref                           type             | *
15      return_call_ref                    type             | *
D4      ref.as_non_null                                     | *
D5      br_on_null                         label            | *
D6      br_on_non_null                     label            | *

# gc
D3      ref.eq                                              | *
FB 0    struct.new                         type             | *
FB 1    struct.new_default                 type             | *
FB 2    struct.get                         type field       | *
FB 3    struct.get_s                       type field       | *
FB 4    struct.get_u                       type field       | *
FB 5    struct.set                         type field       | *
FB 6    array.new                          type             | *
FB 7    array.new_default                  type             | *
FB 8    array.new_fixed                    type count       | *
FB 9    array.new_data                     type data        | *
FB 10   array.new_elem                     type elem        | *
FB 11   array.get                          type             | *
FB 12   array.get_s                        type             | *
FB 13   array.get_u                        type             | *
FB 14   array.set                          type             | *
FB 15   array.len                                           | *
FB 16   array.fill                         type             | *
FB 17   array.copy                         type type        | *
FB 18   array.init_data                    type data        | *
FB 19   array.init_elem                    type elem        | *
FB 20   ref.test                           heap             | *
FB 21   ref.test~null                      heap             | *
FB 22   ref.cast                           heap             | *
FB 23   ref.cast~null                      heap             | *
FB 24   br_on_cast                         label cast       | *
FB 25   br_on_cast_fail                    label cast       | *
FB 26   any.convert_extern                                  | *
FB 27   extern.convert_any                                  | *
FB 28   ref.i31                                             | *
FB 29   i31.get_s                                           | *
FB 30   i31.get_u                                           | *

# simd
FD 0    v128.load                          memarg:4         | at -> v128
FD 1    v128.load8x8_s                     memarg:3         | at -> v128
FD 2    v128.load8x8_u                     memarg:3         | at -> v128
FD 3    v128.load16x4_s                    memarg:3         | at -> v128
FD 4    v128.load16x4_u                    memarg:3         | at -> v128
FD 5    v128.load32x2_s                    memarg:3         | at -> v128
FD 6    v128.load32x2_u                    memarg:3         | at -> v128
FD 7    v128.load8_splat                   memarg:0         | at -> v128
FD 8    v128.load16_splat                  memarg:1         | at -> v128
FD 9    v128.load32_splat                  memarg:2         | at -> v128
FD 10   v128.load64_splat                  memarg:3         | at -> v128
FD 11   v128.store                         memarg:4         | at v128 ->
FD 12   v128.const                         v128             | -> v128
FD 13   i8x16.shuffle                      lanes            | v128 v128 -> v128
FD 14   i8x16.swizzle                                       | v128 v128 -> v128
FD 15   i8x16.splat                                         | i32 -> v128
FD 16   i16x8.splat                                         | i32 -> v128
FD 17   i32x4.splat                                         | i32 -> v128
FD 18   i64x2.splat                                         | i64 -> v128
FD 19   f32x4.splat                                         | f32 -> v128
FD 20   f64x2.splat                                         | f64 -> v128
FD 21   i8x16.extract_lane_s               lane:16          | v128 -> i32
FD 22   i8x16.extract_lane_u               lane:16          | v128 -> i32
FD 23   i8x16.replace_lane                 lane:16          | v128 i32 -> v128
FD 24   i16x8.extract_lane_s               lane:8           | v128 -> i32
FD 25   i16x8.extract_lane_u               lane:8           | v128 -> i32
FD 26   i16x8.replace_lane                 lane:8           | v128 i32 -> v128
FD 27   i32x4.extract_lane                 lane:4           | v128 -> i32
FD 28   i32x4.replace_lane                 lane:4           | v128 i32 -> v128
FD 29   i64x2.extract_lane                 lane:2           | v128 -> i64
FD 30   i64x2.replace_lane                 lane:2           | v128 i64 -> v128
FD 31   f32x4.extract_lane                 lane:4           | v128 -> f32
FD 32   f32x4.replace_lane                 lane:4           | v128 f32 -> v128
FD 33   f64x2.extract_lane                 lane:2           | v128 -> f64
FD 34   f64x2.replace_lane                 lane:2           | v128 f64 -> v128
FD 35   i8x16.eq                                            | v128 v128 -> v128
FD 36   i8x16.ne                                            | v128 v128 -> v128
FD 37   i8x16.lt_s                                          | v128 v128 -> v128
FD 38   i8x16.lt_u                                          | v128 v128 -> v128
FD 39   i8x16.gt_s                                          | v128 v128 -> v128
FD 40   i8x16.gt_u                                          | v128 v128 -> v128
FD 41   i8x16.le_s                                          | v128 v128 -> v128
FD 42   i8x16.le_u                                          | v128 v128 -> v128
FD 43   i8x16.ge_s                                          | v128 v128 -> v128
FD 44   i8x16.ge_u                                          | v128 v128 -> v128
FD 45   i16x8.eq                                            | v128 v128 -> v128
FD 46   i16x8.ne                                            | v128 v128 -> v128
FD 47   i16x8.lt_s                                          | v128 v128 -> v128
FD 48   i16x8.lt_u                                          | v128 v128 -> v128
FD 49   i16x8.gt_s                                          | v128 v128 -> v128
FD 50   i16x8.gt_u                                          | v128 v128 -> v128
FD 51   i16x8.le_s                                          | v128 v128 -> v128
FD 52   i16x8.le_u                                          | v128 v128 -> v128
FD 53   i16x8.ge_s                                          | v128 v128 -> v128
FD 54   i16x8.ge_u                                          | v128 v128 -> v128
FD 55   i32x4.eq                                            | v128 v128 -> v128
FD 56   i32x4.ne                                            | v128 v128 -> v128
FD 57   i32x4.lt_s                                          | v128 v128 -> v128
FD 58   i32x4.lt_u                                          | v128 v128 -> v128
FD 59   i32x4.gt_s                                          | v128 v128 -> v128
FD 60   i32x4.gt_u                                          | v128 v128 -> v128
FD 61   i32x4.le_s                                          | v128 v128 -> v128
FD 62   i32x4.le_u                                          | v128 v128 -> v128
FD 63   i32x4.ge_s                                          | v128 v128 -> v128
FD 64   i32x4.ge_u                                          | v128 v128 -> v128
FD 65   f32x4.eq                                            | v128 v128 -> v128
FD 66   f32x4.ne                                            | v128 v128 -> v128
FD 67   f32x4.lt                                            | v128 v128 -> v128
FD 68   f32x4.gt                                            | v128 v128 -> v128
FD 69   f32x4.le                                            | v128 v128 -> v128
FD 70   f32x4.ge                                            | v128 v128 -> v128
FD 71   f64x2.eq                                            | v128 v128 -> v128
FD 72   f64x2.ne                                            | v128 v128 -> v128
FD 73   f64x2.lt                                            | v128 v128 -> v128
FD 74   f64x2.gt                                            | v128 v128 -> v128
FD 75   f64x2.le                                            | v128 v128 -> v128
FD 76   f64x2.ge                                            | v128 v128 -> v128
FD 77   v128.not                                            | v128 -> v128
FD 78   v128.and                                            | v128 v128 -> v128
FD 79   v128.andnot                                         | v128 v128 -> v128
FD 80   v128.or                                             | v128 v128 -> v128
FD 81   v128.xor                                            | v128 v128 -> v128
FD 82   v128.bitselect                                      | v128 v128 v128 -> v128
FD 83   v128.any_true                                       | v128 -> i32
FD 84   v128.load8_lane                    memarg:0 lane:16 | at v128 -> v128
FD 85   v128.load16_lane                   memarg:1 lane:8  | at v128 -> v128
FD 86   v128.load32_lane                   memarg:2 lane:4  | at v128 -> v128
FD 87   v128.load64_lane                   memarg:3 lane:2  | at v128 -> v128
FD 88   v128.store8_lane                   memarg:0 lane:16 | at v128 ->
FD 89   v128.store16_lane                  memarg:1 lane:8  | at v128 ->
FD 90   v128.store32_lane                  memarg:2 lane:4  | at v128 ->
FD 91   v128.store64_lane                  memarg:3 lane:2  | at v128 ->
FD 92   v128.load32_zero                   memarg:2         | at -> v128
FD 93   v128.load64_zero                   memarg:3         | at -> v128
FD 94   f32x4.demote_f64x2_zero                             | v128 -> v128
FD 95   f64x2.promote_low_f32x4                             | v128 -> v128
FD 96   i8x16.abs                                           | v128 -> v128
FD 97   i8x16.neg                                           | v128 -> v128
FD 98   i8x16.popcnt                                        | v128 -> v128
FD 99   i8x16.all_true                                      | v128 -> i32
FD 100  i8x16.bitmask                                       | v128 -> i32
FD 101  i8x16.narrow_i16x8_s                                | v128 v128 -> v128
FD 102  i8x16.narrow_i16x8_u                                | v128 v128 -> v128
FD 103  f32x4.ceil                                          | v128 -> v128
FD 104  f32x4.floor                                         | v128 -> v128
FD 105  f32x4.trunc                                         | v128 -> v128
FD 106  f32x4.nearest                                       | v128 -> v128
FD 107  i8x16.shl                                           | v128 i32 -> v128
FD 108  i8x16.shr_s                                         | v128 i32 -> v128
FD 109  i8x16.shr_u                                         | v128 i32 -> v128
FD 110  i8x16.add                                           | v128 v128 -> v128
FD 111  i8x16.add_sat_s                                     | v128 v128 -> v128
FD 112  i8x16.add_sat_u                                     | v128 v128 -> v128
FD 113  i8x16.sub                                           | v128 v128 -> v128
FD 114  i8x16.sub_sat_s                                     | v128 v128 -> v128
FD 115  i8x16.sub_sat_u                                     | v128 v128 -> v128
FD 116  f64x2.ceil                                          | v128 -> v128
FD 117  f64x2.floor                                         | v128 -> v128
FD 118  i8x16.min_s                                         | v128 v128 -> v128
FD 119  i8x16.min_u                                         | v128 v128 -> v128
FD 120  i8x16.max_s                                         | v128 v128 -> v128
FD 121  i8x16.max_u                                         | v128 v128 -> v128
FD 122  f64x2.trunc                                         | v128 -> v128
FD 123  i8x16.avgr_u                                        | v128 v128 -> v128
FD 124  i16x8.extadd_pairwise_i8x16_s                       | v128 -> v128
FD 125  i16x8.extadd_pairwise_i8x16_u                       | v128 -> v128
FD 126  i32x4.extadd_pairwise_i16x8_s                       | v128 -> v128
FD 127  i32x4.extadd_pairwise_i16x8_u                       | v128 -> v128
FD 128  i16x8.abs                                           | v128 -> v128
FD 129  i16x8.neg                                           | v128 -> v128
FD 130  i16x8.q15mulr_sat_s                                 | v128 v128 -> v128
FD 131  i16x8.all_true                                      | v128 -> i32
FD 132  i16x8.bitmask                                       | v128 -> i32
FD 133  i16x8.narrow_i32x4_s                                | v128 v128 -> v128
FD 134  i16x8.narrow_i32x4_u                                | v128 v128 -> v128
FD 135  i16x8.extend_low_i8x16_s                            | v128 -> v128
FD 136  i16x8.extend_high_i8x16_s                           | v128 -> v128
FD 137  i16x8.extend_low_i8x16_u                            | v128 -> v128
FD 138  i16x8.extend_high_i8x16_u                           | v128 -> v128
FD 139  i16x8.shl                                           | v128 i32 -> v128
FD 140  i16x8.shr_s                                         | v128 i32 -> v128
FD 141  i16x8.shr_u                                         | v128 i32 -> v128
FD 142  i16x8.add                                           | v128 v128 -> v128
FD 143  i16x8.add_sat_s                                     | v128 v128 -> v128
FD 144  i16x8.add_sat_u                                     | v128 v128 -> v128
FD 145  i16x8.sub                                           | v128 v128 -> v128
FD 146  i16x8.sub_sat_s                                     | v128 v128 -> v128
FD 147  i16x8.sub_sat_u                                     | v128 v128 -> v128
FD 148  f64x2.nearest                                       | v128 -> v128
FD 149  i16x8.mul                                           | v128 v128 -> v128
FD 150  i16x8.min_s                                         | v128 v128 -> v128
FD 151  i16x8.min_u                                         | v128 v128 -> v128
FD 152  i16x8.max_s                                         | v128 v128 -> v128
FD 153  i16x8.max_u                                         | v128 v128 -> v128
FD 155  i16x8.avgr_u                                        | v128 v128 -> v128
FD 156  i16x8.extmul_low_i8x16_s                            | v128 v128 -> v128
FD 157  i16x8.extmul_high_i8x16_s                           | v128 v128 -> v128
FD 158  i16x8.extmul_low_i8x16_u                            | v128 v128 -> v128
FD 159  i16x8.extmul_high_i8x16_u                           | v128 v128 -> v128
FD 160  i32x4.abs                                           | v128 -> v128
FD 161  i32x4.neg                                           | v128 -> v128
FD 163  i32x4.all_true                                      | v128 -> i32
FD 164  i32x4.bitmask                                       | v128 -> i32
FD 167  i32x4.extend_low_i16x8_s                            | v128 -> v128
FD 168  i32x4.extend_high_i16x8_s                           | v128 -> v128
FD 169  i32x4.extend_low_i16x8_u                            | v128 -> v128
FD 170  i32x4.extend_high_i16x8_u                           | v128 -> v128
FD 171  i32x4.shl                                           | v128 i32 -> v128
FD 172  i32x4.shr_s                                         | v128 i32 -> v128
FD 173  i32x4.shr_u                                         | v128 i32 -> v128
FD 174  i32x4.add                                           | v128 v128 -> v128
FD 177  i32x4.sub                                           | v128 v128 -> v128
FD 181  i32x4.mul                                           | v128 v128 -> v128
FD 182  i32x4.min_s                                         | v128 v128 -> v128
FD 183  i32x4.min_u                                         | v128 v128 -> v128
FD 184  i32x4.max_s                                         | v128 v128 -> v128
FD 185  i32x4.max_u                                         | v128 v128 -> v128
FD 186  i32x4.dot_i16x8_s                                   | v128 v128 -> v128
FD 188  i32x4.extmul_low_i16x8_s                            | v128 v128 -> v128
FD 189  i32x4.extmul_high_i16x8_s                           | v128 v128 -> v128
FD 190  i32x4.extmul_low_i16x8_u                            | v128 v128 -> v128
FD 191  i32x4.extmul_high_i16x8_u                           | v128 v128 -> v128
FD 192  i64x2.abs                                           | v128 -> v128
FD 193  i64x2.neg                                           | v128 -> v128
FD 195  i64x2.all_true                                      | v128 -> i32
FD 196  i64x2.bitmask                                       | v128 -> i32
FD 199  i64x2.extend_low_i32x4_s                            | v128 -> v128
FD 200  i64x2.extend_high_i32x4_s                           | v128 -> v128
FD 201  i64x2.extend_low_i32x4_u                            | v128 -> v128
FD 202  i64x2.extend_high_i32x4_u                           | v128 -> v128
FD 203  i64x2.shl                                           | v128 i32 -> v128
FD 204  i64x2.shr_s                                         | v128 i32 -> v128
FD 205  i64x2.shr_u                                         | v128 i32 -> v128
FD 206  i64x2.add                                           | v128 v128 -> v128
FD 209  i64x2.sub                                           | v128 v128 -> v128
FD 213  i64x2.mul                                           | v128 v128 -> v128
FD 214  i64x2.eq                                            | v128 v128 -> v128
FD 215  i64x2.ne                                            | v128 v128 -> v128
FD 216  i64x2.lt_s                                          | v128 v128 -> v128
FD 217  i64x2.gt_s                                          | v128 v128 -> v128
FD 218  i64x2.le_s                                          | v128 v128 -> v128
FD 219  i64x2.ge_s                                          | v128 v128 -> v128
FD 220  i64x2.extmul_low_i32x4_s                            | v128 v128 -> v128
FD 221  i64x2.extmul_high_i32x4_s                           | v128 v128 -> v128
FD 222  i64x2.extmul_low_i32x4_u                            | v128 v128 -> v128
FD 223  i64x2.extmul_high_i32x4_u                           | v128 v128 -> v128
FD 224  f32x4.abs                                           | v128 -> v128
FD 225  f32x4.neg                                           | v128 -> v128
FD 227  f32x4.sqrt                                          | v128 -> v128
FD 228  f32x4.add                                           | v128 v128 -> v128
FD 229  f32x4.sub                                           | v128 v128 -> v128
FD 230  f32x4.mul                                           | v128 v128 -> v128
FD 231  f32x4.div                                           | v128 v128 -> v128
FD 232  f32x4.min                                           | v128 v128 -> v128
FD 233  f32x4.max                                           | v128 v128 -> v128
FD 234  f32x4.pmin                                          | v128 v128 -> v128
FD 235  f32x4.pmax                                          | v128 v128 -> v128
FD 236  f64x2.abs                                           | v128 -> v128
FD 237  f64x2.neg                                           | v128 -> v128
FD 239  f64x2.sqrt                                          | v128 -> v128
FD 240  f64x2.add                                           | v128 v128 -> v128
FD 241  f64x2.sub                                           | v128 v128 -> v128
FD 242  f64x2.mul                                           | v128 v128 -> v128
FD 243  f64x2.div                                           | v128 v128 -> v128
FD 244  f64x2.min                                           | v128 v128 -> v128
FD 245  f64x2.max                                           | v128 v128 -> v128
FD 246  f64x2.pmin                                          | v128 v128 -> v128
FD 247  f64x2.pmax                                          | v128 v128 -> v128
FD 248  i32x4.trunc_sat_f32x4_s                             | v128 -> v128
FD 249  i32x4.trunc_sat_f32x4_u                             | v128 -> v128
FD 250  f32x4.convert_i32x4_s                               | v128 -> v128
FD 251  f32x4.convert_i32x4_u                               | v128 -> v128
FD 252  i32x4.trunc_sat_f64x2_s_zero                        | v128 -> v128
FD 253  i32x4.trunc_sat_f64x2_u_zero                        | v128 -> v128
FD 254  f64x2.convert_low_i32x4_s                           | v128 -> v128
FD 255  f64x2.convert_low_i32x4_u                           | v128 -> v128

# relaxed-simd
FD 256  i8x16.relaxed_swizzle                               | v128 v128 -> v128
FD 257  i32x4.relaxed_trunc_f32x4_s                         | v128 -> v128
FD 258  i32x4.relaxed_trunc_f32x4_u                         | v128 -> v128
FD 259  i32x4.relaxed_trunc_f64x2_s_zero                    | v128 -> v128
FD 260  i32x4.relaxed_trunc_f64x2_u_zero                    | v128 -> v128
FD 261  f32x4.relaxed_madd                                  | v128 v128 v128 -> v128
FD 262  f32x4.relaxed_nmadd                                 | v128 v128 v128 -> v128
FD 263  f64x2.relaxed_madd                                  | v128 v128 v128 -> v128
FD 264  f64x2.relaxed_nmadd                                 | v128 v128 v128 -> v128
FD 265  i8x16.relaxed_laneselect                            | v128 v128 v128 -> v128
FD 266  i16x8.relaxed_laneselect                            | v128 v128 v128 -> v128
FD 267  i32x4.relaxed_laneselect                            | v128 v128 v128 -> v128
FD 268  i64x2.relaxed_laneselect                            | v128 v128 v128 -> v128
FD 269  f32x4.relaxed_min                                   | v128 v128 -> v128
FD 270  f32x4.relaxed_max                                   | v128 v128 -> v128
FD 271  f64x2.relaxed_min                                   | v128 v128 -> v128
FD 272  f64x2.relaxed_max                                   | v128 v128 -> v128
FD 273  i16x8.relaxed_q15mulr_s                             | v128 v128 -> v128
FD 274  i16x8.relaxed_dot_i8x16_i7x16_s                     | v128 v128 -> v128
FD 275  i32x4.relaxed_dot_i8x16_i7x16_add_s                  | v128 v128 v128 -> v128
"""


def _rows(table: str) -> tuple[Op, ...]:
    """The rows of the table: `opcode name immediate* | operand* -> result*`, under a heading `# feature`."""
    ops = []
    feature = ""
    for line in table.splitlines():
        if line.startswith("#"):
            feature = line[2:]
        elif line:
            code, name, immediates, signature = line[:8].split(), line[8:43].strip(), line[43:60].split(), line[62:]
            sizes = dict(part.split(":") for part in immediates if ":" in part)
            params, _, results = signature.partition("->")
            operands = params.split()
            ops.append(
                Op(
                    name,
                    name.partition("~")[0],
                    int(code[0], 16) if len(code) == 2 else None,
                    int(code[1]) if len(code) == 2 else int(code[0], 16),
                    tuple(Imm(part.partition(":")[0]) for part in immediates),
                    int(sizes["memarg"]) if "memarg" in sizes else None,
                    int(sizes["lane"]) if "lane" in sizes else None,
                    operands[:1] == ["at"],
                    None if signature == "*" else tuple(NumType(t) for t in operands if t != "at"),
                    tuple(NumType(t) for t in results.split()),
                    feature,
                )
            )
    return tuple(ops)


OPS = _rows(_TABLE)

BY_NAME: Mapping[str, Op] = MappingProxyType({op.name: op for op in OPS})

BY_CODE: Mapping[int, Op] = MappingProxyType({op.code: op for op in OPS if op.prefix is None})
"""By opcode, of the instructions without prefix."""

BY_PREFIX: Mapping[int, Mapping[int, Op]] = MappingProxyType(
    {
        prefix: MappingProxyType({op.code: op for op in OPS if op.prefix == prefix})
        for prefix in sorted({op.prefix for op in OPS if op.prefix is not None})
    }
)
"""By prefix, then by the number behind it."""

BLOCK, LOOP, IF, ELSE, END, TRY_TABLE = (BY_NAME[name] for name in ("block", "loop", "if", "else", "end", "try_table"))

OPENERS = frozenset({BLOCK, LOOP, IF, TRY_TABLE})
"""Instructions that an `end` closes."""
