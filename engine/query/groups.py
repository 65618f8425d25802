"""Groups: the best points of a query, gathered by the values of a payload field."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from qdrant_client import models

from engine.counts import check_count
from engine.errors import FormatError, NotFound
from engine.ids import PointId, parse_point_id
from engine.query.answer import records, scored_points
from engine.query.conditions import merged_filter
from engine.query.plan import Plan, make_plan
from engine.query.request import ExampleQuery, prefetches
from engine.query.search import allowed_rows
from engine.query.stages import find
from engine.query.trace import UNWATCHED
from engine.trusted import trusted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.payload.column import Column
    from engine.query.candidates import Candidates
    from engine.query.options import Database, Options
    from engine.query.plan import Level
    from engine.query.trace import Tracer
    from engine.snapshot import Snapshot

DEFAULT_LIMIT = 10
DEFAULT_SIZE = 3
_AHEAD = 4  # candidates looked at first, in multiples of what is asked for

GroupId: TypeAlias = int | str


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Candidates that share a value.

    Attributes:
        value: of the field.
        places: int64 (n,), where its best candidates stand, best first.

    """

    value: GroupId
    places: NDArray[np.int64]

    def is_full(self, size: int) -> bool:
        """Return whether it has as many candidates as were asked for."""
        return len(self.places) == size


def run_groups(
    name: str,
    request: models.QueryGroupsRequest,
    database: Database,
    options: Options,
    tracer: Tracer = UNWATCHED,
) -> models.GroupsResult:
    """Answer one query with groups, the group of the best point first.

    A point with several values joins several groups; one with a value that is neither a string nor
    an integer joins none. Groups are made of everything that the query finds, so none is smaller
    than it need be. Each prefetch gives `group_size` times its limit.

    Raises:
        InvalidRequest: `limit` or `group_size` below 1.
        FormatError: `group_by` cannot be parsed.
        NotFound: the collection of `with_lookup` does not exist.
        RequestError: as `run_query`.

    """
    limit = DEFAULT_LIMIT if request.limit is None else request.limit
    size = DEFAULT_SIZE if request.group_size is None else request.group_size
    check_count("search_group_request.group_request.limit", limit, 1)
    check_count("search_group_request.group_request.group_size", size, 1)
    plan = make_plan(name, _ungrouped(request, limit, size), database, options)
    lookup = _lookup(request.with_lookup, database)
    found, groups = _grouped(plan, request.group_by, limit, size, options, tracer)
    with tracer.stage("fetch", len(found), method="read") as stage:
        hits = _hits(plan.snapshot, found, groups, request)
        stage.keeps_count(sum(map(len, hits)))
    looked_up = {} if lookup is None else _looked_up(lookup, [group.value for group in groups])
    return trusted(
        models.GroupsResult,
        groups=[
            trusted(
                models.PointGroup, id=group.value, hits=points, lookup=looked_up.get(group.value)
            )
            for group, points in zip(groups, hits, strict=True)
        ],
    )


def group_by_value(
    snapshot: Snapshot, found: Candidates, path: str, limit: int, size: int
) -> list[Group]:
    """Return the `limit` groups whose best candidates come first, with `size` candidates at most.

    Groups that share their best candidate come in the order of their values as text.

    Raises FormatError when the path cannot be parsed.
    """
    column = snapshot.payload.columns([path], along=snapshot.indexes)[path]
    values, keys, places = _members(column, found.rows)
    order = np.lexsort((places, keys))
    keys, places = keys[order], places[order]
    is_new = np.append(True, (keys[1:] != keys[:-1]) | (places[1:] != places[:-1]))[: len(keys)]
    keys, places = keys[is_new], places[is_new]
    starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])[: len(keys)])
    ends = np.append(starts[1:], len(keys))
    first = _first(places[starts], limit)
    groups = [
        Group(values[keys[start]], places[start : min(end, start + size)])
        for start, end in zip(starts[first].tolist(), ends[first].tolist(), strict=True)
    ]
    return sorted(groups, key=lambda group: (group.places[0], str(group.value)))[:limit]


def _first(best: NDArray[np.int64], limit: int) -> NDArray[np.int64]:
    """Return where the `limit` smallest numbers are, and those equal to the last, in no order."""
    if limit >= len(best):
        return np.arange(len(best))
    return np.flatnonzero(best <= np.partition(best, limit - 1)[limit - 1])


def _ungrouped(request: models.QueryGroupsRequest, limit: int, size: int) -> models.QueryRequest:
    """Return the query that finds the candidates."""
    is_empty = models.IsEmptyCondition(is_empty=models.PayloadField(key=request.group_by))
    has_value = models.Filter(must_not=[is_empty])
    filters = [has_value] if request.filter is None else [request.filter, has_value]
    return trusted(
        models.QueryRequest,
        query=request.query,
        using=request.using,
        prefetch=[_widened(prefetch, size) for prefetch in prefetches(request)],
        filter=merged_filter(filters),
        params=request.params,
        score_threshold=request.score_threshold,
        lookup_from=request.lookup_from,
        limit=limit * size,
    )


def _widened(prefetch: models.Prefetch, size: int) -> models.Prefetch:
    limit = DEFAULT_LIMIT if prefetch.limit is None else prefetch.limit
    inner = [_widened(source, size) for source in prefetches(prefetch)]
    return prefetch.model_copy(update={"limit": limit * size, "prefetch": inner})


def _grouped(
    plan: Plan, path: str, limit: int, size: int, options: Options, tracer: Tracer
) -> tuple[Candidates, list[Group]]:
    """Return candidates and their groups.

    A leaf is asked for a few candidates first. The best of them decide which groups there are, so
    when some of these are not full it is enough to look among their members. Where there are fewer
    groups than wanted, that is so when no other point could make another one.
    """

    def attempt(root: Level) -> tuple[Candidates, list[Group]]:
        found = find(plan._replace(root=root), options, tracer)
        with tracer.stage("group", len(found), note=path) as stage:
            groups = group_by_value(plan.snapshot, found, path, limit, size)
            stage.keeps_count(sum(len(group.places) for group in groups))
        return found, groups

    query, root = plan.root.query, plan.root
    if isinstance(query, ExampleQuery) and query.mmr is not None:
        return attempt(root)  # asked for more points, it would choose others
    if root.sources:
        return attempt(root._replace(limit=sys.maxsize))
    found, groups = attempt(root._replace(limit=root.limit * _AHEAD))
    has_all = len(groups) == limit or not _has_others(plan, path, groups, options)
    if len(found) < root.limit * _AHEAD or (has_all and all(g.is_full(size) for g in groups)):
        return found, groups
    members = (_members_of(path, groups),) if has_all else ()
    return attempt(root._replace(limit=sys.maxsize, filters=(*root.filters, *members)))


def _has_others(plan: Plan, path: str, groups: Sequence[Group], options: Options) -> bool:
    """Return whether a point that the query may find has a value that makes none of the groups."""
    condition = merged_filter(plan.root.filters)
    allowed = allowed_rows(plan.snapshot, condition, options, plan.excluded).mask
    column = plan.snapshot.payload.column(path)
    words, numbers = _by_type(groups)
    known = [column.vocabulary.code(word) for word in words]
    return any(
        bool((lane.rows_in(allowed) & ~np.isin(lane.values, values)).any())
        for lane, values in ((column.strings, known), (column.integers, numbers))
    )


def _members_of(path: str, groups: Sequence[Group]) -> models.Filter:
    """Return the filter that lets the points of some groups through."""
    words, numbers = _by_type(groups)
    is_one = [models.MatchAny(any=words), models.MatchAny(any=numbers)]  # none of [] matches
    should = models.Filter(should=[models.FieldCondition(key=path, match=any_) for any_ in is_one])
    return models.Filter(must=[should])


def _by_type(groups: Sequence[Group]) -> tuple[list[str], list[int]]:
    """Return the groups' strings and integers."""
    values = [group.value for group in groups]
    words = [value for value in values if isinstance(value, str)]
    return words, [value for value in values if isinstance(value, int)]


def _members(
    column: Column, found: NDArray[np.int64]
) -> tuple[Sequence[GroupId], NDArray[np.int64], NDArray[np.int64]]:
    """Return values, and for each membership the number of its value and the candidate's place.

    Args:
        column: the field.
        found: int64 (n,), the rows of the candidates; of a row that comes twice the first counts.

    """
    rows, places = np.unique(found, return_index=True)
    rows, places = _groupable(column, rows, places)
    strings, integers = column.strings.of_rows(rows), column.integers.of_rows(rows)
    codes, string_keys = np.unique(strings.values, return_inverse=True)
    numbers, integer_keys = np.unique(integers.values, return_inverse=True)
    words = [column.vocabulary.strings[code] for code in codes.tolist()]
    return (
        [*words, *numbers.tolist()],
        np.concatenate([string_keys, integer_keys + len(words)]),
        places[np.searchsorted(rows, np.concatenate([strings.rows, integers.rows]))],
    )


def _groupable(
    column: Column, rows: NDArray[np.int64], places: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return rows, ascending, and places without those that have a value that makes no group."""
    nulls = column.null_nodes.of_rows(rows)
    spoiling = [lane.of_rows(rows).rows for lane in (column.booleans, column.floats, column.others)]
    spoilt = np.isin(rows, np.concatenate([*spoiling, nulls.rows[nulls.values]]))
    return rows[~spoilt], places[~spoilt]


def _hits(
    snapshot: Snapshot,
    found: Candidates,
    groups: Sequence[Group],
    request: models.QueryGroupsRequest,
) -> list[list[models.ScoredPoint]]:
    """Return the points of each group."""
    places = np.concatenate([np.empty(0, np.int64), *(group.places for group in groups)])
    points = iter(
        scored_points(snapshot, found.take(places), request.with_payload, request.with_vector)
    )
    return [[next(points) for _ in group.places] for group in groups]


@dataclass(frozen=True, slots=True, eq=False)
class _Lookup:
    snapshot: Snapshot
    asked: models.WithLookup


def _lookup(asked: models.WithLookupInterface | None, database: Database) -> _Lookup | None:
    if asked is None:
        return None
    if isinstance(asked, str):
        asked = models.WithLookup(collection=asked)
    try:
        return _Lookup(database.snapshot(asked.collection), asked)
    except NotFound:
        raise NotFound(f"Collection {asked.collection} not found") from None


def _looked_up(lookup: _Lookup, values: Sequence[GroupId]) -> dict[GroupId, models.Record]:
    """Return the points whose ids are the values of groups, by value."""
    ids = {value: point for value in values for point in _point_ids(value)}
    rows = lookup.snapshot.ids.rows_of(list(ids.values()))
    with_payload = lookup.asked.with_payload
    found = records(
        lookup.snapshot,
        rows[rows >= 0],
        True if with_payload is None else with_payload,
        lookup.asked.with_vectors,
    )
    by_id = {record.id: record for record in found}
    return {value: by_id[point] for value, point in ids.items() if point in by_id}


def _point_ids(value: GroupId) -> Sequence[PointId]:
    """Return the id that a value is, if it is one."""
    try:
        return [parse_point_id(value)]
    except FormatError:
        return []
