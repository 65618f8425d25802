"""Run the named benchmarks (all by default), print one table and save one JSON file for each."""

from __future__ import annotations

import sys
from importlib import import_module

from benchmarks.report import machine, save, table

NAMES = (
    "queries",
    "anatomy",
    "index",
    "growth",
    "hybrid",
    "words",
    "rest",
    "load",
    "segments",
    "memory",
    "findings",
    "graph",
    "matrix",
    "layout",
    "clusters",
    "startup",
    "clicks",
)


def main(names: list[str]) -> int:
    """Run benchmarks by name; returns the exit status."""
    if unknown := [name for name in names if name not in NAMES]:
        print(f"no benchmark named {', '.join(unknown)}; there are {', '.join(NAMES)}")
        return 2
    print(", ".join(f"{key} {value}" for key, value in machine().items()))
    for name in names or NAMES:
        rows = import_module(f"benchmarks.{name}").run()
        print(f"\n{name}\n{table(rows)}\nsaved to {save(rows, name)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
