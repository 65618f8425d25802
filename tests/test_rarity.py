"""Rare words weigh more among the points that are there: deleted and former ones do not count."""

import math

import pytest
import qdrant_edge as edge
from qdrant_client import models

from engine import Engine
from tests.edge_requests import query_core

POINTS = 400
WORDS = {number: [0, 1 + number % 4] for number in range(POINTS)}
GONE = [number for number in range(POINTS) if number % 8 == 2]
CHANGED = {number: [4] for number in range(POINTS) if number % 16 == 6}
LEFT = {number: words for number, words in (WORDS | CHANGED).items() if number not in GONE}
WORD = 3
ASKED = models.SparseVector(indices=[WORD], values=[1.0])


@pytest.fixture(params=["scan", "rewritten"])
def engine(request):
    with Engine(":memory:") as made:
        rare = models.SparseVectorParams(modifier=models.Modifier.IDF)
        made.create_collection("c", {}, sparse_vectors_config={"words": rare})
        for written in (WORDS, CHANGED):
            points = [
                models.PointStruct(id=number, vector={"words": held(words)})
                for number, words in written.items()
            ]
            made.upsert("c", points)
        made.delete("c", GONE)
        if request.param == "rewritten":
            made._collections.get("c").compact()
        yield made


def held(words):
    return models.SparseVector(indices=words, values=[1.0] * len(words))


def rarity(points):
    holding = sum(WORD in words for words in points.values())
    return math.log((len(points) - holding + 0.5) / (holding + 0.5) + 1)


def test_only_what_is_there_counts(engine):
    (best, *_) = engine.query_points("c", ASKED, using="words").points
    assert best.score == pytest.approx(rarity(LEFT), rel=1e-6)
    assert rarity(LEFT) != pytest.approx(rarity(WORDS), rel=0.1)


def test_qdrant_counts_deleted_points_until_it_rewrites_them(tmp_path):
    core = edge.EdgeShard.create(
        str(tmp_path),
        edge.EdgeConfig(
            vectors={},
            sparse_vectors={"words": edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)},
            optimizers=edge.EdgeOptimizersConfig(
                deleted_threshold=0.1, vacuum_min_vector_number=100
            ),
        ),
    )
    for written in (WORDS, CHANGED):
        points = [
            edge.Point(number, {"words": edge.SparseVector(words, [1.0] * len(words))}, {})
            for number, words in written.items()
        ]
        core.update(edge.UpdateOperation.upsert_points(points))
    core.update(edge.UpdateOperation.delete_points(GONE))
    request = models.QueryRequest(query=models.NearestQuery(nearest=ASKED), using="words", limit=1)
    assert query_core(core, request)[0].score == pytest.approx(rarity(WORDS | CHANGED), rel=1e-6)
    assert core.optimize()
    assert query_core(core, request)[0].score == pytest.approx(rarity(LEFT), rel=1e-6)
