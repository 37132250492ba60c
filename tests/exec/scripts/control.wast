;; Branches of every shape: forward, backward, through several loops, with values, from tables.

(module
  ;; Out of two loops at once, and on to the next round of the outer one.
  (func (export "nested") (param $n i32) (result i32) (local $i i32) (local $j i32) (local $sum i32)
    (block $out
      (loop $rows
        (local.set $j (i32.const 0))
        (loop $columns
          (local.set $sum (i32.add (local.get $sum) (i32.const 1)))
          (br_if $out (i32.gt_u (local.get $sum) (i32.const 50)))
          (local.set $j (i32.add (local.get $j) (i32.const 1)))
          (if (i32.eq (local.get $j) (i32.const 4))
            (then (local.set $i (i32.add (local.get $i) (i32.const 1))) (br_if $rows (i32.lt_u (local.get $i) (local.get $n))) (br $out)))
          (br $columns))))
    (local.get $sum))

  ;; Cases that fall into the next one.
  (func (export "switch") (param i32) (result i32) (local $r i32)
    (block $default
      (block $two
        (block $one
          (block $zero
            (br_table $zero $one $two $default (local.get 0)))
          (local.set $r (i32.const 1)))
        (local.set $r (i32.add (local.get $r) (i32.const 10)))
        (br_if $default (i32.eqz (local.get $r))))
      (local.set $r (i32.add (local.get $r) (i32.const 100)))
      (return (local.get $r)))
    (i32.const -1))

  ;; The same values to different labels.
  (func (export "values") (param i32) (result i32)
    (block $a (result i32)
      (block $b (result i32)
        (br_table $a $b $a (i32.const 5) (local.get 0)))
      (i32.add (i32.const 1))))

  ;; A loop with operands.
  (func (export "factorial") (param i64) (result i64)
    (i64.const 1) (local.get 0)
    (loop $l (param i64 i64) (result i64)
      (local.set 0) (i64.mul (local.get 0))
      (local.set 0 (i64.sub (local.get 0) (i64.const 1)))
      (local.get 0)
      (br_if $l (i64.gt_u (local.get 0) (i64.const 1)))
      (drop)))

  ;; Operands below a block, and locals that change while operands wait.
  (func (export "waiting") (param $x i32) (result i32)
    (local.get $x)
    (i32.const 1000)
    (block (local.set $x (i32.const 7)))
    (local.get $x)
    (local.set $x (i32.const 9))
    (i32.add)
    (i32.add)
    (local.get $x)
    (i32.add))

  ;; Both arms bring operands that were there before.
  (func (export "arms") (param i32 i32) (result i32 i32)
    (i32.add (local.get 1) (i32.const 1))
    (i32.add (local.get 1) (i32.const 2))
    (local.get 0)
    (if (param i32 i32) (result i32 i32)
      (then (i32.add) (i32.const 0))
      (else (local.set 1) (local.get 1) (i32.mul) (i32.const 1))))

  (func (export "no-else") (param i32) (result i32)
    (i32.const 3)
    (local.get 0)
    (if (param i32) (result i32) (then (drop) (i32.const 4)))))

(assert_return (invoke "nested" (i32.const 3)) (i32.const 12))
(assert_return (invoke "nested" (i32.const 100)) (i32.const 51))
(assert_return (invoke "switch" (i32.const 0)) (i32.const 111))
(assert_return (invoke "switch" (i32.const 1)) (i32.const 110))
(assert_return (invoke "switch" (i32.const 2)) (i32.const 100))
(assert_return (invoke "switch" (i32.const 3)) (i32.const -1))
(assert_return (invoke "switch" (i32.const -1)) (i32.const -1))
(assert_return (invoke "values" (i32.const 0)) (i32.const 5))
(assert_return (invoke "values" (i32.const 1)) (i32.const 6))
(assert_return (invoke "values" (i32.const 9)) (i32.const 5))
(assert_return (invoke "factorial" (i64.const 20)) (i64.const 2432902008176640000))
(assert_return (invoke "waiting" (i32.const 5)) (i32.const 1021))
(assert_return (invoke "arms" (i32.const 1) (i32.const 3)) (i32.const 9) (i32.const 0))
(assert_return (invoke "arms" (i32.const 0) (i32.const 3)) (i32.const 20) (i32.const 1))
(assert_return (invoke "no-else" (i32.const 0)) (i32.const 3))
(assert_return (invoke "no-else" (i32.const 1)) (i32.const 4))
