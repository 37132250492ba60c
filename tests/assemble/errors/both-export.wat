;; adapter: adapter-empty.wat
(module (func (export "run") (param i32 i32) (result i32) unreachable) (func (export "j#g") (result i32) unreachable) (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable) (memory (export "memory") 1))
