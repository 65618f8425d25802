"""Walks over a graph with any scorer, ready once the compiled loops are."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from engine.index import loops

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.index.graph import Graph
    from engine.index.quantised import Quantised
    from engine.index.scorer import Asked

_NO_ENTRIES, _ALL = np.empty(0, np.int64), np.empty(0, np.uint64)
DEFAULT_BUDGET = 1 << 40


class Found(NamedTuple):
    """What a walk found.

    Attributes:
        rows: int64 (n,), best first; nobody else has them.
        scores: float32 (n,), of the rows in 8 bits, by what guided the walk: to be computed anew
            from the stored rows.
        visited: how many rows were scored on the way.
        exhausted: the budget ended the walk, so better rows may have been missed.

    """

    rows: NDArray[np.int64]
    scores: NDArray[np.float32]
    visited: int
    exhausted: bool


def walk(
    graph: Graph,
    rows: Quantised,
    asked: Asked,
    *,
    ef: int,
    entries: NDArray[np.int64] | None = None,
    allowed: NDArray[np.uint64] | None = None,
    past: bool = False,
    budget: int | None = None,
) -> Found:
    """Return up to `ef` rows of high score.

    Args:
        graph: over the first rows, or all of them.
        rows: in 8 bits; at least as many as the graph has.
        asked: the query.
        ef: how many rows are kept on the way, and returned; more find more.
        entries: int64 (n,), rows to start at, such as the examples' own; None for where the upper
            levels of the graph lead.
        allowed: uint64 (at least rows / 64,), which rows may be found, a bit for each; None for
            all.
        past: whether to go past rows that may not be found, one at a time, rather than over them.
            Faster where few may be found, and these lie all over the data.
        budget: how many rows may be scored before the walk gives up; None for any number.

    Raises:
        RuntimeError: the loops are not compiled yet, see `engine.index.loops`.

    """
    compiled = loops.ready()
    if compiled is None:
        raise RuntimeError("graph walks are not compiled yet: scan, or wait for loops.warm_up")
    limit = DEFAULT_BUDGET if budget is None else budget
    found, scores = np.empty(ef, np.int64), np.empty(ef, np.float32)
    starts = _NO_ENTRIES if entries is None else np.ascontiguousarray(entries, np.int64)
    may_find = _ALL if allowed is None else allowed
    query = asked, rows.rows, graph.links, starts, may_find
    count, visited = compiled.walk(*query, past, limit, found, scores)
    return Found(found[:count], scores[:count], visited, exhausted=visited > limit)
