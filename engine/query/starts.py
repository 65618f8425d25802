"""Where a walk begins, and whether it can get anywhere from there.

A graph of near neighbours leads a walk from a vector to what is close to it, and finds the best
points of a query where they lie around its examples, or where its scores grow towards them from
everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.index.scorer import ask
from engine.index.walk import walk
from engine.scoring.recommend import BEST_SCORE
from engine.scoring.strategy import Formula

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.index.graph import Graph
    from engine.index.quantised import Quantised
    from engine.query.search import Search
    from engine.scoring.strategy import Strategy
    from engine.vectors import DenseRows

_LED = 16
"""Examples of a sum that the upper levels lead to."""

_DISCOVERS = Formula.DISCOVER, Formula.DISCOVER_DOCUMENTED


def is_zoned(strategy: Strategy) -> bool:
    """Return whether points are ranked by the zones that pairs make, before anything else."""
    return strategy.compiled in _DISCOVERS


def scattered(search: Search) -> str:
    """Return why no walk finds the best points of a query, empty where one may."""
    if search.strategy.compiled == Formula.WEIGHTED_SUM or search.target or search.positive:
        return ""
    return "no example that good points are close to"


def entry_rows(
    search: Search, vectors: DenseRows, graph: Graph, coded: Quantised
) -> NDArray[np.int64] | None:
    """Return the rows of the examples, if they are points of the graph.

    None where they are not: the upper levels lead to each example then. A weighted sum of several
    is followed like a single vector, which has no neighbours of its own: it starts at what is next
    to its examples, lest the upper levels lead it to where nothing good is. None for a single
    vector.
    """
    is_sum = search.strategy.compiled == Formula.WEIGHTED_SUM
    if is_sum and not search.positive:
        return None
    rows = np.array(search.rows, np.int64)
    if rows.size and rows.max() < len(graph) and vectors.present[rows].all():
        return rows
    liked = search.encoded[: len(search.target) + len(search.positive)]
    return _next_to(liked[:_LED], graph, coded) if is_sum else None


def _next_to(
    examples: NDArray[np.float32], graph: Graph, coded: Quantised
) -> NDArray[np.int64] | None:
    """Return a row close to each example, float32 (n, size), None where no walk leads to them."""
    asked = ask(BEST_SCORE, coded, examples, len(examples))
    return None if asked is None else walk(graph, coded, asked, ef=len(examples), budget=0).rows
