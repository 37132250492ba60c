;; no world
(module (func (export "f")))
