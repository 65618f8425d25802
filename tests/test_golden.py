"""The engine against answers recorded from Qdrant's own core, run in process (edge 0.9.0).

`golden/` holds fixtures (collections with their points) and cases: the JSON body of a REST call and
its answer.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError
from qdrant_client import models

from engine import Engine
from engine.errors import RequestError

FOLDER = Path(__file__).parent / "golden"
OPERATIONS = ("count", "facet", "groups", "matrix", "query", "retrieve", "scroll")
RELATIVE, ABSOLUTE = 1e-4, 1e-5


def load(name):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


CASES = [case for operation in OPERATIONS for case in load(operation)]


# ---------------------------------------------------------------------- asking


@pytest.fixture(scope="module")
def engine():
    with Engine(":memory:") as engine:
        for name, fixture in load("fixtures").items():
            create_collection(engine, name, fixture)
        yield engine


def create_collection(engine, name, fixture):
    create = fixture["create"]
    vectors = create.get("vectors") or {}
    engine.create_collection(
        name,
        vectors_config=(
            models.VectorParams(**vectors)
            if "size" in vectors
            else {key: models.VectorParams(**value) for key, value in vectors.items()}
        ),
        sparse_vectors_config={
            key: models.SparseVectorParams(**value)
            for key, value in create.get("sparse_vectors", {}).items()
        },
    )
    for index in fixture["indexes"]:
        schema = models.CreateFieldIndex(**index).field_schema
        engine.create_payload_index(name, index["field_name"], schema)
    engine.upsert(name, [models.PointStruct(**point) for point in fixture["points"]])


def ask(engine, case):
    """Return the answer to a case as the JSON that REST would give."""
    name, body = case["fixture"], case["body"]
    condition = models.Filter(**body["filter"]) if "filter" in body else None
    match case["op"]:
        case "query":
            answer = engine.query_batch_points(name, [models.QueryRequest(**body)])[0]
        case "scroll":
            order = models.ScrollRequest(**body).order_by
            points, following = engine.scroll(
                name,
                scroll_filter=condition,
                limit=body.get("limit", 10),
                offset=body.get("offset"),
                order_by=order,
                with_payload=False,
            )
            answer = models.ScrollResult(points=points, next_page_offset=following)
        case "count":
            answer = engine.count(name, condition)
        case "facet":
            answer = engine.facet(name, body["key"], condition, body.get("limit", 10))
        case "retrieve":
            wanted = models.PointRequest(**body)
            points = engine.retrieve(
                name,
                body["ids"],
                with_payload=wanted.with_payload or False,
                with_vectors=wanted.with_vector or False,
            )
            return [json.loads(point.model_dump_json(exclude_none=True)) for point in points]
        case "groups":
            request = models.QueryGroupsRequest(**body)
            answer = engine.query_points_groups(
                name,
                group_by=request.group_by,
                query=request.query,
                using=request.using,
                query_filter=condition,
                limit=body.get("limit", 10),
                group_size=body.get("group_size", 3),
                with_payload=False,
                with_lookup=request.with_lookup,
            )
        case "matrix/pairs" | "matrix/offsets":
            method = getattr(engine, case["op"].replace("matrix/", "search_matrix_"))
            limit, sample = body.get("limit", 3), body.get("sample", 10)
            answer = method(name, condition, limit, sample, body.get("using"))
    return json.loads(answer.model_dump_json(exclude_none=True))


# ------------------------------------------------------------------- comparing


def close(one, other):
    return one == pytest.approx(other, rel=RELATIVE, abs=ABSOLUTE)


def check_scored(expected, found):
    """Scores agree place by place; ids do too, but those of equal scores may be swapped."""
    assert len(found) == len(expected)
    for wanted, got in zip(expected, found, strict=True):
        if "score" in wanted:
            assert close(got["score"], wanted["score"]), (got, wanted)
        assert got.get("order_value") == wanted.get("order_value")
        if got["id"] != wanted["id"]:
            assert "score" in wanted, (got, wanted)
            check_tie(expected, got)


def check_tie(expected, got):
    """`got` is expected elsewhere with the same score, or ties with the last and was cut there."""
    elsewhere = [point for point in expected if point["id"] == got["id"]]
    rivals = elsewhere or expected[-1:]
    assert any(
        close(got["score"], rival["score"])
        and (not elsewhere or rival.get("order_value") == got.get("order_value"))
        for rival in rivals
    ), got


def check_order_values(expected, found):
    assert [p["order_value"] for p in found] == [p["order_value"] for p in expected]
    assert sorted((p["order_value"], p["id"]) for p in found) == sorted(
        (p["order_value"], p["id"]) for p in expected
    )


def check_sample(expected, found):
    ids = [point["id"] for point in found]
    assert len(ids) == len(set(ids)) == len(expected["points"])
    assert set(ids) <= set(expected["allowed"])
    assert {point["score"] for point in found} <= {1.0}


def check_groups(expected, found):
    assert len(found) == len(expected)
    by_id = {group["id"]: group["hits"] for group in found}
    for wanted, got in zip(expected, found, strict=True):
        assert close(got["hits"][0]["score"], wanted["hits"][0]["score"])
        check_scored(wanted["hits"], by_id[wanted["id"]])


def check_cells(expected, found, axes):
    def cells(matrix):
        return [
            {"id": tuple(cell[axis] for axis in axes), "score": cell["score"]} for cell in matrix
        ]

    check_scored(cells(expected), cells(found))


def as_cells(offsets):
    rows, columns, scores = offsets["offsets_row"], offsets["offsets_col"], offsets["scores"]
    return [{"r": r, "c": c, "score": s} for r, c, s in zip(rows, columns, scores, strict=True)]


def rounded(value):
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [rounded(inner) for inner in value]
    return round(value, 4) if isinstance(value, float) else value


def check(case, answer):
    expected = case["expect"]
    match case["op"], case["compare"]:
        case _, "sample":
            check_sample(expected, answer["points"])
        case _, "order_value":
            check_order_values(expected["points"], answer["points"])
        case "query", _:
            check_scored(expected["points"], answer["points"])
        case "scroll", _:
            check_scored(expected["points"], answer["points"])
            assert answer.get("next_page_offset") == expected["next_page_offset"]
        case "groups", _:
            check_groups(expected["groups"], answer["groups"])
        case "matrix/pairs", _:
            check_cells(expected["pairs"], answer["pairs"], ("a", "b"))
        case "matrix/offsets", _:
            assert answer["ids"] == expected["ids"]
            assert answer["offsets_row"] == expected["offsets_row"]
            check_cells(as_cells(expected), as_cells(answer), ("r", "c"))
        case "retrieve", _:
            kept = ("id", "payload", "vector")
            found = [{key: point[key] for key in kept if key in point} for point in answer]
            assert rounded(found) == rounded(expected["records"])
        case _:
            assert rounded(answer) == rounded(expected)


# ----------------------------------------------------------------------- tests


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_answers_as_recorded(engine, case):
    check(case, ask(engine, case))


ERRORS = load("errors")


@pytest.mark.parametrize("case", ERRORS, ids=[case["name"] for case in ERRORS])
def test_refuses_with_the_recorded_status_and_message(engine, case):
    if case["name"] == "unknown_filter_clause":  # the request models refuse it before any engine
        with pytest.raises(ValidationError, match="oops"):
            ask(engine, case)
        return
    with pytest.raises(RequestError) as refusal:
        ask(engine, case)
    assert refusal.value.status == case["status"]
    assert case["message_contains"] in str(refusal.value)
