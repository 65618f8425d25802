"""Where a walk begins, and whether it can get anywhere from there.

A graph of near neighbours leads a walk from a vector to what is close to it, and finds the best
points of a query where they lie around its examples, or where its scores grow towards them from
everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.scoring.strategy import Formula

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.index.graph import Graph
    from engine.query.search import Search
    from engine.scoring.strategy import Strategy
    from engine.vectors import DenseRows

_DISCOVERS = frozenset({Formula.DISCOVER, Formula.DISCOVER_DOCUMENTED})


def is_zoned(strategy: Strategy) -> bool:
    """Return whether points are ranked by the zones that pairs make, before anything else."""
    return strategy.compiled in _DISCOVERS


def scattered(search: Search) -> str:
    """Return why no walk finds the best points of a query, empty where one may."""
    if search.strategy.compiled == Formula.WEIGHTED_SUM or search.target or search.positive:
        return ""
    return "no example that good points are close to"


def entry_rows(search: Search, vectors: DenseRows, graph: Graph) -> NDArray[np.int64] | None:
    """Return the rows of the examples, if they are points of the graph.

    None where they are not: the upper levels lead to them. None for a weighted sum, too, which is
    followed like a single vector.
    """
    if search.strategy.compiled == Formula.WEIGHTED_SUM or not search.rows:
        return None
    rows = np.array(search.rows, np.int64)
    return rows if rows.max() < len(graph) and vectors.present[rows].all() else None
