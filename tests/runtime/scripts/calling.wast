;; Who may enter whom, and what a trap leaves behind (CanonicalABI.md, "Component Instances").
(component definition $calling
  (component $Leaf
    (core module $M (func (export "ok") (result i32) (i32.const 1)) (func (export "bad") unreachable))
    (core instance $m (instantiate $M))
    (func (export "ok") (result u32) (canon lift (core func $m "ok")))
    (func (export "bad") (canon lift (core func $m "bad"))))
  (instance $leaf (instantiate $Leaf))
  (instance $other (instantiate $Leaf))
  (component $Mid
    (import "bad" (func $bad))
    (core func $bad' (canon lower (func $bad)))
    (core module $M (import "" "bad" (func $bad)) (func (export "ok") (result i32) (i32.const 2)) (func (export "through") (call $bad)))
    (core instance $m (instantiate $M (with "" (instance (export "bad" (func $bad'))))))
    (func (export "ok") (result u32) (canon lift (core func $m "ok")))
    (func (export "through") (canon lift (core func $m "through"))))
  (instance $mid (instantiate $Mid (with "bad" (func $leaf "bad"))))
  (export "leaf" (func $leaf "ok")) (export "bad" (func $leaf "bad")) (export "other" (func $other "ok"))
  (export "mid" (func $mid "ok")) (export "through" (func $mid "through")))
(component instance $a $calling)
(assert_return (invoke "leaf") (u32.const 1))
(assert_return (invoke "mid") (u32.const 2))
(assert_trap (invoke "bad") "unreachable")
(assert_trap (invoke "leaf") "cannot enter component instance")
(component instance $a $calling)
(assert_trap (invoke "through") "unreachable")
(assert_trap (invoke "mid") "cannot enter component instance")

;; A start function of a nested component that traps, or calls.
(assert_trap (component (component $C (core module $M (func $f unreachable) (start $f)) (core instance (instantiate $M))) (instance (instantiate $C))) "unreachable")
(component
  (component $A
    (core module $M (global $n (mut i32) (i32.const 40)) (func (export "next") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))
    (core instance $m (instantiate $M))
    (func (export "next") (result u32) (canon lift (core func $m "next"))))
  (instance $a (instantiate $A))
  (component $B
    (import "next" (func $next (result u32)))
    (core func $next' (canon lower (func $next)))
    (core module $M (import "" "next" (func $next (result i32))) (global $seen (mut i32) (i32.const 0))
      (func $start (global.set $seen (call $next))) (start $start) (func (export "seen") (result i32) (global.get $seen)))
    (core instance $m (instantiate $M (with "" (instance (export "next" (func $next'))))))
    (func (export "seen") (result u32) (canon lift (core func $m "seen"))))
  (instance $b (instantiate $B (with "next" (func $a "next"))))
  (instance $c (instantiate $B (with "next" (func $a "next"))))
  (export "b" (func $b "seen")) (export "c" (func $c "seen")))
(assert_return (invoke "b") (u32.const 41))
(assert_return (invoke "c") (u32.const 42))
