"""How a leaf of a query gets at its points: a scan of all it may find, or a walk on the graph.

Either way rows are only proposed. They are scored from the stored vectors by the same code, so that
a point has the same score however it was found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from engine.index.coding import WORTH
from engine.index.inverted import leading_rows
from engine.query.covered import Covered, asked_of, remaining
from engine.query.proposals import Access, Proposed
from engine.vectors import DenseRows, SparseRows
from engine.vectors.sparse import sparse_query

if TYPE_CHECKING:
    from qdrant_client import models

    from engine.index.quantised import Quantised
    from engine.index.segment import Segment
    from engine.payload.allowed import Allowed
    from engine.query.covered import Rows, Scanning
    from engine.query.options import Mode
    from engine.query.proposals import Proposal
    from engine.query.search import Search
    from engine.snapshot import Snapshot


class Leaf(NamedTuple):
    """A search over all points of a collection that filters allow.

    Attributes:
        snapshot: the collection.
        search: what points are compared with.
        allowed: the rows that may be found: live, allowed, with the vector.
        limit: how many are wanted.
        params: of the request.
        mode: of the engine.

    """

    snapshot: Snapshot
    search: Search
    allowed: Allowed
    limit: int
    params: models.SearchParams | None = None
    mode: Mode = "planned"

    def proposal(self) -> Proposal:
        """Yield the scans that are wanted, and return what is proposed.

        A scan proposes at least the best ones with all that tie with the last of them.
        """
        vectors = self.search.vectors
        if isinstance(vectors, SparseRows):
            found, reason = self._sharing(vectors), "sparse vectors have an inverted index"
            return Proposed(found, Access("scan", reason))
        if not isinstance(vectors, DenseRows):
            return Proposed(self.allowed.rows, Access("scan", "only dense vectors have a graph"))
        segment = self.snapshot.segments.get(vectors.spec.name)
        coded = None if segment is None else segment.walked
        if segment is None or coded is None:
            found = yield from self.behind(vectors, 0)
            return Proposed(found, Access("scan", "there is no graph"))
        covered = self.covered(vectors, segment, coded)
        if covered is None:
            reason = "walks are still being compiled, or the numbers are too large for them"
            return Proposed(self.allowed.rows, Access("scan", reason))
        return (yield from covered.proposal())

    def covered(self, vectors: DenseRows, segment: Segment, coded: Quantised) -> Covered | None:
        """Return the rows that a graph covers; None where neither walks nor scans can use it."""
        asked = asked_of(self.search, coded)
        if asked is None:
            return None
        return Covered(self, vectors, segment, coded, asked, self.allowed.before(segment.rows))

    def behind(self, vectors: DenseRows, first: int) -> Scanning:
        """Return those of the rows from `first` on that a scan of them cannot rule out."""
        allowed = self.allowed.beyond(first)
        coding = self.snapshot.codings.get(vectors.spec.name)
        coded = asked = None
        is_worth = len(allowed) * vectors.spec.size >= WORTH
        if coding is not None and coding.first == first and is_worth:
            coded = coding.rows(vectors.data)
            asked = None if coded is None else asked_of(self.search, coded)
        rows = yield from remaining(coded, asked, allowed, self.limit)
        return first + rows if first else rows

    def _sharing(self, vectors: SparseRows) -> Rows:
        """Return the rows that a query of one vector finds: those that share an index with it.

        Of these only what is among the best, where they are found by a compiled loop. Other
        strategies score every row.
        """
        if not self.search.strategy.shows_distance:
            return self.allowed.rows
        query, allowed = sparse_query(self.search.target[0]), self.allowed
        mask, count = None if allowed.is_all else allowed.mask, len(allowed.mask)
        rows = leading_rows(vectors.postings, query, mask, count, self.limit)
        return allowed.within(vectors.shares_index(query)).rows if rows is None else rows
