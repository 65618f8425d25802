"""The planner's arithmetic: how many rows a walk keeps, what it costs, and when it should give up.

Costs are counted in rows of a scan; docs/decisions/011-segments.md has the measurements.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from engine.query.starts import is_zoned
from engine.scoring.strategy import Formula

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.index.graph import Graph
    from engine.index.segment import Segment
    from engine.payload.allowed import Allowed
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

_FEWEST, _MOST = 0.06, 0.33
"""Of all rows, how many a walk past the others needs, lest it gets nowhere; and of how many on one
over the others is as fast."""

_ON_THE_WAY, _STEP = 1_500, 40
"""What a walk past others costs, in rows of a scan: to get there, and for each row it keeps."""

_CLUMPED = 1.25
"""Clumping of rows, from which on walks past others do not get from one clump to the next."""

_SAMPLE = 256
"""Rows whose neighbours tell of clumping."""

_clumps: WeakKeyDictionary[Allowed, float] = WeakKeyDictionary()

_KEPT = 1.5
"""Rows that a walk keeps for each one wanted, at least: it finds the last ones least surely, above
all where a filter leaves few of the rows around."""

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


def kept(limit: int, segment: Segment, times: int = 1) -> int:
    """Return how many rows a walk keeps that nobody tells how many.

    Args:
        limit: how many rows are wanted.
        segment: where to walk.
        times: as many times as `breadth` says.

    """
    return max(segment.shape.ef_construct * times, int(_KEPT * limit))


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


def kept_past(limit: int, segment: Segment, allowed: Allowed) -> int:
    """Return how many rows a walk keeps that leads past rows that may not be found.

    Such a walk, to a single vector, sees the neighbours of a row's neighbours: so it keeps the
    fewer, the more of them may be found. 0 where another way is better: where too few or too many
    may be found, or where these lie together.

    Args:
        limit: how many rows are wanted.
        segment: where to walk.
        allowed: which of its rows may be found.

    """
    share = allowed.count / max(1, segment.linked)
    if not _FEWEST <= share <= _MOST:
        return 0
    past = max(rescored(limit), int(segment.shape.ef_construct * _FEWEST / share))
    over = walk_cost(kept(limit, segment), segment.linked, allowed.count)
    pays = past_cost(past) < min(allowed.count, over)
    return past if pays and _clumping(segment.graph, allowed) < _CLUMPED else 0


def past_cost(kept: int) -> int:
    """Return what such a walk costs, in rows of a scan."""
    return _ON_THE_WAY + _STEP * kept


def _clumping(graph: Graph, allowed: Allowed) -> float:
    """Return how many times as many neighbours of rows that may be found may be, as of all rows.

    About 1 where these lie all over the data, more where they lie together. By a sample, taken once
    for each filter in each state of a collection.
    """
    allowed = allowed if allowed.origin is None else allowed.origin
    known = _clumps.get(allowed)
    if known is None:
        rows = allowed.rows[:: 1 + allowed.count // _SAMPLE]
        near = graph.links.lowest[rows]
        near = near[near != rows[:, None]]
        likely = allowed.count / len(allowed.mask)
        known = float(allowed.mask[near].mean()) / likely if near.size else _CLUMPED
        _clumps[allowed] = known
    return known


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
