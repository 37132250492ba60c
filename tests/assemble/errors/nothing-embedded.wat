;; no world
(module (import "a:b/i@0.3.1" "f" (func (param i32) (result i64))))
