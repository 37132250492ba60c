"""The Python engine: core WebAssembly as Python functions.

A function goes through three shapes, each in modules of its own:

- `function` walks the instructions once and resolves the operand stack: operands become expressions (`operands`), what has an effect
  becomes a statement. What each instruction does is in `blocks`, `integers`, `floats`, `storage`, `references`, `aggregates`, `vectors`.
  Before that, `ranges` finds out which numbers locals can hold (`known`), and `webs` takes locals apart that are used for several things.
  Afterwards, what variables are used for is known: a second walk holds some in other units or forms (`scales`), writes loops that count
  as such (`counting`), and compares where the question is (`delayed`). `inline` asks at a call what the callee would ask first.
- `tree` is what comes out: statements whose text is final, in blocks, loops and branches.
- `control` writes these with Python's `if`, `while True`, `break` and `continue`; `translate` makes a code object of the text.

`instance` links and instantiates (`items` is what it makes); functions are translated when they are first called. `numeric`, `lanes`,
`objects` and `helpers` are what generated code calls. `faults` turns what Python raises into traps with places, `stepping` runs a
guest instruction by instruction.
"""
