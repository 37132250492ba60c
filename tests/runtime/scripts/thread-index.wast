;; Every call has a thread with an index, also where nothing else is concurrent (CanonicalABI.md, "canon thread.index").
(component
  (core func $index (canon thread.index))
  (core module $M (import "" "index" (func $index (result i32)))
    (func (export "index") (result i32) (i32.and (i32.ge_u (call $index) (i32.const 1)) (i32.eq (call $index) (call $index)))))
  (core instance $m (instantiate $M (with "" (instance (export "index" (func $index))))))
  (func (export "index") (result u32) (canon lift (core func $m "index"))))
(assert_return (invoke "index") (u32.const 1))
(assert_return (invoke "index") (u32.const 1))
