"""Whole queries against a plain reading of every formula, whichever way they go.

One collection has points that a graph covers, dead ones, and a tail, in every distance and
datatype. Each question is asked of scans and walks, by one thread and by several, alone and in a
batch, with the compiled loops and without.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qdrant_client import models

from engine import Engine, warm_up
from engine.index import graph_support, loops, passes
from engine.payload import spans
from engine.query import access, leaves
from engine.scoring import kernels
from engine.workers import Workers
from tests.test_scoring import READINGS

pytestmark = pytest.mark.skipif(not graph_support().available, reason=graph_support().reason)

COVERED, TAIL, DIM = 700, 60, 11
COUNT = COVERED + TAIL
SPACES = {
    f"{distance.value} {datatype}": (distance, datatype)
    for distance in models.Distance
    for datatype in ("float32", "float16", "uint8")
}
FAR = (models.Distance.EUCLID, models.Distance.MANHATTAN)
KINDS = "nearest", "average_vector", "best_score", "sum_scores", "discover", "context", "feedback"
FEEDBACK = {"a": 0.5, "b": 2.0, "c": 0.25}
PARTS = {"all": None, "most": range(1, 10), "a tenth": [0], "another": [1], "none": []}


def whole_numbers():
    """Return vectors whose products and squares are exact; some come twice, one is zero."""
    drawn = np.random.default_rng(5).integers(0, 30, (COUNT, DIM)).astype(np.float32)
    drawn[100:120] = drawn[300:320]
    drawn[7] = 0
    return drawn


VECTORS, PART = whole_numbers(), np.arange(COUNT) % 10
LIVE = np.arange(COUNT) % 7 != 3


@pytest.fixture(scope="module")
def engine():
    warm_up(wait=True)
    with Engine(":memory:") as made:
        made.create_collection(
            "c",
            {
                name: models.VectorParams(size=DIM, distance=distance, datatype=datatype)
                for name, (distance, datatype) in SPACES.items()
            },
            hnsw_config=models.HnswConfigDiff(full_scan_threshold=10, ef_construct=40),
        )
        fill(made, 0, COVERED)
        assert made.build_index("c")
        fill(made, COVERED, COUNT)
        made.delete("c", np.flatnonzero(~LIVE).tolist())
        yield made


def fill(engine, first, end):
    payload = [{"part": part} for part in PART[first:end].tolist()]
    vectors = dict.fromkeys(SPACES, VECTORS[first:end])
    engine.upload_collection("c", vectors, payload, range(first, end))


def stored(space, rows):
    """Return rows as they are compared; bytes are normalised only then."""
    distance, datatype = SPACES[space]
    if datatype == "uint8":
        rows = np.trunc(np.clip(rows, 0, 255))
    if distance == models.Distance.COSINE:
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        rows = np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0)
    return rows.astype("float16") if datatype == "float16" else rows


def similarities(space, examples):
    """Return how similar each point is to each example, float64 (examples, points)."""
    rows, asked = (stored(space, each).astype(float) for each in (VECTORS, np.array(examples)))
    match SPACES[space][0]:
        case models.Distance.EUCLID:
            return -((asked[:, None] - rows) ** 2).sum(axis=2)
        case models.Distance.MANHATTAN:
            return -np.abs(asked[:, None] - rows).sum(axis=2)
    return asked @ rows.T


def read(kind, convention, space, target, liked, disliked):
    """Return the score of every point, and whether that is a distance."""
    if kind == "average_vector":
        target = 2 * np.mean(liked, axis=0) - np.mean(disliked, axis=0)
    towards, good, bad = (similarities(space, side) for side in ([target], liked, disliked))
    if kind in ("nearest", "average_vector"):
        distance = SPACES[space][0]
        far = np.sqrt(-towards[0]) if distance == models.Distance.EUCLID else -towards[0]
        return (far, True) if distance in FAR else (towards[0], False)
    if kind == "feedback":  # judgements 2 for what is liked, 1 for what is not
        pairs = sum(one - other for one in good for other in bad)
        return FEEDBACK["a"] * towards[0] + FEEDBACK["c"] * pairs, False
    score = READINGS[convention, kind]
    each = zip(towards[0].tolist(), good.T.tolist(), bad.T.tolist(), strict=True)
    return np.array([score(*sides) for sides in each]), False


def query(kind, target, liked, disliked):
    target, liked, disliked = target.tolist(), liked.tolist(), disliked.tolist()
    pairs = [
        models.ContextPair(positive=p, negative=n) for p, n in zip(liked, disliked, strict=True)
    ]
    match kind:
        case "nearest":
            return models.NearestQuery(nearest=target)
        case "discover":
            return models.DiscoverQuery(discover=models.DiscoverInput(target=target, context=pairs))
        case "context":
            return models.ContextQuery(context=pairs)
        case "feedback":
            judged = [(example, 2.0) for example in liked] + [(other, 1.0) for other in disliked]
            return models.RelevanceFeedbackQuery(
                relevance_feedback=models.RelevanceFeedbackInput(
                    target=target,
                    feedback=[models.FeedbackItem(example=e, score=s) for e, s in judged],
                    strategy=models.NaiveFeedbackStrategy(
                        naive=models.NaiveFeedbackStrategyParams(**FEEDBACK)
                    ),
                )
            )
    asked = models.RecommendInput(positive=liked, negative=disliked, strategy=kind)
    return models.RecommendQuery(recommend=asked)


@settings(max_examples=120, deadline=None)
@given(
    space=st.sampled_from(sorted(SPACES)),
    kind=st.sampled_from(KINDS),
    convention=st.sampled_from(["qdrant", "documented"]),
    part=st.sampled_from(sorted(PARTS)),
    limit=st.sampled_from([1, 10, 40, COUNT]),
    mode=st.sampled_from(["planned", "scan", "graph"]),
    copies=st.sampled_from([1, 3]),
    threads=st.sampled_from([1, 3]),
    seed=st.integers(0, 2**32 - 1),
)
def test_every_way_finds_what_the_formula_says(
    engine, space, kind, convention, part, limit, mode, copies, threads, seed
):
    examples = drawn_examples(seed)
    request = models.QueryRequest(
        query=query(kind, *examples),
        using=space,
        filter=among(part),
        limit=limit,
        params=models.SearchParams(hnsw_ef=2 * COUNT) if mode == "graph" else None,
    )
    with pytest.MonkeyPatch.context() as patch:
        use(patch, engine, Workers(threads), search=mode, convention=convention)
        compiled = answers(engine, request, copies)
        for warmth in (loops.LOOPS, kernels.LOOPS, spans.FIND):
            patch.setattr(warmth, "loaded", None)
        plain = answers(engine, request, copies)
    distance, _ = SPACES[space]
    scores, is_distance = read(kind, convention, space, *examples)
    allowed = LIVE if PARTS[part] is None else LIVE & np.isin(PART, PARTS[part])
    best = np.sort(scores[allowed])[:: 1 if is_distance else -1][:limit]
    is_close = {"rtol": 1e-5, "atol": 2e-6 * max(1.0, np.abs(scores).max())}
    # few links lead to short vectors, where others have larger products with everything
    is_whole = mode != "graph" or distance != models.Distance.DOT
    for hits in (*compiled, *plain):
        found, shown = [hit.id for hit in hits], [hit.score for hit in hits]
        assert allowed[found].all()
        assert len(set(found)) == len(found)
        np.testing.assert_allclose(shown, scores[found], **is_close)
        if is_whole or hits in plain:
            np.testing.assert_allclose(shown, best, **is_close)
    if mode != "graph" and distance != models.Distance.COSINE:  # whose numbers are not exact
        assert compiled == plain


def drawn_examples(seed):
    """Return a target, two examples that are liked, and two that are not; some are points."""
    rng = np.random.default_rng(seed)
    new = rng.integers(0, 30, (5, DIM)).astype(np.float32)
    drawn = np.where(rng.random((5, 1)) < 0.5, VECTORS[rng.integers(COUNT, size=5)], new)
    return drawn[0], drawn[1:3], drawn[3:]


def among(part):
    wanted = PARTS[part]
    if wanted is None:
        return None
    match = models.MatchAny(any=[*wanted])
    return models.Filter(must=[models.FieldCondition(key="part", match=match)])


def use(patch, engine, workers, **options):
    """Read all rows in 8 bits first, however few, and let threads share what they read."""
    patch.setattr(engine, "options", replace(engine.options, **options))
    patch.setattr(access, "WORTH", 1)
    for name, value in {"_LONG": 1, "_ALONE": 32, "_SHARED": 32}.items():
        patch.setattr(passes, name, value)
    for module in (passes, leaves):
        patch.setattr(module, "WORKERS", workers)


def answers(engine, request, copies):
    """Return what is found alone, and by each of some in a batch."""
    alone = engine.query_points(
        "c",
        request.query,
        using=request.using,
        query_filter=request.filter,
        limit=request.limit,
        search_params=request.params,
        with_payload=False,
    )
    batch = engine.query_batch_points("c", [request] * copies)
    return [answer.points for answer in (alone, *batch)]
