;; What satisfies an import: more exports than asked for, functions renamed, resources abstract and equal, instances made of parts (Explainer.md, "Import and Export Definitions", "Instance Definitions").
(component
  (component $P
    (core module $M (func (export "one") (result i32) (i32.const 1)) (func (export "two") (result i32) (i32.const 2)))
    (core instance $m (instantiate $M))
    (func $one (result u32) (canon lift (core func $m "one")))
    (func $two (result u32) (canon lift (core func $m "two")))
    (instance $deep (export "one" (func $one)) (export "two" (func $two)))
    (export "a" (func $one)) (export "b" (func $two)) (export "ns:p/deep@1.2.3" (instance $deep)))
  (instance $p (instantiate $P))
  (component $C
    (import "x" (instance $x (export "b" (func (result u32)))))
    (import "ns:p/deep@1.2.3" (instance $d (export "one" (func (result u32)))))
    (import "f" (func $f (result u32)))
    (core func $b (canon lower (func $x "b"))) (core func $one (canon lower (func $d "one"))) (core func $f' (canon lower (func $f)))
    (core module $M (import "x" "b" (func $b (result i32))) (import "x" "one" (func $one (result i32))) (import "x" "f" (func $f (result i32)))
      (func (export "sum") (result i32) (i32.add (i32.mul (i32.const 100) (call $b)) (i32.add (i32.mul (i32.const 10) (call $one)) (call $f)))))
    (core instance $m (instantiate $M (with "x" (instance (export "b" (func $b)) (export "one" (func $one)) (export "f" (func $f'))))))
    (func (export "sum") (result u32) (canon lift (core func $m "sum"))))
  (alias export $p "ns:p/deep@1.2.3" (instance $deep))
  (instance $swapped (export "b" (func $p "a")) (export "z" (func $p "b")))
  (instance $c1 (instantiate $C (with "x" (instance $p)) (with "ns:p/deep@1.2.3" (instance $deep)) (with "f" (func $p "a"))))
  (instance $c2 (instantiate $C (with "x" (instance $swapped)) (with "ns:p/deep@1.2.3" (instance $deep)) (with "f" (func $deep "two"))))
  (export "first" (func $c1 "sum")) (export "second" (func $c2 "sum"))
  (export "third" (instance $c2)))
(assert_return (invoke "first") (u32.const 211))
(assert_return (invoke "second") (u32.const 112))

;; Two instances of one component have resources that differ; passing one's to the other is a trap of types before it is one of handles.
(assert_invalid
  (component
    (component $C (type $r' (resource (rep i32))) (export $r "r" (type $r')) (core func $new (canon resource.new $r'))
      (core module $M (func (export "f") (param i32))) (core instance $m (instantiate $M))
      (func (export "make") (param "x" u32) (result (own $r)) (canon lift (core func $new)))
      (func (export "take") (param "r" (borrow $r)) (canon lift (core func $m "f"))))
    (instance $a (instantiate $C)) (instance $b (instantiate $C))
    (component $D (import "r" (type $r (sub resource))) (import "take" (func (param "r" (borrow $r)))))
    (instance (instantiate $D (with "r" (type $a "r")) (with "take" (func $b "take")))))
  "resource types are not the same")
