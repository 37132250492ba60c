;; What is known of an address: the end of a counted loop is one number, which says nothing of its multiples.

(module
  (memory 1)
  (data (i32.const 0) "abcdefghijklmnopqrstuvwxyz0123456789")
  (func (export "after-a-loop") (local $p i32) (local $i i32)
    (loop $l (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 17))))
    (local.set $p (i32.shl (local.get $i) (i32.const 0)))
    (i64.store32 offset=16 align=1 (local.get $p) (i64.load32_u offset=8 align=4 (local.get $p))))
  (func (export "look") (result i32) (i32.load8_u (i32.const 32))))

(invoke "after-a-loop")
(assert_return (invoke "look") (i32.const 54))
