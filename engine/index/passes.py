"""Passes over coded rows: a scan, or several at once, by one thread or by some.

The similarity to a coded row is off by no more than what its codes lost allows, so every row has a
least and a largest possible score. Rows whose largest is below the limit-th best least score cannot
be among the best; the others are to be scored from the stored rows.

Threads share the rows of a pass batch by batch. Each finds the best least scores of the rows that
it has looked at; the best of all are among these, and together they tell what remains.
"""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from engine.index import loops
from engine.index.quantised import aligned_zeros
from engine.index.scan import LEAST_ROOM, Part, Possible, Scan
from engine.workers import ALONE, WORKERS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from engine.index.loops import Loops
    from engine.index.quantised import Quantised
    from engine.index.scorer import Asked

_LONG = 3 << 24
"""Effort from which on two threads pay, half a millisecond; twice as much pays twice as many.

To come and go takes 150 µs, and whoever asks for a thread 20 to wake it.
"""

_MOST = 32  # queries of a pass: their vectors stay in the first-level cache
_ALONE, _SHARED = 256, 128  # rows that are compared at a time, for one query and for several
_LAST = 4
"""Batches that are left to the thread that waits for the others, who end meanwhile."""

_ALL = np.empty(0, np.int64)


def possible_best(
    rows: Quantised, asked: Asked, wanted: NDArray[np.int64] | None, limit: int
) -> Possible | None:
    """Return rows among which are the best `limit`, with all that tie with the last of them.

    This thread finds them alone. For arguments and result see `Scan` and `possible`.
    """
    return _alone(Scan(rows, asked, wanted, limit))


def possible(scans: Sequence[Scan]) -> list[Possible | None]:
    """Return what each of some scans cannot rule out, made in as few passes as they need.

    None where too many rows remain for that to pay, where the formula is not monotone, and while
    the loops are not compiled.
    """
    effort = sum([scan.effort for scan in scans])
    if len(scans) == 1 and effort < _LONG:
        return [_alone(scans[0])]
    compiled, found = loops.ready(), dict[int, Possible | None]()
    if compiled is None:
        return [None] * len(scans)
    together = shared(scans)
    passes = [_Pass(compiled, [scans[place] for place in places]) for places in together]
    threads = max(1, min(WORKERS.count, 2 * effort // _LONG))
    workers = WORKERS if threads > 1 else ALONE
    parts = iter(workers.results([job for each in passes for job in each.jobs(threads)]))
    for places, each in zip(together, passes, strict=True):
        found.update(zip(places, each.possible([*islice(parts, threads)]), strict=True))
    return [found.get(place) for place in range(len(scans))]


def _alone(scan: Scan) -> Possible | None:
    """Return what a scan cannot rule out, found by this thread."""
    compiled = loops.ready()
    if compiled is None or not scan.pays:
        return None
    alone = _Pass(compiled, (scan,))
    return alone.possible([alone.look()])[0]


def shared(scans: Sequence[Scan]) -> list[list[int]]:
    """Return the places of scans that share a pass, for each pass; not of scans that do not pay."""
    groups: dict[tuple[int, ...], list[int]] = {}
    for place, scan in enumerate(scans):
        if scan.pays:
            groups.setdefault(scan.kind, []).append(place)
    return [
        group[start : start + _MOST]
        for group in groups.values()
        for start in range(0, len(group), _MOST)
    ]


class _Pass:
    """Scans of the same rows for as many of them, which threads make together.

    Args:
        compiled: the loops.
        scans: one that pays, or several of one kind.

    """

    def __init__(self, compiled: Loops, scans: Sequence[Scan]) -> None:
        self._scans, self._size = scans, scans[0].size
        self._taken, self._merge = np.zeros(1, np.int64), compiled.merge
        if len(scans) == 1:
            self._loop, self._batch, self._room = compiled.scan, _ALONE, scans[0].room
            self._asked = scans[0].asked
        else:
            self._loop, self._batch, self._room = compiled.scan_together, _SHARED, LEAST_ROOM
            self._asked = _stacked(scans)

    def jobs(self, threads: int) -> list[Callable[[], Part]]:
        """Return what each of so many threads does; the first of them does what others leave."""
        others = self._size - _LAST * self._batch
        return [self.look, *[partial(self.look, others)] * (threads - 1)]

    def look(self, until: int | None = None) -> Part:
        """Return what is found in the batches that this thread takes, up to the row `until`."""
        lines, (rows, _, wanted, limit) = len(self._scans), self._scans[0]
        bars = np.empty((lines, max(1, min(limit, self._size))), np.float32)
        bars.fill(-np.inf)
        kept = np.empty((lines, self._room), np.int64)
        own = Part(bars, kept, np.empty(kept.shape, np.float32), np.zeros(lines, np.int64))
        self._loop(
            self._asked,
            rows.rows,
            _ALL if wanted is None else wanted,
            self._size,
            self._taken,
            self._size if until is None else until,
            own,
            np.empty(self._batch, np.uint32),
            np.empty((3, len(self._asked.terms), self._batch), np.float32),
            np.empty((2, self._batch), np.float32),
        )
        return own

    def possible(self, parts: Sequence[Part]) -> list[Possible | None]:
        """Return what each scan cannot rule out, by what all threads found."""
        every = parts[0]
        for part in parts[1:]:
            self._merge(every, part)
        bars, remaining = every.bars[:, 0].tolist(), every.found.tolist()
        found = [*map(self._remaining, self._scans, every.kept, remaining, bars)]
        if len(parts) > 1:
            for one in found:
                if one is not None:
                    one.rows.sort()
        return found

    def _remaining(
        self, scan: Scan, kept: NDArray[np.int64], count: int, bar: float
    ) -> Possible | None:
        if count < 0:
            return _alone(scan) if self._room < scan.room else None
        return Possible(kept[:count].copy(), bar if scan.limit <= self._size else -np.inf)


def _stacked(scans: Sequence[Scan]) -> Asked:
    """Return the vectors of all queries as if they were one query's."""
    queries = [scan.asked for scan in scans]
    codes = aligned_zeros((len(queries), queries[0].codes.shape[1]), np.int16)
    return queries[0]._replace(
        codes=np.concatenate([asked.codes for asked in queries], out=codes),
        terms=np.concatenate([asked.terms for asked in queries]),
        weights=np.concatenate([asked.weights for asked in queries]),
    )
