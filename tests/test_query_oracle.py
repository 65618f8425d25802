"""Random queries of every kind against Qdrant's own core, run in this process."""

from __future__ import annotations

import numpy as np
import pytest
import qdrant_edge as edge
from qdrant_client import models

from engine import Engine

POINTS, SIZE = 300, 12
DISTANCES = ["Cosine", "Dot", "Euclid", "Manhattan"]
COLLECTION = "c"


@pytest.fixture(scope="module")
def vectors():
    rng = np.random.default_rng(11)
    made = rng.standard_normal((POINTS, SIZE)).astype(np.float32)
    made[40] = made[41]  # duplicates, a zero vector, and one that is nearly a duplicate
    made[50] = 0
    made[60] = made[61] + np.float32(1e-4)
    return made


@pytest.fixture(scope="module")
def engine(vectors):
    with Engine(":memory:") as made:
        made.create_collection(
            COLLECTION,
            {name: models.VectorParams(size=SIZE, distance=name) for name in DISTANCES},
        )
        made.upsert(
            COLLECTION,
            [
                models.PointStruct(id=number, vector=dict.fromkeys(DISTANCES, vector.tolist()))
                for number, vector in enumerate(vectors)
            ],
        )
        yield made


@pytest.fixture(scope="module")
def oracle(vectors, tmp_path_factory):
    parameters = {
        name: edge.EdgeVectorParams(SIZE, getattr(edge.Distance, name)) for name in DISTANCES
    }
    folder = tmp_path_factory.mktemp("edge")
    shard = edge.EdgeShard.create(str(folder), edge.EdgeConfig(vectors=parameters))
    points = [
        edge.Point(number, dict.fromkeys(DISTANCES, vector.tolist()), {})
        for number, vector in enumerate(vectors)
    ]
    shard.update(edge.UpdateOperation.upsert_points(points))
    return shard


def pairs_of(vectors):
    return list(zip(vectors[::2], vectors[1::2], strict=True))


def nearest(v):
    return models.NearestQuery(nearest=v[0]), lambda using: edge.Query.Nearest(v[0], using)


def recommend(strategy, split, kind):
    def query(v):
        positive, negative = v[:split], v[split:]
        asked = models.RecommendInput(positive=positive, negative=negative, strategy=strategy)
        examples = edge.RecommendQuery(positive, negative)
        return models.RecommendQuery(recommend=asked), lambda using: kind(examples, using)

    return query


def average(v):
    positive, negative = v[:3], v[3:]
    liked, disliked = (np.mean(np.array(side, np.float32), axis=0) for side in (positive, negative))
    asked = models.RecommendInput(positive=positive, negative=negative)
    target = (liked + liked - disliked).tolist()
    return models.RecommendQuery(recommend=asked), lambda using: edge.Query.Nearest(target, using)


def discover(v):
    pairs = pairs_of(v[1:])
    context = [models.ContextPair(positive=one, negative=other) for one, other in pairs]
    asked = models.DiscoverInput(target=v[0], context=context)
    examples = edge.DiscoverQuery(v[0], [edge.ContextPair(*pair) for pair in pairs])
    return models.DiscoverQuery(discover=asked), lambda using: edge.Query.Discover(examples, using)


def context(v):
    pairs = pairs_of(v[:4])
    asked = [models.ContextPair(positive=one, negative=other) for one, other in pairs]
    examples = edge.ContextQuery([edge.ContextPair(*pair) for pair in pairs])
    return models.ContextQuery(context=asked), lambda using: edge.Query.Context(examples, using)


KINDS = {
    "nearest": nearest,
    "average_vector": average,
    "best_score": recommend("best_score", 3, edge.Query.RecommendBestScore),
    "best_score, negatives only": recommend("best_score", 0, edge.Query.RecommendBestScore),
    "sum_scores": recommend("sum_scores", 2, edge.Query.RecommendSumScores),
    "sum_scores, positives only": recommend("sum_scores", 5, edge.Query.RecommendSumScores),
    "discover": discover,
    "context": context,
}


def draw_examples(rng, vectors):
    """Return five vectors: new ones, and stored ones, whose similarities tie and touch zero."""
    stored = vectors[rng.integers(0, POINTS, 5)]
    new = rng.standard_normal((5, SIZE)).astype(np.float32)
    return np.where(rng.random((5, 1)) < 0.4, stored, new).tolist()


def ask_oracle(oracle, query, limit, threshold=None):
    request = edge.QueryRequest(
        limit=limit,
        offset=0,
        query=query,
        prefetches=[],
        filter=None,
        score_threshold=threshold,
        with_payload=False,
        with_vector=False,
        params=edge.SearchParams(exact=True),
    )
    return oracle.query(request)


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(4))
def test_every_score_equals_the_cores(engine, oracle, vectors, distance, kind, seed):
    asked, asked_oracle = KINDS[kind](draw_examples(np.random.default_rng(seed), vectors))
    found = engine.query_points(COLLECTION, asked, using=distance, limit=POINTS).points
    expected = ask_oracle(oracle, asked_oracle(distance), POINTS)
    scores = {point.id: point.score for point in expected}
    assert {point.id for point in found} == set(scores)
    ours = [point.score for point in found]
    np.testing.assert_allclose(ours, [scores[point.id] for point in found], 1e-4, 1e-5)
    np.testing.assert_allclose(ours, [point.score for point in expected], 1e-4, 1e-5)


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("kind", KINDS)
def test_thresholds_cut_where_the_core_cuts(engine, oracle, vectors, distance, kind):
    asked, asked_oracle = KINDS[kind](draw_examples(np.random.default_rng(77), vectors))
    every = engine.query_points(COLLECTION, asked, using=distance, limit=POINTS).points
    for place in (3, 40):
        threshold = (every[place].score + every[place + 1].score) / 2
        found = engine.query_points(
            COLLECTION, asked, using=distance, limit=60, score_threshold=threshold
        ).points
        assert len(found) == len(ask_oracle(oracle, asked_oracle(distance), 60, threshold))
