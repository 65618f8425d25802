"""Certified scans as values, and several of them in one pass over the coded rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from engine.index import loops
from engine.index.quantised import aligned_zeros
from engine.index.scan import Possible, possible_best
from engine.scoring.strategy import Formula

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.index.quantised import Quantised
    from engine.index.scorer import Asked

_MOST = 32  # queries of a pass: their vectors stay in the first-level cache
_BATCH = 128
_ROOM, _FOR_EACH = 4096, 16  # for the rows that remain, and for each that is asked for
_ALL = np.empty(0, np.int64)


class Scan(NamedTuple):
    """A scan to be made.

    Attributes:
        rows: in 8 bits.
        asked: the query.
        wanted: int64 (n,), the rows to look at; None for all.
        limit: how many are asked for.

    """

    rows: Quantised
    asked: Asked
    wanted: NDArray[np.int64] | None
    limit: int

    def alone(self) -> Possible | None:
        """Return what it cannot rule out, as `possible_best` does."""
        return possible_best(*self)

    @property
    def elements(self) -> int:
        """How many products it takes."""
        codes = self.rows.rows.codes
        rows = len(codes) if self.wanted is None else len(self.wanted)
        return rows * int(codes.shape[1]) * len(self.asked.terms)

    @property
    def kind(self) -> tuple[int, ...]:
        """What scans have in common that can share a pass: their rows, by the same list, and limit.

        Only queries of one vector, whose score is the similarity to it, share one.
        """
        asked = self.asked
        is_plain = asked.formula == Formula.WEIGHTED_SUM and asked.weights.tolist() == [1]
        if not is_plain or asked.margin or not 0 < self.limit * _FOR_EACH <= _ROOM:
            return (id(self.asked),)
        return id(self.rows), id(self.wanted), self.limit


def passes(scans: Sequence[Scan], jobs: int = 1) -> list[list[int]]:
    """Return places of scans that are made together, each once.

    Args:
        scans: to be made.
        jobs: into how many passes those that share one are cut at least, if they are as many.

    """
    groups: dict[tuple[int, ...], list[int]] = {}
    for place, scan in enumerate(scans):
        groups.setdefault(scan.kind, []).append(place)
    return [part for group in groups.values() for part in _parts(group, jobs)]


def possible_together(scans: Sequence[Scan]) -> list[Possible | None]:
    """Return what each of some scans that share a pass cannot rule out, as `alone` does."""
    compiled, first = loops.ready(), scans[0]
    if compiled is None or len(scans) == 1:
        return [scan.alone() for scan in scans]
    count = len(first.rows) if first.wanted is None else len(first.wanted)
    heaps = np.full((len(scans), min(first.limit, count)), -np.inf, np.float32)
    kept, found = np.empty((len(scans), _ROOM), np.int64), np.zeros(len(scans), np.int64)
    compiled.scan_together(
        _stacked([scan.asked for scan in scans]),
        first.rows.rows,
        _ALL if first.wanted is None else first.wanted,
        count,
        heaps,
        kept,
        np.empty(kept.shape, np.float32),
        found,
        np.empty(_BATCH, np.uint32),
        np.empty((3, len(scans), _BATCH), np.float32),
    )
    least = heaps[:, 0].tolist() if first.limit <= count else [-np.inf] * len(scans)
    return [
        Possible(kept[place, :number].copy(), least[place]) if number >= 0 else scan.alone()
        for place, (scan, number) in enumerate(zip(scans, found.tolist(), strict=True))
    ]


def _stacked(queries: Sequence[Asked]) -> Asked:
    """Return the vectors of all queries as if they were one query's."""
    codes = aligned_zeros((len(queries), queries[0].codes.shape[1]), np.int16)
    return queries[0]._replace(
        codes=np.concatenate([asked.codes for asked in queries], out=codes),
        terms=np.concatenate([asked.terms for asked in queries]),
        weights=np.concatenate([asked.weights for asked in queries]),
    )


def _parts(group: list[int], jobs: int) -> list[list[int]]:
    size = min(_MOST, -(-len(group) // jobs))
    return [group[start : start + size] for start in range(0, len(group), size)]
