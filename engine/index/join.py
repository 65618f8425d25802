"""The nearest others of each of many rows, by a walk on the graph from each row's own place in it.

A walk that starts at its row is where it wants to be from the first step on, so it scores far fewer
rows than the walk of a query that comes from elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.index import loops
from engine.scoring.leading import leading
from engine.scoring.mutual import in_threads

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from engine.index.graph import Graph
    from engine.index.quantised import Quantised
    from engine.vectors import DenseRows

    Rows = NDArray[np.int64]

_BLOCK = 256
"""Rows that a thread takes at a time: coded, walked from and compared exactly together."""

_LEAST_KEPT, _KEPT = 64, 4
"""How many rows a walk keeps, at least and for each one wanted."""

_COMPARED = 2
"""How many of these are compared by their stored vectors, for each one wanted."""


@dataclass(frozen=True, slots=True, eq=False)
class Join:
    """A graph, its rows in 8 bits and as they are stored, and which of them may be found.

    Attributes:
        graph: over the first rows.
        coded: the same rows in 8 bits.
        vectors: all rows.
        allowed: uint64 (at least rows of the graph / 64,), those that may be found, a bit for each;
            None for all that have links.

    """

    graph: Graph
    coded: Quantised
    vectors: DenseRows
    allowed: NDArray[np.uint64] | None

    def nearest(
        self, starts: Rows, limit: int, step: Callable[[int, int], None]
    ) -> tuple[Rows, NDArray[np.float32]]:
        """Return the rows most similar to each of some rows, itself left out.

        Args:
            starts: int64 (n,), rows of the graph that have links.
            limit: others of each row, at least 1.
            step: told how many rows are done, and their number; what it raises ends the work.

        Returns:
            int64 and float32 (n, limit), best first; -1 and -inf where a walk found no more.

        Raises:
            RuntimeError: the loops are not compiled yet, see `engine.index.loops`.

        """
        found = np.full((len(starts), limit), -1, np.int64)
        scores = np.full((len(starts), limit), -np.inf, np.float32)
        blocks = [slice(at, at + _BLOCK) for at in range(0, len(starts), _BLOCK)]

        def fill(block: slice) -> None:
            found[block], scores[block] = self._block(starts[block], limit)

        with in_threads(fill, blocks) as filled:
            for done, _ in enumerate(filled):
                step(min(done * _BLOCK, len(starts)), len(starts))
        return found, scores

    def _block(self, starts: Rows, limit: int) -> tuple[Rows, NDArray[np.float32]]:
        proposed = self._walked(starts, max(_LEAST_KEPT, _KEPT * limit) + 1)
        proposed = proposed[:, : _COMPARED * limit + 1]
        missing = (proposed < 0) | (proposed == starts[:, None])
        similarities = self.vectors.each_with(starts, np.where(missing, 0, proposed))
        similarities[missing] = -np.inf
        places, scores = leading(similarities, limit)
        found = np.take_along_axis(proposed, np.maximum(places, 0), axis=1)
        return np.where(places < 0, -1, found), scores

    def _walked(self, starts: Rows, ef: int) -> Rows:
        """Return what a walk from each row finds, its own row included, int64 (n, ef)."""
        compiled = loops.ready()
        if compiled is None:
            raise RuntimeError("graph walks are not compiled yet: wait for loops.warm_up")
        coded, links = self.coded, self.graph.links
        examples = np.ascontiguousarray(self.vectors.data[starts], np.float32)
        allowed = np.empty(0, np.uint64) if self.allowed is None else self.allowed
        found = np.empty((len(starts), ef), np.int64)
        compiled.join(
            coded.metric,
            coded.rows,
            coded.centre,
            coded.longest,
            coded.longest_code,
            links,
            starts,
            examples,
            allowed,
            found,
        )
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Cells of a square matrix of similarities, each of which stands on both sides of the diagonal.

    Attributes:
        lines: int64 (m,).
        columns: int64 (m,).
        similarities: float32 (m,).

    """

    lines: Rows
    columns: Rows
    similarities: NDArray[np.float32]

    def leading(self, count: int, limit: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return the largest of each of `count` lines, as `engine.scoring.leading` does.

        Since a cell counts both ways, what the walk of one row misses that of another may have
        seen.
        """
        lines = np.concatenate([self.lines, self.columns])
        columns = np.concatenate([self.columns, self.lines])
        values = np.concatenate([self.similarities, self.similarities])
        _, once = np.unique(lines * count + columns, return_index=True)
        order = once[np.lexsort((columns[once], -values[once], lines[once]))]
        lines = lines[order]
        ranks = np.arange(len(lines)) - np.searchsorted(lines, lines)
        kept = ranks < limit
        found = np.full((count, limit), -1, np.int32)
        best = np.full((count, limit), -np.inf, np.float32)
        found[lines[kept], ranks[kept]] = columns[order][kept]
        best[lines[kept], ranks[kept]] = values[order][kept]
        return found, best
