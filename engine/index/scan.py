"""Certified scans as values: what is looked at in 8 bits, and what that could not rule out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from engine.index.scorer import is_monotone
from engine.scoring.strategy import Formula

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.index.quantised import Quantised
    from engine.index.scorer import Asked

LEAST_ROOM = 4096
"""Rows that may remain of a scan in a pass that several share."""

_TO_READ = 3
_SHARE = 2  # room for one row in so many: with more of them, reading the stored rows is faster
_FOR_EACH = 16  # room for so many rows for each that is asked for


class Possible(NamedTuple):
    """What a scan could not rule out.

    Attributes:
        rows: int64 (n,), in the order in which they are wanted.
        least: so many as were asked for score this at least; -inf where there are fewer.

    """

    rows: NDArray[np.int64]
    least: float


class Part(NamedTuple):
    """What a thread has found in its part of a pass, with a line for each scan.

    Attributes:
        bars: float32 (scans, limit), the best least scores, a heap with the smallest first.
        kept: int64 (scans, room), rows that may be among the best, in the order of the pass.
        uppers: float32 (scans, room), their largest scores.
        found: int64 (scans,), how many these are; negative where they were too many.

    """

    bars: NDArray[np.float32]
    kept: NDArray[np.int64]
    uppers: NDArray[np.float32]
    found: NDArray[np.int64]


class Scan(NamedTuple):
    """A scan to be made.

    Attributes:
        rows: in 8 bits.
        asked: the query.
        wanted: int64 (n,), ascending, the rows to look at; None for all.
        limit: how many are asked for.

    """

    rows: Quantised
    asked: Asked
    wanted: NDArray[np.int64] | None
    limit: int

    @property
    def size(self) -> int:
        """How many rows it looks at."""
        return len(self.rows) if self.wanted is None else len(self.wanted)

    @property
    def effort(self) -> int:
        """How many products it takes; reading a code from memory costs as much as some."""
        codes = self.size * int(self.rows.rows.codes.shape[1])
        return codes * (_TO_READ + len(self.asked.terms))

    @property
    def room(self) -> int:
        """How many rows may remain; half of them in the end."""
        return max(LEAST_ROOM, self.size // _SHARE)

    @property
    def pays(self) -> bool:
        """Whether so few rows can remain that a scan of coded ones is of use."""
        return is_monotone(self.asked) and 0 < self.limit * _FOR_EACH <= self.room

    @property
    def kind(self) -> tuple[int, ...]:
        """What scans have in common that can share a pass: their rows, by the same list, and limit.

        Only queries of one vector, whose score is the similarity to it, share one.
        """
        asked = self.asked
        is_plain = asked.formula == Formula.WEIGHTED_SUM and asked.weights.tolist() == [1]
        if not is_plain or asked.margin or self.limit * _FOR_EACH > LEAST_ROOM:
            return (id(self.asked),)
        return id(self.rows), id(self.wanted), self.limit
