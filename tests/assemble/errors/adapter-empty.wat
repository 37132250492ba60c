(module (import "__main_module__" "_start" (func $s)) (func (export "run") (param i32 i32) (result i32) unreachable) (func (export "j#g") (result i32) call $s unreachable) (func (export "f")))
