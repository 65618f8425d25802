import numpy as np
import pytest
from qdrant_client import models

from engine.errors import FormatError, NotSupported
from engine.payload.indexes import indexed_points, indexed_values, parse_index
from engine.payload.key_path import Payload
from tests.payload_snapshot import payload_view

TYPES = models.PayloadSchemaType
UUID = "f47ac10b-58cc-4372-a567-0e02b2c3d479"
PAYLOADS: list[Payload] = [
    {"a": [1, 2.0, 2.5, True]},
    {"a": ["x", UUID, "2024-03-01"]},
    {"a": {"lat": 1, "lon": 2}},
    {"a": 2**70},
    {"a": None},
    {},
]


@pytest.mark.parametrize("name", list(TYPES))
def test_a_type_or_its_name_is_a_schema(name):
    for schema in (name, name.value):
        index = parse_index("a[].b", schema)
        assert (index.path, index.data_type, index.params) == ("a[].b", name, None)


def test_parameters_say_the_type():
    params = models.TextIndexParams(type=models.TextIndexType.TEXT, phrase_matching=True)
    index = parse_index('"a"', params)
    assert (index.path, index.data_type) == ("a", TYPES.TEXT)
    info = index.info(points=3)
    assert (info.data_type, info.params, info.points) == (TYPES.TEXT, params, 3)
    keyword = parse_index(
        "a", models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD, is_tenant=True)
    )
    assert keyword.data_type is TYPES.KEYWORD


@pytest.mark.parametrize("schema", ["colour", "", None])
def test_an_unknown_type_is_refused(schema):
    with pytest.raises(FormatError, match="use one of bool, datetime, float"):
        parse_index("a", schema)


def test_a_bad_path_is_refused():
    with pytest.raises(FormatError, match="Invalid json path"):
        parse_index("a b", "keyword")


def test_an_index_that_cannot_be_honoured_is_refused():
    params = models.TextIndexParams(
        type=models.TextIndexType.TEXT, stopwords=models.Language.ENGLISH
    )
    with pytest.raises(NotSupported, match="stopwords"):
        parse_index("a", params)


@pytest.mark.parametrize(
    ("data_type", "values", "points"),
    [
        (TYPES.INTEGER, [1, 2], 1),
        (TYPES.FLOAT, [1.0, 2.0, 2.5, 2.0**70], 2),
        (TYPES.BOOL, [True], 1),
        (TYPES.GEO, [[2.0, 1.0]], 1),
        (TYPES.DATETIME, [1709251200 * 10**6], 1),
        (TYPES.KEYWORD, [0, 1, 2], 1),
        (TYPES.TEXT, [0, 1, 2], 1),
        (TYPES.UUID, [1], 1),
    ],
)
def test_an_index_holds_values_of_its_type(data_type, values, points):
    column = payload_view(PAYLOADS).column("a")
    assert indexed_values(column, data_type).values.tolist() == values
    live = np.ones(len(PAYLOADS), np.bool_)
    assert indexed_points(column, data_type, live) == points
    assert indexed_points(column, data_type, ~live) == 0
