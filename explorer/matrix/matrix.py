"""The distance matrix of some points, in the order in which a heat map shows it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np
from qdrant_client import models

from explorer.jobs import Cancelled
from explorer.matrix.seriation import Seriation, seriate
from explorer.neighbours import Neighbours, neighbours

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.ids import PointId
    from explorer.client import Client
    from explorer.jobs import Report, Stopped
    from explorer.matrix.question import Question
    from explorer.points import PointMap

NO_PLACE = 0xFFFFFFFF
"""The map index of a point that is not on the map."""


@dataclass(frozen=True, eq=False)
class Matrix:
    """Which points are near which, and how near.

    Attributes:
        question: what was asked for.
        neighbours: the filled cells, a line for each point.
        seriation: the order that brings like points together, and their groups.

    """

    question: Question
    neighbours: Neighbours
    seriation: Seriation

    def __len__(self) -> int:
        return len(self.neighbours)

    @cached_property
    def cells(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
        """Rows, columns (places in the ids) and scores, row by row, best first: (cells,) each."""
        rows, ranks = np.nonzero(self.neighbours.filled)
        columns = self.neighbours.indices[rows, ranks].astype(np.int64)
        return rows, columns, self.neighbours.scores[rows, ranks]

    def to_pairs(self) -> models.SearchMatrixPairsResponse:
        """Return the cells as pairs of ids, the first format of the API."""
        ids = self.neighbours.ids
        cells = zip(*(part.tolist() for part in self.cells), strict=True)
        pairs = [models.SearchMatrixPair(a=ids[a], b=ids[b], score=score) for a, b, score in cells]
        return models.SearchMatrixPairsResponse(pairs=pairs)

    def to_offsets(self) -> models.SearchMatrixOffsetsResponse:
        """Return the cells as a sparse matrix in coordinate form, the second format."""
        rows, columns, scores = (part.tolist() for part in self.cells)
        return models.SearchMatrixOffsetsResponse(
            offsets_row=rows, offsets_col=columns, scores=scores, ids=list(self.neighbours.ids)
        )

    @cached_property
    def version(self) -> str:
        """A name for exactly these cells in this order."""
        digest = blake2b(repr(self.neighbours.ids).encode(), digest_size=8)
        for part in (*self.cells, self.seriation.order, self.seriation.groups):
            digest.update(np.ascontiguousarray(part).tobytes())
        return digest.hexdigest()

    def within(self, rows: range, columns: range) -> tuple[PointId, ...]:
        """Return the points at some positions of the order: of the rows, then of the columns."""
        order = self.seriation.order
        positions = dict.fromkeys([*rows, *columns])
        return tuple(self.neighbours.ids[order[at]] for at in positions if at < len(order))

    def packed(self, points: PointMap) -> bytes:
        """Return the cells as the heat map reads them, little-endian.

        `uint32 n, cells`; for each position its index on the map and its group (uint32 each); then
        for each cell its row, its column (uint32, positions) and its score (float32).
        """
        order = self.seriation.order
        position = np.empty(len(order), np.int64)
        position[order] = np.arange(len(order))
        ids = self.neighbours.ids
        found = (points.index(ids[place]) for place in order.tolist())
        indices = [NO_PLACE if index is None else index for index in found]
        rows, columns, scores = self.cells
        parts = (
            np.array([len(order), len(rows), *indices], "<u4"),
            self.seriation.groups[order].astype("<u4"),
            position[rows].astype("<u4"),
            position[columns].astype("<u4"),
            scores.astype("<f4"),
        )
        return b"".join(part.tobytes() for part in parts)


def compute(client: Client, question: Question, report: Report, stopped: Stopped) -> Matrix:
    """Return the matrix that a question asks for, as a job.

    Raises WrongInput for an unknown vector, what the client raises for a filter that does not fit,
    and Cancelled when stopped.
    """
    found = neighbours(
        client,
        question.collection,
        question.using,
        question.limit,
        wanted=question.filter(),
        ids=question.ids or None,
        sample=None if question.ids else question.sample,
        seed=question.seed,
        report=report,
        stopped=stopped,
    )
    if stopped():
        raise Cancelled
    report(0, None, "Ordering the points")
    return Matrix(question, found, seriate(found, question.seed))
