"""The rows of a leaf that a graph covers: whether to walk or to scan, and what that proposes."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from engine.index.parameters import graph_parameters
from engine.index.passes import possible_best
from engine.index.scan import Scan
from engine.index.scorer import ask
from engine.index.walk import walk
from engine.query.costs import breadth, kept, kept_past, past_cost, rescored, walk_budget, walk_cost
from engine.query.proposals import Access, Proposed
from engine.query.starts import entry_rows, is_zoned, scattered

if TYPE_CHECKING:
    from collections.abc import Generator

    from numpy.typing import NDArray

    from engine.index.parameters import GraphParameters
    from engine.index.quantised import Quantised
    from engine.index.scan import Possible
    from engine.index.scorer import Asked
    from engine.index.segment import Segment
    from engine.index.walk import Found
    from engine.payload.allowed import Allowed
    from engine.query.access import Leaf
    from engine.query.proposals import Proposal
    from engine.query.search import Search
    from engine.schema import CollectionConfig
    from engine.vectors import DenseRows

Rows: TypeAlias = "NDArray[np.int64]"

Scanning: TypeAlias = "Generator[Scan, Possible | None, Rows]"
"""Yields the scans it wants, is sent what each cannot rule out, and returns rows."""

_FEW = 16
"""Rows that may not be found, up to which all are looked at, and so many more asked for."""

_LAST_STEP = 0.5  # less than a whole rank

_KEPT = "a walk kept {:,} of the {:,} points that it scored"
_GAVE_UP = "a walk gave up after {:,} of {:,} points"
_FEW_INSIDE = "a walk met too few points on the good side of all pairs"


class Covered(NamedTuple):
    """The rows of a leaf that a graph covers, and the tail behind them, which is always scanned.

    Attributes:
        leaf: what is searched.
        vectors: all rows of the vector.
        segment: its graph.
        coded: the covered rows in 8 bits.
        asked: the query in the same form.
        allowed: the covered rows that may be found.

    """

    leaf: Leaf
    vectors: DenseRows
    segment: Segment
    coded: Quantised
    asked: Asked
    allowed: Allowed

    def proposal(self) -> Proposal:
        """Propose what a walk finds, or a scan."""
        return (yield from self.completed(*self.walked()))

    def walked(self) -> tuple[Rows | None, Access]:
        """Return what a walk proposes of the covered rows, or why to scan them."""
        past, count = self.past, self.allowed.count
        ef = past or self.ef
        cost = past_cost(ef) if past else walk_cost(ef, self.segment.linked, count)
        reason, is_forced = self.refusal(cost), self.leaf.mode == "graph"
        if reason:
            return None, Access("scan", reason)
        found = walk_among(
            self.segment,
            self.coded,
            self.asked,
            self.allowed,
            ef=ef,
            entries=entry_rows(self.leaf.search, self.vectors, self.segment.graph, self.coded),
            past=past > 0,
            budget=None if is_forced else walk_budget(cost, count),
        )
        wanted = 0 if is_forced else min(self.leaf.limit, count)
        if len(found.rows) < wanted or (found.exhausted and not is_forced):
            return None, Access("scan", _GAVE_UP, (found.visited, count))
        rows = self._chosen(found)
        if rows is None:
            return None, Access("scan", _FEW_INSIDE)
        return rows, Access("graph", _KEPT, (ef, found.visited))

    def completed(self, rows: Rows | None, access: Access) -> Proposal:
        """Propose what a walk did, or None a scan of the covered rows, and the tail."""
        if rows is None:
            rows = yield from remaining(self.coded, self.asked, self.allowed, self.leaf.limit)
        if not self.is_all:
            rows = yield from self._with_tail(rows)
        return Proposed(rows, access)

    @property
    def is_all(self) -> bool:
        """Whether there is no tail."""
        return self.segment.rows == self.leaf.snapshot.rows

    @property
    def ef(self) -> int:
        """How many rows a walk keeps."""
        params = self.leaf.params
        wanted = None if params is None else params.hnsw_ef
        if wanted is None:
            times = breadth(self.leaf.search, self.coded.centre)
            wanted = kept(self.leaf.limit, self.segment, times)
        return max(1, min(max(wanted, self.leaf.limit), self.segment.linked))

    @property
    def past(self) -> int:
        """How many rows a walk keeps that leads past what may not be found; 0 for no such walk."""
        leaf = self.leaf
        is_single = leaf.search.strategy.sides == ("target",) and len(self.asked.codes) == 1
        is_planned = leaf.mode == "planned" and (leaf.params is None or not leaf.params.hnsw_ef)
        return kept_past(leaf.limit, self.segment, self.allowed) if is_single and is_planned else 0

    def refusal(self, cost: int) -> str:
        """Return why to scan all the same, empty where a walk of this cost is better."""
        leaf, count = self.leaf, self.allowed.count
        if leaf.mode == "scan":
            return "this engine always scans"
        if leaf.params is not None and leaf.params.exact:
            return "the request wants exact results"
        if leaf.mode == "graph":
            return ""
        parameters = parameters_of(leaf.snapshot.config, self.vectors.spec.name)
        if count * self.vectors.row_bytes < parameters.scan_bytes:
            return f"{count:,} points are below full_scan_threshold"
        if cost >= count:
            return f"a walk costs as much as a scan of {cost:,} points, not {count:,}"
        return scattered(leaf.search)

    def _chosen(self, found: Found) -> Rows | None:
        """Return which of the rows found are scored exactly, ascending.

        What guides a walk to the best zone tells nothing of who is inside. None unless so many as
        are wanted are there for certain: then the best zone may be another, anywhere.
        """
        if not is_zoned(self.leaf.search.strategy):
            rows = found.rows[: self._rescored]
            rows.sort()
            return rows
        rows, pairs = np.sort(found.rows), len(self.leaf.search.positive)
        possible = possible_best(self.coded, self.asked, rows, self.leaf.limit)
        if self.leaf.mode == "graph":
            return rows if possible is None else possible.rows
        is_certain = possible is not None and possible.least > pairs - _LAST_STEP
        return possible.rows if possible is not None and is_certain else None

    @property
    def _rescored(self) -> int:
        """How many of the rows that a walk keeps are scored exactly.

        None but the wanted ones where the request wants no rescoring, all where it wants nothing
        to do with rows in 8 bits: these choose then only where the walk goes.
        """
        asked = None if self.leaf.params is None else self.leaf.params.quantization
        if asked is not None and asked.ignore:
            return self.ef
        if asked is not None and asked.rescore is False:
            return self.leaf.limit
        if asked is not None and asked.oversampling is not None:
            return max(self.leaf.limit, int(min(self.ef, asked.oversampling * self.leaf.limit)))
        return rescored(self.leaf.limit)

    def _with_tail(self, rows: Rows) -> Scanning:
        """Return covered rows and the tail; a tail that is due to be covered may be left out."""
        params = self.leaf.params
        if params is not None and params.indexed_only:
            points = self.leaf.allowed.beyond(self.segment.rows).count
            parameters = parameters_of(self.leaf.snapshot.config, self.vectors.spec.name)
            if parameters.wants_graph(points, self.vectors.row_bytes):
                return rows
        tail = yield from self.leaf.behind(self.vectors, self.segment.rows)
        return np.append(rows, tail)


def walk_among(
    segment: Segment,
    coded: Quantised,
    asked: Asked,
    allowed: Allowed,
    *,
    ef: int,
    entries: Rows | None = None,
    past: bool = False,
    budget: int | None = None,
) -> Found:
    """Return what a walk finds of the rows that may be found, which are all in a segment.

    Where but a few others have links, such as the examples themselves, they are left out
    afterwards: a walk that looks at no mask is faster. Other arguments are as of `walk`.
    """
    missing = segment.linked - allowed.count
    if missing > _FEW:
        bits = allowed.bits
        return walk(
            segment.graph,
            coded,
            asked,
            ef=ef,
            entries=entries,
            allowed=bits,
            past=past,
            budget=budget,
        )
    found = walk(segment.graph, coded, asked, ef=ef + missing, entries=entries, budget=budget)
    if not missing:
        return found
    kept = np.flatnonzero(allowed.of(found.rows))[:ef]
    return found._replace(rows=found.rows[kept], scores=found.scores[kept])


@lru_cache(maxsize=256)
def parameters_of(config: CollectionConfig, name: str) -> GraphParameters:
    """Return the settings of a vector, which are the same for every query of a state."""
    return graph_parameters(config.echo, name)


def remaining(
    coded: Quantised | None, asked: Asked | None, allowed: Allowed, limit: int
) -> Scanning:
    """Return those of the allowed rows that a scan of coded ones cannot rule out."""
    if coded is None or asked is None or not allowed:
        return allowed.rows
    missing = allowed.rows_in_all - allowed.count
    if missing > _FEW:
        possible = yield Scan(coded, asked, allowed.rows, limit)
        return allowed.rows if possible is None else possible.rows
    possible = yield Scan(coded, asked, None, limit + missing)
    if possible is None:
        return allowed.rows
    return possible.rows[allowed.of(possible.rows)] if missing else possible.rows


def asked_of(search: Search, coded: Quantised) -> Asked | None:
    """Return the query in the form that walks and scans of rows in 8 bits take, if it has one."""
    return ask(search.strategy, coded, search.encoded, len(search.positive), len(search.negative))
