"""Models of values that are right by construction equal validated ones."""

import pytest
from qdrant_client import models
from qdrant_client.http.models import QueryResponse

from engine.trusted import filled, trusted

POINT = {"id": 1, "version": 2, "score": 0.5, "payload": {"a": [1]}, "vector": {"x": [1.0]}}
CASES = [
    (models.ScoredPoint, POINT),
    (models.ScoredPoint, {"id": "x", "version": 0, "score": 1.0}),
    (models.Record, {"id": 1, "payload": None}),
    (models.PointGroup, {"id": 3, "hits": []}),
    (models.QueryRequest, {"query": [1.0], "limit": 3}),
    (models.Filter, {"must": []}),
    (QueryResponse, {"points": []}),
]


@pytest.mark.parametrize(("model", "values"), CASES)
def test_they_are_what_validation_gives(model, values):
    made, validated = trusted(model, **values), model(**values)
    assert made == validated
    assert made.model_dump_json(exclude_unset=True) == validated.model_dump_json(exclude_unset=True)
    assert repr(made) == repr(validated)


def test_all_values_may_be_given_at_once():
    values = {**POINT, "shard_key": None, "order_value": None}
    (made,) = filled(models.ScoredPoint, [dict(values)], POINT)
    assert made == models.ScoredPoint(**POINT)
    assert list(made.__dict__) == list(models.ScoredPoint.model_fields)
    assert made.model_fields_set == set(POINT)


def test_they_are_changed_and_copied_like_others():
    made, other = (trusted(models.ScoredPoint, **POINT) for _ in range(2))
    made.order_value = 7
    assert made.model_copy(deep=True) == made
    assert made.model_fields_set == {*POINT, "order_value"}
    assert other.order_value is None
    assert other.model_fields_set == set(POINT)
