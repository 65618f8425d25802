"""Run the named benchmarks (all by default), print one table, and save one JSON file for each.

Rows are printed as they come, and all of them in the end. An interrupt ends the benchmark under
way; what it had measured is printed and saved, too.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from importlib import import_module
from typing import TYPE_CHECKING

from benchmarks.report import cells, machine, save, table

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable

    from benchmarks.report import Row

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


SIZED = ("index",)


def main(arguments: list[str]) -> int:
    """Run benchmarks by name; returns the exit status."""
    asked = _asked(arguments)
    print(", ".join(f"{key} {value}" for key, value in machine().items()))
    parts: dict[str, list[Row]] = {}
    is_whole = True
    for name in asked.names or NAMES:
        run = import_module(f"benchmarks.{name}").run
        parts[name], is_whole = _collected(run() if asked.points is None else run(asked.points))
        print(f"{name} is saved to {save(parts[name], name)}", file=sys.stderr)
        if not is_whole:
            break
    print(table(parts))
    if is_whole:
        return 0
    print("interrupted: these are the rows that were done")
    return 130


def _asked(arguments: list[str]) -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(NAMES))
    parser.add_argument("--points", type=int, help=f"how many points, for {', '.join(SIZED)}")
    asked = parser.parse_args(arguments)
    if unknown := [name for name in asked.names if name not in NAMES]:
        parser.error(f"no benchmark named {', '.join(unknown)}; there are {', '.join(NAMES)}")
    if asked.points is not None and not (asked.names and {*asked.names} <= {*SIZED}):
        parser.error(f"--points is for {', '.join(SIZED)} only; name one of these with it")
    return asked


def _collected(measured: Iterable[Row]) -> tuple[list[Row], bool]:
    """Return the rows up to the end, or to an interrupt, and whether it was the end."""
    rows: list[Row] = []
    try:
        for row in measured:
            rows.append(row)
            print("  ".join(cells(row)), file=sys.stderr)
    except KeyboardInterrupt:
        return rows, False
    return rows, True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
