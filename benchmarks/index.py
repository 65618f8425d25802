"""Searches on a graph through query_points, with recall, beside the real engine's and libraries.

The real engine is in its best configuration: one segment, its graph built before the payload
indexes, with and without vectors in 8 bits; for filters also with a graph built after them, which
has links for them. All graphs have m 16 and ef_construct 100, and all searches keep 100 candidates.
Who finds less than 0.95 of the best so is measured again looking as hard as it takes to find that,
and goals hold for the times at which both do. Each measured call asks the next of a round of
requests.

Four sets: clusters within 48 dimensions; the vectors of the docstrings and of the emoji, tiled with
noise; and fewer points without any structure, for which graphs are hard. Libraries and the client's
local mode are measured on the first only.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from qdrant_client import models

from benchmarks.data import EMBEDDINGS, clustered, tiled, unstructured
from benchmarks.effort import ENOUGH, Contender, looking_harder
from benchmarks.libraries import EF, FILTERING, LIBRARIES
from benchmarks.peers import NAME, LocalMode, Ours, Peer, RealEngine
from benchmarks.recall import exact, recall
from benchmarks.report import Row
from benchmarks.rounds import FIELDS, LIMIT, ROUND, filtered_payloads, requests_of
from benchmarks.timing import interleaved
from engine.index import loops

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from benchmarks.effort import Ask
    from benchmarks.libraries import Find
    from benchmarks.timing import Timing

    Vectors = NDArray[np.float32]

POINTS, HARD, DIMENSIONS = 100_000, 20_000, 384
GOALS = {
    "nearest": 1.5,
    "best_score 4+4": 2.5,
    "sum_scores 4+4": 3.0,
    "discover, 4 related pairs": 4.0,
    "context, 4 related pairs": 2.0,
    "discover, 4 scattered pairs": 1.0,
}
"""How many times as fast as the real engine, 1.5 for the other kinds; below, as the others."""
OTHERS = {"local mode": 500.0}
FILTERED = {"hnswlib": 5.0}
LINKED = "real engine, links for filters"
EXACT = {"local mode"}
"""Who compares every point, and takes minutes for a round."""


def run(points: int = POINTS) -> Iterator[Row]:
    """Measure every kind of query on each set; the hard one never has more than `HARD` points."""
    loops.warm_up(wait=True)
    yield from _measured("clusters", clustered(points, DIMENSIONS), others=True)
    for name in EMBEDDINGS:
        yield from _measured(f"{name} tiled", tiled(name, points))
    yield from _measured("no structure", unstructured(min(points, HARD), DIMENSIONS))


def _measured(data: str, vectors: Vectors, *, others: bool = False) -> Iterator[Row]:
    payloads = filtered_payloads(vectors)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        ours = Ours(Path(folder))
        stack.callback(ours.client.close)
        peers: dict[str, Peer] = {
            "real engine": RealEngine(Path(folder), graph=True, indexed=FIELDS),
            "real engine, int8": RealEngine(Path(folder), graph=True, int8=True, indexed=FIELDS),
            LINKED: RealEngine(Path(folder), graph=True, indexed=FIELDS, linked=True),
        }
        if others:
            peers["local mode"] = LocalMode()
        for peer in (ours, *peers.values()):
            peer.load(vectors, payloads, models.Distance.COSINE)
        ours.client.wait_for_index(NAME)
        finds = _finds(vectors, payloads) if others else {}
        for kind, requests in requests_of(vectors).items():
            asks: dict[str, Ask] = {
                name: peer.query
                for name, peer in peers.items()
                if name != LINKED or "filter" in kind
            }
            asks |= {name: _plain(find) for name, find in finds.items() if _takes(name, kind)}
            if kind == "nearest":
                yield _batch(f"{data}: batch of {ROUND} nearest", ours, requests)
            yield from _rows(f"{data}: {kind}", kind, ours, asks, requests)


def _finds(vectors: Vectors, payloads: list[dict[str, object]]) -> dict[str, Find]:
    kept = {
        name: np.array([payload[name] == "yes" for payload in payloads]) for name in payloads[0]
    }
    return {name: make(vectors, LIMIT, kept) for name, make in LIBRARIES.items()}


def _takes(library: str, kind: str) -> bool:
    return kind == "nearest" or (kind.startswith("nearest") and library in FILTERING)


def _goal(kind: str, peer: str) -> float:
    """Return how many times as fast as the peer a query is to be."""
    if peer.startswith("real engine"):
        return GOALS.get(kind, 1.5)
    return OTHERS.get(peer) or (FILTERED.get(peer, 1.5) if "filter" in kind else 1.5)


def _plain(find: Find) -> Ask:
    """Return a library's search for the vector of a request, and its filter, if it has one."""

    def ask(request: models.QueryRequest) -> list[int]:
        given = request.filter.must if request.filter is not None else None
        only = given[0] if isinstance(given, list) else None
        field = only.key if isinstance(only, models.FieldCondition) else None
        wanted = request.params.hnsw_ef if request.params is not None else None
        return [int(row) for row in find(np.array(request.query, np.float32), field, wanted or EF)]

    return ask


def _batch(work: str, ours: Ours, requests: list[models.QueryRequest]) -> Row:
    """Measure a batch beside the same requests one by one."""
    batch = [request.model_copy(update={"with_payload": True}) for request in requests]

    def together() -> list[models.QueryResponse]:
        return ours.client.query_batch_points(NAME, batch)

    def alone() -> object:
        return [ours.query(request) for request in requests]

    taken = interleaved({"ours": together, "alone": alone}, repeats=2 * ROUND, budget=3.0)
    ratio = taken["alone"].median / taken["ours"].median
    best = [exact(ours, request) for request in requests]
    found = iter([[int(hit.id) for hit in answer.points] for answer in together()])
    return Row(
        work=work,
        ours=taken["ours"].median * 1e3,
        p95=taken["ours"].p95 * 1e3,
        recall=recall(ours, lambda _: next(found), requests, best),
        against="ours, one by one",
        peer=taken["alone"].median * 1e3,
        peer_recall=recall(ours, ours.query, requests, best),
        ratio=ratio,
        goal=">= 1x",
        met=ratio >= 1,
    )


def _rows(
    work: str, kind: str, ours: Ours, peers: Mapping[str, Ask], requests: list[models.QueryRequest]
) -> Iterator[Row]:
    """Compare with each peer as both are by themselves, and where both find enough."""
    best = [exact(ours, request) for request in requests]
    measure = partial(recall, ours, best=best)
    everyone = {"ours": ours.query, **peers}
    plain = {
        name: Contender(name, ask, requests, 1.0 if name in EXACT else measure(ask, requests))
        for name, ask in everyone.items()
    }
    harder = {name: looking_harder(each, measure) for name, each in plain.items()}
    taken = interleaved(
        {each.name: _following(each) for each in (*plain.values(), *harder.values())},
        repeats=2 * ROUND,
        budget=2.0,
    )
    for name in peers:
        ours_and_peer, goal = (plain["ours"], plain[name]), _goal(kind, name)
        is_fair = all(each.finds_enough for each in ours_and_peer)
        yield _row(work, *ours_and_peer, taken, goal if is_fair else None)
        if not is_fair:
            yield _row(f"{work} at recall {ENOUGH}", harder["ours"], harder[name], taken, goal)


def _row(
    work: str,
    ours: Contender,
    peer: Contender,
    taken: Mapping[str, Timing],
    goal: float | None = None,
) -> Row:
    """Return a comparison, with its goal, so many times as fast, where that is fair."""
    own, theirs = taken[ours.name], taken[peer.name]
    ratio = theirs.median / own.median
    return Row(
        work=work,
        ours=own.median * 1e3,
        p95=own.p95 * 1e3,
        recall=ours.recall,
        against=peer.name,
        peer=theirs.median * 1e3,
        peer_recall=peer.recall,
        ratio=ratio,
        goal="" if goal is None else f">= {goal:g}x",
        met=None if goal is None else ratio >= goal and ours.finds_enough,
        note="" if ours.name == "ours" else ours.name,
    )


def _following(contender: Contender) -> Callable[[], list[int]]:
    following = cycle(contender.requests)
    return lambda: contender.ask(next(following))
