"""Where a walk begins, and whether it can get anywhere from there.

A graph of near neighbours leads a walk from a vector to what is close to it, and finds the best
points of a query where they lie around its examples. A discover query ranks zones first, though:
where not even its target lies in the best zone, that zone may be anywhere.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from engine.index.scorer import ask
from engine.index.walk import walk
from engine.scoring.nearest import NEAREST
from engine.scoring.strategy import Formula

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.index.graph import Graph
    from engine.index.quantised import Quantised
    from engine.query.search import Search
    from engine.scoring.strategy import Strategy
    from engine.vectors import DenseRows, Vector

_EF = 8  # enough to come to a vector's own point, or to one beside it


def is_composite(strategy: Strategy) -> bool:
    """Return whether a strategy adds several examples up to one direction."""
    return strategy.compiled == Formula.WEIGHTED_SUM and strategy.sides != ("target",)


def starting_vectors(search: Search) -> tuple[Vector, ...]:
    """Return the examples around which the best points may lie.

    None for a weighted sum, which a walk from the top of the graph follows like a single vector.
    """
    if search.strategy.compiled == Formula.WEIGHTED_SUM:
        return ()
    return search.target or search.positive


def scattered(search: Search, vectors: DenseRows) -> str:
    """Return why no walk finds the best points of a query, empty where one may."""
    if search.strategy.compiled == Formula.WEIGHTED_SUM:
        return ""
    starts = starting_vectors(search)
    if not starts:
        return "no example that good points are close to"
    if not (search.strategy.paired and search.target and search.positive):
        return ""
    there = replace(search, vectors=vectors.of(search.target))
    ranks = search.strategy.parts(there.similarities(None))[1:]
    return "" if (ranks > 0).all() else "the target is not on the good side of all pairs"


def entry_rows(
    search: Search, vectors: DenseRows, graph: Graph, coded: Quantised
) -> NDArray[np.int64] | None:
    """Return the rows closest to the starting vectors; None to begin at the top of the graph."""
    starts = starting_vectors(search)
    if not starts:
        return None
    rows = np.array(search.rows, np.int64)
    if rows.size and rows.max() < len(graph) and vectors.present[rows].all():
        return rows
    entries: list[int] = []
    for start in vectors.encoded(starts):
        asked = ask(NEAREST, coded, start[None])
        if asked is not None:
            entries += walk(graph, coded, asked, ef=_EF).rows[:1].tolist()
    return np.array(entries, np.int64) if entries else None
