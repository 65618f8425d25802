"""The distance matrix against one nearest query per sampled point."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from qdrant_client import models

from engine import Engine, InvalidRequest, NotFound, WrongInput
from engine.query import matrix
from engine.scoring import mutual

DISTANCES = ["Cosine", "Dot", "Euclid", "Manhattan"]
POINTS = 60


@pytest.fixture(scope="module")
def engine():
    rng = np.random.default_rng(8)
    vectors = rng.integers(-3, 4, (POINTS, 4)).astype(float)  # a grid: scores tie
    with Engine(":memory:") as made:
        made.create_collection(
            "c",
            {name: models.VectorParams(size=4, distance=name) for name in DISTANCES},
            sparse_vectors_config={"sparse": models.SparseVectorParams()},
        )
        points = []
        for number, vector in enumerate(vectors):
            named = dict.fromkeys(DISTANCES, vector.tolist())
            named["Cosine"] = rng.standard_normal(4).tolist()  # unit vectors have no exact ties
            indices = np.flatnonzero(rng.random(6) < 0.2).tolist()
            named["sparse"] = models.SparseVector(indices=indices, values=[1.0] * len(indices))
            payload = {"even": number % 2 == 0}
            points.append(models.PointStruct(id=number, vector=named, payload=payload))
        made.upsert("c", points)
        made.upsert("c", [models.PointStruct(id=1000, vector={})])
        yield made


EVEN = models.Filter(must=[models.FieldCondition(key="even", match=models.MatchValue(value=True))])


def as_pairs(response):
    return [(pair.a, pair.b, pair.score) for pair in response.pairs]


def neighbours(engine, using):
    """Return every point's neighbours, best first, as nearest queries give them."""
    requests = [
        models.QueryRequest(query=point, using=using, limit=POINTS) for point in range(POINTS)
    ]
    return [answer.points for answer in engine.query_batch_points("c", requests)]


@pytest.mark.parametrize("using", [*DISTANCES, "sparse"])
def test_each_row_is_a_nearest_query_within_the_sample(engine, monkeypatch, using):
    rows = neighbours(engine, using)
    for limit, block in itertools.product((1, 4, 100), (7, 512)):
        monkeypatch.setattr(matrix, "_BLOCK", block)
        monkeypatch.setattr(mutual, "SIDE", block)
        found = as_pairs(engine.search_matrix_pairs("c", None, limit, 100, using))
        expected = [
            (point, hit.id, hit.score) for point, hits in enumerate(rows) for hit in hits[:limit]
        ]
        assert [pair[:2] for pair in found] == [pair[:2] for pair in expected]
        np.testing.assert_allclose([p[2] for p in found], [p[2] for p in expected], 1e-5, 1e-6)


def test_offsets_are_the_pairs_as_places_in_the_ids(engine):
    pairs = as_pairs(engine.search_matrix_pairs("c", EVEN, 3, 100, "Euclid"))
    offsets = engine.search_matrix_offsets("c", EVEN, 3, 100, "Euclid")
    assert offsets.ids == list(range(0, POINTS, 2))
    rows, columns = offsets.offsets_row, offsets.offsets_col
    cells = zip(rows, columns, offsets.scores, strict=True)
    assert [(offsets.ids[r], offsets.ids[c], s) for r, c, s in cells] == pairs


def test_a_sample_is_drawn_from_what_the_filter_lets_through(engine):
    drawn = engine.search_matrix_offsets("c", EVEN, 3, 9, "Dot", seed=1)
    assert len(drawn.ids) == 9
    assert drawn.ids == sorted(drawn.ids)
    assert {point % 2 for point in drawn.ids} == {0}
    assert engine.search_matrix_offsets("c", EVEN, 3, 9, "Dot", seed=1) == drawn
    others = [engine.search_matrix_offsets("c", EVEN, 3, 9, "Dot", seed=s).ids for s in range(5)]
    assert any(ids != drawn.ids for ids in others)


def test_chosen_ids_are_compared_with_each_other_alone(engine):
    chosen = engine.search_matrix_offsets("c", None, 2, using="Cosine", ids=[30, 4, 12, 4])
    assert chosen.ids == [4, 12, 30]
    assert len(chosen.scores) == 6
    among_even = engine.search_matrix_offsets("c", EVEN, 2, using="Cosine", ids=[3, 4, 12])
    assert among_even.ids == [4, 12]


def test_fewer_than_two_points_give_an_empty_matrix(engine):
    empty = engine.search_matrix_offsets("c", None, 3, using="Dot", ids=[4])
    assert empty == models.SearchMatrixOffsetsResponse(
        offsets_row=[], offsets_col=[], scores=[], ids=[]
    )
    nobody = models.Filter(must=[models.HasIdCondition(has_id=[])])
    assert engine.search_matrix_pairs("c", nobody, using="Dot").pairs == []


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"sample": 1}, InvalidRequest, "search_request.sample: value 1 invalid, must be 2"),
        ({"limit": 0}, InvalidRequest, "search_request.limit: value 0 invalid, must be 1"),
        ({"using": "zz"}, WrongInput, "Vector with name zz is not configured"),
        ({"ids": [1, 999]}, NotFound, "No point with id 999 found"),
        ({"ids": [1, 1000]}, NotFound, 'Vector with name "Dot" for point not found'),
    ],
)
def test_bad_requests_are_refused_with_the_reason(engine, arguments, error, message):
    with pytest.raises(error, match=message):
        engine.search_matrix_pairs("c", **{"using": "Dot", **arguments})
