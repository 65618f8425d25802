"""The planner's arithmetic: how many rows a walk keeps, what it costs, and when it should give up.

Costs are counted in rows of a scan; docs/decisions/011-segments.md has the measurements.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.query.starts import is_zoned
from engine.scoring.strategy import Formula

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.query.search import Search

_EXPANSION = 16
"""What a walk costs for each row it keeps, in rows of a scan: it scores about six, each for the
price of two or three, since they lie all over the memory."""

_DETOUR = 0.8
"""How much longer a walk gets where only some rows may be found: by their share, over and over, but
not before these are in the minority, since it passes by the others as long as they are not."""

_PRICE = 2.5
_FACTOR, _SPARE = 2.0, 0.1
"""A walk may score `_FACTOR` times what it should cost, and what a part of the scan costs beyond
it: where the points that a filter allows lie far from the query, walks are long and find little."""

_FOR_SUMS = 3
"""A sum of examples points away from the data, where a walk has to look further around."""

_FOR_ZONES, _FOR_ZONES_APART = 4, 24
"""So has one that ends at the edge of a zone, where few of the rows around are inside; above all
where the examples that make the zones lie apart, and the best points far from all of them."""

_ALIKE = 0.25
"""Mean cosine of the examples to the target, from the centre of the data, below which they lie
apart: near neighbours have 0.3 to 0.8 of it, points drawn at random -0.1 to 0.2."""

_OVERSAMPLING = 4
_LEAST_RESCORED = 40
"""How many of the rows that a walk keeps are scored exactly, for each one wanted and in all."""

_TINY = np.float32(1e-30)


def breadth(search: Search, centre: NDArray[np.float32]) -> int:
    """Return how many times as many rows a walk keeps as one to a single vector.

    Args:
        search: by a dense vector.
        centre: float32 (size,), of the data.

    """
    strategy = search.strategy
    if is_zoned(strategy):
        return _FOR_ZONES_APART if _are_apart(search.encoded, centre) else _FOR_ZONES
    is_sum = strategy.compiled == Formula.WEIGHTED_SUM and strategy.sides != ("target",)
    return _FOR_SUMS if is_sum else 1


def walk_cost(ef: int, linked: int, allowed: int) -> int:
    """Return what a walk costs, in rows of a scan: more, the fewer of the rows may be found.

    Args:
        ef: how many rows it keeps.
        linked: how many rows the graph has.
        allowed: how many of them may be found.

    """
    detour = _DETOUR * linked / max(1, allowed)
    return int(_EXPANSION * ef * detour) if detour > 1 else _EXPANSION * ef


def walk_budget(cost: int, allowed: int) -> int:
    """Return how many rows a walk of this cost may score before it gives up.

    Args:
        cost: in rows of a scan.
        allowed: how many rows may be found.

    """
    return int(min(_FACTOR * cost, cost / _PRICE + _SPARE * allowed))


def rescored(limit: int) -> int:
    """Return how many of the rows that a walk keeps are scored exactly where `limit` are wanted."""
    return max(_LEAST_RESCORED, _OVERSAMPLING * limit)


def _are_apart(examples: NDArray[np.float32], centre: NDArray[np.float32]) -> bool:
    """Return whether examples lie all over the data, rather than around the first of them.

    Args:
        examples: float32 (n, size), n at least 1.
        centre: float32 (size,), of the data.

    """
    directions = examples - centre
    lengths = np.sqrt(np.einsum("ij,ij->i", directions, directions))
    likeness = (directions[1:] @ directions[0]) / np.maximum(lengths[1:] * lengths[0], _TINY)
    return len(likeness) > 0 and float(likeness.mean()) < _ALIKE
