"""The order of maximal marginal relevance among dense rows, in one compiled loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from engine.patience import check_patience
from engine.scoring import kernels

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qdrant_client import models

_AT_ONCE = 1 << 24
"""Products between two looks at whether anybody still waits: some milliseconds."""


class Diverse(NamedTuple):
    """Rows to choose from.

    Attributes:
        data: float32 (n, size), contiguous, the rows as they ask.
        examples: float32 (n, size), the rows as they are where others are compared with them.
        relevance: float32 (n,), similarities to the query.
        diversity: from 0, likeness to the query alone, to 1, unlikeness to each other alone.

    """

    data: NDArray[np.float32]
    examples: NDArray[np.float32]
    relevance: NDArray[np.float32]
    diversity: np.float32


class Choice(NamedTuple):
    """What is chosen so far, and what is known of the rows that are left.

    Attributes:
        chosen: int64 (limit,).
        picked: float32 (limit, size), the chosen ones' examples.
        pending: int64 (n,), of which those not chosen come first.
        seen: int64 (n,), with how many of the chosen ones a row has been compared.
        closest: float32 (n,), its largest similarity to one of these.
        merit: float32 (n,), what it was worth then.

    """

    chosen: NDArray[np.int64]
    picked: NDArray[np.float32]
    pending: NDArray[np.int64]
    seen: NDArray[np.int64]
    closest: NDArray[np.float32]
    merit: NDArray[np.float32]


def spread(distance: models.Distance, rows: Diverse, limit: int) -> NDArray[np.int64] | None:
    """Return places of `limit` rows in the order in which `engine.query.mmr.diversify` takes them.

    None until the loops are compiled. `limit` is at most the number of rows.
    """
    loops = kernels.compiled()
    if loops is None:
        return None
    count, size = rows.data.shape
    choice = Choice(
        np.empty(limit, np.int64),
        np.empty((limit, size), np.float32),
        np.arange(count),
        np.zeros(count, np.int64),
        np.full(count, -np.inf, np.float32),
        rows.relevance.copy(),
    )
    steps = max(1, _AT_ONCE // (count * size))
    for start in range(0, limit, steps):
        check_patience()
        end = min(start + steps, limit)
        loops.spread(kernels.METRIC[distance], rows, choice, start, end)
    return choice.chosen
