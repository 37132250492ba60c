"""`make bench`: every benchmark, as a table of ratios. Times depend on the machine, ratios much less. Exits with 1 when one is over its limit.

`python -m tests.bench NAME…` runs only the named ones. A benchmark is a module of this package with `run() -> Iterable[Row]`.
"""

from __future__ import annotations

import importlib
import sys

from tests.bench.table import Row, render

BENCHMARKS = ("boot", "editor", "calls", "formats", "python_engine", "throughput", "untraced")


def main(names: list[str]) -> int:
    rows: list[Row] = []
    for name in names or BENCHMARKS:
        rows += importlib.import_module(f"tests.bench.{name}").run()
    print(render(rows))
    return int(any(row.over for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
