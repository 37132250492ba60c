"""Functions compiled for small arguments and memories: what happens when these are not small; loops that count, wherever they end."""

from __future__ import annotations

from itertools import product

import pytest

from pycm_core.base.errors import Trap, TrapKind
from pycm_core.wasm.exec.instance import MANY, OFTEN
from pycm_core.wasm.exec.space import Form

from .wat import instantiate

SUM = """
(module
  (func (export "sum") (param i32 i32 i32) (result i32) (local i32)
    (block (br_if 0 (i32.ge_s (local.get 0) (local.get 1)))
      (loop
        (local.set 3 (i32.add (local.get 3) (i32.mul (local.get 0) (i32.const 3))))
        (br_if 0 (i32.lt_s (local.tee 0 (i32.add (local.get 0) (local.get 2))) (local.get 1)))))
    (local.get 3)))
"""


def expected(first, end, step):
    total, rounds = 0, 0
    signed = lambda n: ((n & 0xFFFF_FFFF) ^ 1 << 31) - (1 << 31)  # noqa: E731
    if signed(first) >= signed(end):
        return 0
    while True:
        total = (total + first * 3) & 0xFFFF_FFFF
        rounds += 1
        first = (first + step) & 0xFFFF_FFFF
        if signed(first) >= signed(end):
            return total
        assert rounds < 10_000


CASES = [
    (0, 100, 7), (0, 1, 1), (5, 5, 1), (-20, 20, 3), (-5, -1, 1), (0x7FFF_FF00, 0x7FFF_FFFF, 17), ((1 << 28) - 50, (1 << 28) + 50, 9),
    (-0x8000_0000, -0x7FFF_FFC0, 5), (0, 1 << 28, 1 << 24), (0, (1 << 28) - 1, (1 << 28) - 1)
]  # fmt: skip


def test_arguments_of_all_sizes():
    _, _, call = instantiate(SUM)
    for case in CASES:
        assert call("sum", *case) & 0xFFFF_FFFF == expected(*case), case


def test_the_form_for_large_numbers_takes_over():
    instance, _, call = instantiate(SUM)
    assert call("sum", 0, 100, 7) == expected(0, 100, 7)
    assert instance.names["f0"].__code__.co_name == "f0"
    for _ in range(MANY):
        assert call("sum", -20, 20, 3) & 0xFFFF_FFFF == expected(-20, 20, 3)
    assert instance.names["f0"].__code__.co_name == "w0"
    assert call("sum", 0, 100, 7) == expected(0, 100, 7)


FILL = """
(module
  (memory (export "memory") {pages})
  (func (export "fill") (param i32 i32) (result i32)
    (loop
      (i32.store8 (local.get 0) (i32.const 7))
      (br_if 0 (i32.ne (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (local.get 1))))
    (i32.load8_u (i32.sub (local.get 1) (i32.const 1)))))
"""


def test_a_loop_that_leaves_memory_traps_where_it_does():
    instance, _, call = instantiate(FILL.format(pages=1))
    assert call("fill", 65_500, 65_536) == 7
    for goal in (65_537, 70_000, 1 << 28, 0x7FFF_FFFF, -1):
        instance["memory"].data[65_000:] = bytes(536)
        with pytest.raises(Trap) as caught:
            call("fill", 65_530, goal)
        assert caught.value.kind is TrapKind.MEMORY_OUT_OF_BOUNDS
        assert caught.value.context == ["core function function 0"]
        assert bytes(instance["memory"].data[65_528:]) == b"\0\0\7\7\7\7\7\7"


def test_a_memory_of_more_than_a_gigabyte():
    _, _, call = instantiate(FILL.format(pages=16_400))
    assert call("fill", (1 << 30) + 10, (1 << 30) + 40) == 7
    with pytest.raises(Trap):
        call("fill", (16_400 << 16) - 5, 0)


def test_a_variable_that_grows_without_a_mask():
    _, module, call = instantiate("""
        (module (func (export "f") (param i32 i32) (result i32) (local i32)
          (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
          (local.set 2 (i32.const 0))
          (loop (local.set 2 (i32.add (local.get 2) (i32.xor (local.get 1) (i32.const -1))))
                (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
          (i32.shr_u (local.get 2) (i32.const 3))))
    """)
    for n, x in ((1, 0), (1000, 0), (1000, -1), (300, 0x7FFF_FFFF)):
        assert call("f", n, x) == (n * (~x & 0xFFFF_FFFF) & 0xFFFF_FFFF) >> 3
    assert call("f", 0, 5) == 0
    assert "for " in module.translated(0, Form.PLAIN).source


def test_a_comparison_that_waits_for_its_branch():
    _, _, call = instantiate("""
        (module (func (export "f") (param i32) (result i32) (local i32 i32 i32 i32)
          (local.set 3 (i32.and (local.get 0) (i32.const 255)))
          (loop
            (local.set 1 (i32.gt_u (local.get 3) (i32.const 3)))
            (local.set 2 (i32.sub (local.get 3) (i32.const 2)))
            (local.set 4 (i32.add (local.get 4) (local.get 3)))
            (local.set 3 (local.get 2))
            (br_if 0 (local.get 1)))
          (i32.add (local.get 4) (i32.mul (local.get 3) (i32.const 1000)))))
    """)
    for n in range(40):
        x, total = n, 0
        while True:
            more = x > 3
            total, x = total + x, (x - 2) & 0xFFFF_FFFF
            if not more:
                break
        assert call("f", n) & 0xFFFF_FFFF == (total + x * 1000) & 0xFFFF_FFFF, n


def test_a_long_function_is_compiled_well_when_it_is_called_often():
    lines = "(local.set 1 (i32.add (i32.mul (local.get 1) (i32.const 3)) (local.get 0)))" * 60
    instance, module, call = instantiate(f"""
        (module (func (export "f") (param i32) (result i32) (local i32)
          (loop {lines} (br_if 0 (local.tee 0 (i32.shr_u (local.get 0) (i32.const 1)))))
          (local.get 1))
          (func (export "g") (param i32) (result i32) (call 0 (local.get 0))))
    """)
    results = [call(name, 1000) for name in ("f", "g") for _ in range(OFTEN)]
    assert len(set(results)) == 1
    assert {form for _, form in module._translated} >= {Form.QUICK, Form.PLAIN}
    assert instance["f"].code.__code__.co_name == "f0"


@pytest.mark.parametrize(
    "sum",
    [
        "(i32.add (i32.and (local.get 0) (local.get 1)) (i32.and (local.get 2) (i32.xor (local.get 0) (i32.const -1))))",
        "(i32.add (i32.and (local.get 1) (local.get 0)) (i32.and (i32.xor (i32.const -1) (local.get 0)) (local.get 2)))",
        "(i32.add (i32.add (i32.rotl (local.get 2) (i32.const 5)) (i32.and (local.get 0) (local.get 1)))"
        " (i32.and (local.get 2) (i32.xor (local.get 0) (i32.const -1))))",
        "(i32.add (i32.and (local.get 0) (local.get 1)) (i32.and (local.get 2) (i32.xor (local.get 1) (i32.const -1))))",
        "(i32.add (i32.and (local.get 0) (local.get 0)) (i32.and (local.get 2) (i32.xor (local.get 0) (i32.const -1))))",
        "(i32.add (i32.and (local.get 0) (local.get 1)) (i32.and (local.get 2) (i32.xor (local.get 0) (i32.const -2))))",
    ],
)
def test_a_choice_of_bits(sum):
    _, _, call = instantiate(f'(module (func (export "f") (param i32 i32 i32) (result i32) (i32.xor {sum} (i32.const 0))))')
    names = {"add": "+", "and": "&", "xor": "^"}
    numbers = (0, 1, -1, 0x0F0F_0F0F, -0x8000_0000, 0x7FFF_FFFF, 0x1234_5678)

    def value(term):
        op, *rest = term
        if op.startswith("local"):
            return args[int(rest[0])] & 0xFFFF_FFFF
        if op.endswith("const"):
            return int(rest[0]) & 0xFFFF_FFFF
        x, y = map(value, rest)
        if op == "i32.rotl":
            return (x << y | x >> (32 - y)) & 0xFFFF_FFFF
        return {"+": x + y, "&": x & y, "^": x ^ y}[names[op[4:]]] & 0xFFFF_FFFF

    tokens = sum.replace("(", " ( ").replace(")", " ) ").split()

    def parse():
        found = []
        while tokens:
            token = tokens.pop(0)
            if token == "(":
                found.append(parse())
            elif token == ")":
                return found
            else:
                found.append(token)
        return found[0]

    tree = parse()
    for args in product(numbers, repeat=3):
        assert call("f", *args) & 0xFFFF_FFFF == value(tree), args


STACK = """
(module
  (memory (export "memory") 1)
  (global $end (export "end") (mut i32) (i32.const 4096))
  (func (export "sum") (param i32 i32) (result i32) (local i32 i32 i32)
    (local.set 2 (i32.sub (global.get $end) (i32.const 80)))
    (loop
      (i32.store offset=8 (i32.add (local.get 2) (local.get 3)) (i32.load offset=4 (i32.add (local.get 0) (local.get 3))))
      (br_if 0 (i32.ne (local.tee 3 (i32.add (local.get 3) (i32.const 4))) (i32.const 64))))
    (local.set 3 (i32.const 0))
    (loop
      (local.set 4 (i32.add (local.get 4) (i32.load offset=8 (i32.add (local.get 2) (local.get 3)))))
      (br_if 0 (i32.lt_u (local.tee 3 (i32.add (local.get 3) (i32.const 4))) (local.get 1))))
    (local.get 4)))
"""


@pytest.mark.parametrize("end", [4096, 4097, 4100, 65_536, 80, 81])
def test_a_stack_and_a_pointer_that_are_not_where_one_expects_them(end):
    instance, _, call = instantiate(STACK)
    memory = instance["memory"].data
    for start in (1024, 1025, 1028, 2030, 2032):
        memory[:] = bytes(range(256)) * 256
        instance["end"].value = end
        numbers = [int.from_bytes(memory[start + i + 4 : start + i + 8], "little") for i in range(0, 64, 4)]
        expected = sum(numbers[: 40 // 4]) & 0xFFFF_FFFF
        assert call("sum", start, 40) & 0xFFFF_FFFF == expected, start
        place = end - 72
        assert memory[place : place + 64] == b"".join(number.to_bytes(4, "little") for number in numbers)
    instance["end"].value = 40
    with pytest.raises(Trap) as caught:
        call("sum", 1024, 40)
    assert caught.value.kind is TrapKind.MEMORY_OUT_OF_BOUNDS


def test_views_that_start_further_in_are_there_after_a_trap_and_a_growth():
    instance, module, call = instantiate("""
        (module (memory (export "memory") 1 4)
          (func (export "grow") (result i32) (memory.grow (i32.const 1)))
          (func (export "fill") (param i32) (result i32) (local i32)
            (loop
              (i32.store (i32.add (local.get 1) (i32.const 4096)) (i32.load (i32.add (local.get 1) (i32.const 1024))))
              (i32.store8 offset=4097 (local.get 1) (i32.const 7))
              (br_if 0 (i32.ne (local.tee 1 (i32.add (local.get 1) (i32.const 4))) (local.get 0))))
            (i32.load offset=4092 (local.get 0))))
    """)
    assert call("fill", 16) == 0x700
    assert "m0_I_1024" in module.translated(1, Form.PLAIN).source
    for size in (2, 3, 4):
        with pytest.raises(Trap) as caught:
            call("fill", 1 << 20)
        assert caught.value.kind is TrapKind.MEMORY_OUT_OF_BOUNDS
        assert call("grow") == size - 1
        instance["memory"].data[4096:] = bytes((size << 16) - 4096)
        assert call("fill", ((size - 1) << 16) + 16) == 0x700


def test_what_a_round_finds_out_of_its_goal_is_not_known_before():
    """The access tells that the goal is at least 24, but only after it has trapped where it is not."""
    _, _, call = instantiate("""
        (module (memory 1)
          (func (export "f") (param i32) (result i32) (local i32)
            (local.set 1 (i32.const 2))
            (loop (i64.store (i32.sub (local.get 0) (i32.const 24)) (i64.const 7))
                  (br_if 0 (i32.ne (local.tee 1 (i32.add (local.get 1) (i32.const 2))) (local.get 0))))
            (local.get 1)))
    """)
    for n in (24, 64, 1024):
        assert call("f", n) == n
    for n in (0, 2, 8, 16):
        with pytest.raises(Trap):
            call("f", n)


GUARDS = {
    "set before": """(local.set 1 (i32.const 0)) (block (br_if 0 (i32.lt_s (local.get 0) (i32.const 2)))
        (local.set 1 (call $f (i32.sub (local.get 0) (i32.const 1)))) (local.set 0 (call $f (i32.sub (local.get 0) (i32.const 2)))))
        (i32.add (local.get 1) (local.get 0))""",
    "branch over": """(block $out (block (br_if 0 (i32.ge_s (local.get 0) (i32.const 2))) (local.set 1 (local.get 0)) (br $out))
        (local.set 1 (i32.add (call $f (i32.sub (local.get 0) (i32.const 1))) (call $f (i32.sub (local.get 0) (i32.const 2))))))
        (local.get 1)""",
    "loop": """(block (loop (br_if 1 (i32.lt_s (local.get 0) (i32.const 2)))
        (local.set 1 (i32.add (local.get 1) (call $f (i32.sub (local.get 0) (i32.const 1)))))
        (local.set 0 (i32.sub (local.get 0) (i32.const 2))) (br 0))) (i32.add (local.get 1) (local.get 0))""",
    "if": """(if (i32.ge_s (local.get 0) (i32.const 2)) (then (local.set 0
        (i32.add (call $f (i32.sub (local.get 0) (i32.const 1))) (call $f (i32.sub (local.get 0) (i32.const 2)))))))
        (local.get 0)""",
    "else": """(if (i32.lt_s (local.get 0) (i32.const 2)) (then (local.set 1 (local.get 0))) (else (local.set 1
        (i32.add (call $f (i32.sub (local.get 0) (i32.const 1))) (call $f (i32.sub (local.get 0) (i32.const 2)))))))
        (local.get 1)""",
}


@pytest.mark.parametrize("body", GUARDS.values(), ids=GUARDS)
def test_what_is_asked_before_a_call(body):
    instance, module, call = instantiate(f'(module (func $f (export "f") (param i32) (result i32) (local i32) {body}))')
    numbers = [0, 1]
    for n in range(18):
        numbers.append(numbers[-1] + numbers[-2])
        assert call("f", n) == numbers[n]
    assert call("f", -7) & 0xFFFF_FFFF == 0xFFFF_FFF9
    assert (0, Form.INNER) in module._translated
    assert "h0" in instance.names
