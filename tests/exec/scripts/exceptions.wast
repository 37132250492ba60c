;; Exceptions: what is caught where, what is brought, what gets past.

(module
  (tag $none)
  (tag $i (param i32))
  (tag $pair (param i32 f64))
  (func $throw (param i32)
    (if (i32.eqz (local.get 0)) (then (throw $none)))
    (if (i32.eq (local.get 0) (i32.const 1)) (then (throw $i (i32.const 42))))
    (if (i32.eq (local.get 0) (i32.const 2)) (then (throw $pair (i32.const 7) (f64.const 0.5)))))

  (func (export "which") (param i32) (result i32)
    (block $none
      (block $i (result i32)
        (block $all
          (try_table (catch $none $none) (catch $i $i) (catch_all $all)
            (call $throw (local.get 0)))
          (return (i32.const -1)))
        (return (i32.const -2)))
      (return))
    (i32.const 100))

  (func (export "pair") (result i32 f64)
    (block $h (result i32 f64)
      (try_table (catch $pair $h) (call $throw (i32.const 2)))
      (i32.const 0) (f64.const 0)))

  (func (export "uncaught") (call $throw (i32.const 1)))

  (func (export "inner-first") (result i32)
    (block $outer (result i32)
      (try_table (result i32) (catch $i $outer)
        (block $inner (result i32)
          (try_table (result i32) (catch $i $inner) (call $throw (i32.const 1)) (i32.const 0))
          (return))
        (i32.add (i32.const 1000))))
    (drop) (i32.const -1))

  (func (export "rethrow") (result i32)
    (block $outer (result i32)
      (try_table (result i32) (catch $i $outer)
        (block $inner (result exnref)
          (try_table (catch_all_ref $inner) (call $throw (i32.const 1)))
          (unreachable))
        (throw_ref))))

  (func (export "ref") (result i32)
    (local $e exnref)
    (block $h (result i32 exnref)
      (try_table (catch_ref $i $h) (call $throw (i32.const 1)))
      (i32.const 0) (ref.null exn))
    (local.set $e)
    (if (ref.is_null (local.get $e)) (then (unreachable))))

  (func (export "null-ref") (throw_ref (ref.null exn)))

  ;; Traps are not caught.
  (func (export "trap") (block $h (try_table (catch_all $h) (unreachable))))

  ;; What happened before the throw remains.
  (func (export "loop") (param $n i32) (result i32) (local $count i32)
    (block $done
      (loop $again
        (block $h
          (try_table (catch $none $h)
            (br_if $done (i32.eqz (local.get $n)))
            (local.set $n (i32.sub (local.get $n) (i32.const 1)))
            (call $throw (i32.const 0)))
          (unreachable))
        (local.set $count (i32.add (local.get $count) (i32.const 1)))
        (br $again)))
    (local.get $count))

  ;; A branch out of the body is no throw.
  (func (export "leave") (result i32)
    (block $b (result i32)
      (block $h (try_table (catch_all $h) (br $b (i32.const 3))))
      (i32.const 4)))

  (func $deep (export "deep") (param i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0))
      (then (throw $i (i32.const 9)))
      (else (call $deep (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "catch-deep") (result i32)
    (block $h (result i32) (try_table (result i32) (catch $i $h) (call $deep (i32.const 100))))))

(assert_return (invoke "which" (i32.const 0)) (i32.const 100))
(assert_return (invoke "which" (i32.const 1)) (i32.const 42))
(assert_return (invoke "which" (i32.const 2)) (i32.const -2))
(assert_return (invoke "which" (i32.const 3)) (i32.const -1))
(assert_return (invoke "pair") (i32.const 7) (f64.const 0.5))
(assert_exception (invoke "uncaught"))
(assert_return (invoke "inner-first") (i32.const -1))
(assert_return (invoke "rethrow") (i32.const 42))
(assert_return (invoke "ref") (i32.const 42))
(assert_trap (invoke "null-ref") "null exception reference")
(assert_trap (invoke "trap") "unreachable")
(assert_return (invoke "loop" (i32.const 5)) (i32.const 5))
(assert_return (invoke "leave") (i32.const 3))
(assert_exception (invoke "deep" (i32.const 3)))
(assert_return (invoke "catch-deep") (i32.const 9))

;; Tags are told apart by identity, also across modules.
(module $a
  (tag $t (export "t") (param i32))
  (func (export "throw") (param i32) (throw $t (local.get 0))))
(register "a" $a)
(module
  (tag $theirs (import "a" "t") (param i32))
  (func $throw (import "a" "throw") (param i32))
  (tag $mine (param i32))
  (func (export "theirs") (result i32)
    (block $h (result i32) (try_table (result i32) (catch $mine $h) (catch $theirs $h) (call $throw (i32.const 5)) (i32.const 0))))
  (func (export "mine") (result i32)
    (block $h (result i32) (try_table (result i32) (catch $mine $h) (call $throw (i32.const 5)) (i32.const 0)))))
(assert_return (invoke "theirs") (i32.const 5))
(assert_exception (invoke "mine"))
