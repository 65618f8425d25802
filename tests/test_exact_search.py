"""Exact searches of collections large enough for rows in 8 bits give what plain scans give."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from qdrant_client import models

from engine import Engine, warm_up
from engine.index import passes

POINTS, SIZE = 9000, 64


@pytest.fixture(scope="module", autouse=True)
def compiled():
    warm_up(wait=True)  # both: NumPy, which answers until then, rounds otherwise


def requests(vectors):
    given = [vector.tolist() for vector in vectors]
    pairs = [models.ContextPair(positive=given[i], negative=given[i + 1]) for i in (0, 2)]

    def recommend(strategy):
        return models.RecommendQuery(
            recommend=models.RecommendInput(
                positive=[3, given[0]], negative=given[1:3], strategy=strategy
            )
        )

    return {
        "nearest": given[0],
        "best_score": recommend(models.RecommendStrategy.BEST_SCORE),
        "sum_scores": recommend(models.RecommendStrategy.SUM_SCORES),
        "average_vector": recommend(models.RecommendStrategy.AVERAGE_VECTOR),
        "discover": models.DiscoverQuery(
            discover=models.DiscoverInput(target=given[4], context=pairs)
        ),
        "context": models.ContextQuery(context=pairs),
    }


def answers(engine, queries, **options):
    found = {}
    for name, query in queries.items():
        points = engine.query_points("rows", query=query, with_payload=False, **options).points
        found[name] = [(point.id, point.score) for point in points]
    return found


def joined_coding():
    for thread in threading.enumerate():
        if thread.name == "coding of rows":
            thread.join()


@pytest.mark.parametrize("distance", list(models.Distance))
@pytest.mark.parametrize(
    "datatype", [models.Datatype.FLOAT32, models.Datatype.FLOAT16, models.Datatype.UINT8]
)
def test_ids_scores_and_ties_are_the_same(distance, datatype, monkeypatch):
    rng = np.random.default_rng(11)
    vectors = np.abs(rng.standard_normal((POINTS, SIZE)) * 60).astype(np.float32)
    vectors[4000:4500] = vectors[100]  # ties, at the end of many lists
    with Engine(":memory:") as engine:
        params = models.VectorParams(size=SIZE, distance=distance, datatype=datatype)
        engine.create_collection("rows", params)
        order = rng.permutation(POINTS)
        engine.upload_collection("rows", vectors, ids=order.tolist())
        queries = requests(np.vstack([vectors[:4], vectors[100:101]]))
        only = models.Filter(must=[models.HasIdCondition(has_id=list(range(0, POINTS, 2)))])
        for options in ({"limit": 5}, {"limit": 60}, {"limit": 10, "query_filter": only}):
            answers(engine, queries, **options)  # starts the coding
            joined_coding()
            asked: list[object] = []
            with monkeypatch.context() as watched:
                certify = passes._alone

                def counted(*arguments, certify=certify, asked=asked):
                    asked.append(certify(*arguments))
                    return asked[-1]

                watched.setattr(passes, "_alone", counted)
                certified = answers(engine, queries, **options)
            with monkeypatch.context() as off:
                off.setattr(passes, "_alone", lambda *_: None)
                plain = answers(engine, queries, **options)
            assert certified == plain
            assert any(kept is not None for kept in asked), "codes are used at all"


def test_points_that_come_go_and_change_are_seen_at_once():
    rng = np.random.default_rng(1)
    vectors = rng.standard_normal((POINTS, SIZE), dtype=np.float32)
    with Engine(":memory:") as engine:
        engine.create_collection(
            "rows", models.VectorParams(size=SIZE, distance=models.Distance.DOT)
        )
        engine.upload_collection("rows", vectors, ids=range(POINTS))

        def best(query):
            return engine.query_points("rows", query=query.tolist(), limit=1).points[0].id

        best(vectors[0])
        joined_coding()
        far = vectors[0] * 40
        engine.upsert("rows", [models.PointStruct(id=POINTS + 1, vector=far.tolist())])
        assert best(far) == POINTS + 1
        engine.upsert("rows", [models.PointStruct(id=5, vector=(far * 2).tolist())])
        assert best(far) == 5
        engine.delete("rows", points_selector=[5])
        assert best(far) == POINTS + 1
