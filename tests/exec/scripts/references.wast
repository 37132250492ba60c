;; A null reference is found at the instruction that needs an object, whatever gave it; and what is called stays what was looked up.

(module
  (type $s (struct (field (mut i32))))
  (type $words (array (mut i32)))
  (type $f (func (param i32) (result i32)))
  (table funcref (elem $twice))
  (elem declare func $twice)
  (func $twice (type $f) (i32.mul (local.get 0) (i32.const 2)))

  (func (export "field") (param anyref) (result i32) (struct.get $s 0 (ref.cast (ref null $s) (local.get 0))))
  (func (export "length") (param anyref) (result i32) (array.len (ref.cast (ref null $words) (local.get 0))))
  (func (export "element") (param anyref) (result i32)
    (array.get $words (ref.cast (ref null $words) (local.get 0)) (i32.const 0)))

  ;; The call waits until its result is needed, and new objects are made meanwhile.
  (func (export "by-reference") (result i32)
    (call_ref $f (i32.const 21) (ref.func $twice))
    (i32.sub (array.len (array.new_fixed $words 1 (i32.const 5))))
    (i32.add (ref.eq (struct.new_default $s) (array.new_default $words (i32.const 2)))))
  (func (export "by-index") (result i32)
    (call_indirect (type $f) (i32.const 21) (i32.const 0))
    (ref.eq (struct.new_default $s) (array.new_default $words (i32.const 2)))
    (i32.add))

  (func (export "number-is-null") (result i32) (ref.is_null (ref.i31 (i32.const 7)))))

(assert_trap (invoke "field" (ref.null any)) "null structure reference")
(assert_trap (invoke "length" (ref.null any)) "null array reference")
(assert_trap (invoke "element" (ref.null any)) "null array reference")
(assert_return (invoke "by-reference") (i32.const 41))
(assert_return (invoke "by-index") (i32.const 42))
(assert_return (invoke "number-is-null") (i32.const 0))
