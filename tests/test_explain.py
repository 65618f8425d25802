"""Explanations: the same score as the query gives, in parts that add up."""

from __future__ import annotations

import numpy as np
import pytest
from qdrant_client import models

from engine import BadRequest, Engine, NotFound
from engine.query import Likeness

DISTANCES = ["Cosine", "Dot", "Euclid", "Manhattan"]
PAIRS = [models.ContextPair(positive=1, negative=2), models.ContextPair(positive=3, negative=4)]


def recommend(strategy):
    recommended = models.RecommendInput(positive=[1, [0.5] * 4], negative=[2], strategy=strategy)
    return models.RecommendQuery(recommend=recommended)


QUERIES = {
    "nearest": models.NearestQuery(nearest=5),
    "average_vector": recommend(None),
    "best_score": recommend("best_score"),
    "sum_scores": recommend("sum_scores"),
    "discover": models.DiscoverQuery(discover=models.DiscoverInput(target=5, context=PAIRS)),
    "context": models.ContextQuery(context=PAIRS),
}
ROLES = {
    "nearest": ["target"],
    "average_vector": ["positive", "positive", "negative"],
    "best_score": ["positive", "positive", "negative"],
    "sum_scores": ["positive", "positive", "negative"],
    "discover": ["target", "pair", "pair"],
    "context": ["pair", "pair"],
}


@pytest.fixture(scope="module", params=["qdrant", "documented"])
def engine(request):
    rng = np.random.default_rng(6)
    with Engine(":memory:", convention=request.param) as made:
        made.create_collection(
            "c", {name: models.VectorParams(size=4, distance=name) for name in DISTANCES}
        )
        vectors = rng.standard_normal((40, 4)).tolist()
        points = [
            models.PointStruct(id=number, vector=dict.fromkeys(DISTANCES, vector))
            for number, vector in enumerate(vectors)
        ]
        made.upsert("c", [*points, models.PointStruct(id=99, vector={})])
        yield made


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("kind", QUERIES)
def test_parts_add_up_to_the_score_of_the_query(engine, kind, distance):
    request = models.QueryRequest(query=QUERIES[kind], using=distance, limit=40)
    hits = engine.query_batch_points("c", [request])[0].points
    explained = engine.explain("c", request, [hit.id for hit in hits])
    for hit, explanation in zip(hits, explained, strict=True):
        assert explanation.point == hit.id
        assert explanation.score == pytest.approx(hit.score, rel=1e-5, abs=1e-6)
        parts = [part.contribution for part in explanation.parts]
        assert sum(parts) == pytest.approx(explanation.score, rel=1e-5, abs=1e-5)
        averaged = kind == "average_vector" and distance in ("Euclid", "Manhattan")
        assert [part.role for part in explanation.parts] == (
            ["average"] if averaged else ROLES[kind]
        )


def test_likenesses_tell_the_similarity_to_every_example(engine):
    request = models.QueryRequest(query=QUERIES["average_vector"], using="Dot")
    likenesses = engine.explain("c", request, [7])[0].likenesses
    stored = {
        point.id: point.vector["Dot"] for point in engine.retrieve("c", [1, 2, 7], True, ["Dot"])
    }
    assert likenesses == (
        Likeness("positive", 0, 1, pytest.approx(np.dot(stored[1], stored[7]), abs=1e-6)),
        Likeness("positive", 1, None, pytest.approx(sum(stored[7]) / 2, abs=1e-6)),
        Likeness("negative", 0, 2, pytest.approx(np.dot(stored[2], stored[7]), abs=1e-6)),
    )


def test_examples_themselves_can_be_explained_though_never_found(engine):
    request = models.QueryRequest(query=QUERIES["context"], using="Euclid")
    assert engine.explain("c", request, [1])[0].likenesses[0].similarity == 0


def test_what_cannot_be_explained_is_refused(engine):
    with pytest.raises(BadRequest, match="Only scores of vector queries can be explained"):
        engine.explain("c", models.QueryRequest(), [1])
    request = models.QueryRequest(query=QUERIES["nearest"], using="Dot")
    with pytest.raises(NotFound, match="No point with id 77 found"):
        engine.explain("c", request, [77])
    with pytest.raises(NotFound, match='Vector with name "Dot" for point not found'):
        engine.explain("c", request, [99])
