;; The core module behind bench.wit, written by hand so that every step of a trace can be followed here.
;; tests/web/test_bench.py makes public/bench.wasm of both, and says when it is no longer the same.
(module
  (import "[export]lab:bench/instruments@1.0.0" "[resource-new]tally" (func $tally_new (param i32) (result i32)))

  (memory (export "memory") 1)
  ;; 0x010  where results are returned that need more than one core value
  ;; 0x040  texts
  ;; 0x100  tallies, 4 bytes each
  ;; 0x400  room for arguments and results, handed out in order, free again after the call
  (data (i32.const 0x40) "Hello, ")
  (data (i32.const 0x50) "nothing has no area")
  (global $room (mut i32) (i32.const 0x400))
  (global $tallies (mut i32) (i32.const 0x100))

  (func $realloc (export "cabi_realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at
      (i32.and
        (i32.add (global.get $room) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
    (global.set $room (i32.add (local.get $at) (local.get $size)))
    (block $fits
      (br_if $fits (i32.le_u (global.get $room) (i32.shl (memory.size) (i32.const 16))))
      (br_if $fits
        (i32.ne
          (memory.grow (i32.add (i32.shr_u (local.get $size) (i32.const 16)) (i32.const 1)))
          (i32.const -1)))
      unreachable)
    (memory.copy (local.get $at) (local.get $old) (local.get $old_size))
    (local.get $at))

  (func $free_room (global.set $room (i32.const 0x400)))

  (func (export "lab:bench/instruments@1.0.0#greet") (param $name i32) (param $length i32) (result i32)
    (local $at i32)
    (local.set $at
      (call $realloc (i32.const 0) (i32.const 0) (i32.const 1) (i32.add (local.get $length) (i32.const 8))))
    (memory.copy (local.get $at) (i32.const 0x40) (i32.const 7))
    (memory.copy (i32.add (local.get $at) (i32.const 7)) (local.get $name) (local.get $length))
    (i32.store8 (i32.add (local.get $at) (i32.add (local.get $length) (i32.const 7))) (i32.const 33))
    (i32.store (i32.const 0x10) (local.get $at))
    (i32.store (i32.const 0x14) (i32.add (local.get $length) (i32.const 8)))
    (i32.const 0x10))
  (func (export "cabi_post_lab:bench/instruments@1.0.0#greet") (param i32) (call $free_room))

  (func (export "lab:bench/instruments@1.0.0#middle") (param $points i32) (param $count i32) (result i32)
    (local $x f64) (local $y f64) (local $left i32)
    (i32.store (i32.const 0x10) (i32.const 0))
    (if (local.get $count)
      (then
        (local.set $left (local.get $count))
        (loop $next
          (local.set $x (f64.add (local.get $x) (f64.load (local.get $points))))
          (local.set $y (f64.add (local.get $y) (f64.load offset=8 (local.get $points))))
          (local.set $points (i32.add (local.get $points) (i32.const 16)))
          (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
        (i32.store (i32.const 0x10) (i32.const 1))
        (f64.store (i32.const 0x18) (f64.div (local.get $x) (f64.convert_i32_u (local.get $count))))
        (f64.store (i32.const 0x20) (f64.div (local.get $y) (f64.convert_i32_u (local.get $count))))))
    (i32.const 0x10))
  (func (export "cabi_post_lab:bench/instruments@1.0.0#middle") (param i32) (call $free_room))

  (func (export "lab:bench/instruments@1.0.0#area") (param $shape i32) (param $a f64) (param $b f64) (result i32)
    (i32.store (i32.const 0x10) (i32.const 0))
    (block $nothing
      (block $rectangle
        (block $circle
          (br_table $circle $rectangle $nothing (local.get $shape)))
        (f64.store (i32.const 0x18)
          (f64.mul (f64.const 0x1.921fb54442d18p+1) (f64.mul (local.get $a) (local.get $a))))
        (return (i32.const 0x10)))
      (f64.store (i32.const 0x18) (f64.mul (local.get $a) (local.get $b)))
      (return (i32.const 0x10)))
    (i32.store (i32.const 0x10) (i32.const 1))
    (i32.store (i32.const 0x18) (i32.const 0x50))
    (i32.store (i32.const 0x1c) (i32.const 19))
    (i32.const 0x10))

  (func (export "lab:bench/instruments@1.0.0#mix") (param $a i32) (param $b i32) (result i32)
    (i32.xor (local.get $a) (local.get $b)))

  (func (export "lab:bench/instruments@1.0.0#share") (param $total i32) (param $among i32) (result i32)
    (i32.div_s (local.get $total) (local.get $among)))

  (func (export "lab:bench/instruments@1.0.0#[constructor]tally") (param $start i32) (result i32)
    (local $at i32)
    (local.set $at (global.get $tallies))
    (if (i32.ge_u (local.get $at) (i32.const 0x400)) (then unreachable))
    (global.set $tallies (i32.add (local.get $at) (i32.const 4)))
    (i32.store (local.get $at) (local.get $start))
    (call $tally_new (local.get $at)))

  (func (export "lab:bench/instruments@1.0.0#[method]tally.add") (param $tally i32) (param $by i32) (result i32)
    (i32.store (local.get $tally) (i32.add (i32.load (local.get $tally)) (local.get $by)))
    (i32.load (local.get $tally)))

  (func (export "lab:bench/instruments@1.0.0#[dtor]tally") (param $tally i32)
    (i32.store (local.get $tally) (i32.const 0))))
