"""Prefetch trees: whose filters hold where, who is excluded, and how much is passed on."""

from __future__ import annotations

import pytest
from qdrant_client import models

from engine import BadRequest, Engine, InvalidRequest, NotFound, NotSupported, WrongInput

RRF = models.FusionQuery(fusion=models.Fusion.RRF)
POINTS = 20


@pytest.fixture(scope="module")
def engine():
    with Engine(":memory:") as made:
        for name in ("c", "other"):
            made.create_collection(
                name,
                {key: models.VectorParams(size=1, distance="Dot") for key in ("up", "some")},
            )
            made.create_payload_index(name, "n", "integer")
            made.upsert(
                name,
                [
                    models.PointStruct(
                        id=n,
                        vector={"up": [float(n)]} | ({"some": [-float(n)]} if n % 2 else {}),
                        payload={"n": n, "third": n % 3 == 0, "fifth": n % 5 == 0},
                    )
                    for n in range(POINTS)
                ],
            )
        yield made


def has(key):
    return models.FieldCondition(key=key, match=models.MatchValue(value=True))


def up(limit=None, **more):
    return models.Prefetch(**({"query": [1.0], "using": "up", "limit": limit} | more))


def ids(engine, query=None, **arguments):
    return [point.id for point in engine.query_points("c", query, **arguments).points]


def test_ten_points_come_from_a_source_that_says_nothing_else(engine):
    assert len(ids(engine, RRF, prefetch=up(), limit=50)) == 10


def test_an_outer_filter_acts_inside_every_source(engine):
    found = ids(
        engine,
        RRF,
        prefetch=models.Prefetch(prefetch=[up(3)], query=RRF, limit=3),
        query_filter=models.Filter(must=has("third")),
    )
    assert found == [18, 15, 12]


def test_conditions_of_one_kind_are_put_together(engine):
    """`should` outside and inside become one `should`, so either is enough."""
    inner = up(20, filter=models.Filter(should=[has("third")]))
    found = ids(
        engine, RRF, prefetch=inner, query_filter=models.Filter(should=[has("fifth")]), limit=50
    )
    assert sorted(found) == [n for n in range(POINTS) if n % 3 == 0 or n % 5 == 0]


def test_of_two_min_should_the_larger_count_holds(engine):
    def at_least(count, *keys):
        conditions = [has(key) for key in keys]
        return models.Filter(min_should=models.MinShould(conditions=conditions, min_count=count))

    found = ids(
        engine,
        RRF,
        prefetch=up(20, filter=at_least(1, "third")),
        query_filter=at_least(2, "fifth"),
        limit=50,
    )
    assert sorted(found) == [0, 15]


def test_an_id_of_any_level_is_found_by_none(engine):
    sources = [up(4, query=19), up(4, prefetch=[up(20, query=18)], query=17)]
    assert not {17, 18, 19} & set(ids(engine, RRF, prefetch=sources, limit=50))
    elsewhere = up(4, query=19, lookup_from=models.LookupLocation(collection="other"))
    assert 19 in ids(engine, RRF, prefetch=elsewhere)


def test_points_without_the_vector_drop_out_of_rescoring(engine):
    assert ids(engine, [1.0], using="some", prefetch=up(6)) == [15, 17, 19]


def test_each_point_is_rescored_once_and_limits_cut_last(engine):
    sources = [up(6), up(4)]
    found = engine.query_points(
        "c", [-1.0], using="up", prefetch=sources, limit=3, offset=1, score_threshold=-18.0
    ).points
    assert [(point.id, point.score) for point in found] == [(15, -15.0), (16, -16.0), (17, -17.0)]
    assert all(point.version > 0 for point in found)


def test_sources_may_scroll_sample_or_order(engine):
    sources = [
        models.Prefetch(limit=2),
        models.Prefetch(query=models.SampleQuery(sample="random"), limit=POINTS),
        models.Prefetch(query=models.OrderByQuery(order_by="n"), limit=1),
    ]
    found = engine.query_points("c", RRF, prefetch=sources, limit=50).points
    assert sorted(point.id for point in found) == list(range(POINTS))
    assert {point.order_value for point in found} == {None}  # that of the first source that has it


def test_points_of_sources_can_be_sampled_and_ordered(engine):
    found = ids(engine, models.SampleQuery(sample="random"), prefetch=up(5), limit=50)
    assert sorted(found) == [15, 16, 17, 18, 19]
    assert len(ids(engine, models.SampleQuery(sample="random"), prefetch=up(5), offset=2)) == 3
    assert ids(engine, models.OrderByQuery(order_by="n"), prefetch=up(5)) == [15, 16, 17, 18, 19]


def test_an_offset_means_nothing_among_all_points(engine):
    sample = models.SampleQuery(sample="random")
    assert len(ids(engine, sample, limit=7, offset=18)) == 7


def test_mmr_at_the_root_stops_at_its_limit_before_the_offset(engine):
    mmr = models.NearestQuery(nearest=[1.0], mmr=models.Mmr(diversity=0.0, candidates_limit=10))
    assert ids(engine, mmr, using="up", limit=5, offset=2) == [17, 16, 15]
    none = models.NearestQuery(nearest=[1.0], mmr=models.Mmr(candidates_limit=0))
    assert ids(engine, none, using="up") == []


def nested(depth):
    made = up()
    for _ in range(depth - 1):
        made = models.Prefetch.model_construct(prefetch=[made], query=RRF, limit=5)
    return made


def test_trees_may_be_64_deep_and_no_deeper(engine):
    assert len(ids(engine, RRF, prefetch=nested(64))) == 5
    with pytest.raises(BadRequest, match="nested more than 64 deep"):
        ids(engine, RRF, prefetch=nested(65))


def test_many_sources_are_fine(engine):
    assert len(ids(engine, RRF, prefetch=[up(1)] * 500)) == 1


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"prefetch": up(0), "query": RRF}, InvalidRequest, "internal.limit: value 0 invalid"),
        ({"prefetch": up(query=99), "query": RRF}, NotFound, "No point with id 99 found"),
        ({"prefetch": up(using="zz"), "query": RRF}, WrongInput, "vector name error: zz"),
        ({"prefetch": up(query=[1.0, 2.0]), "query": RRF}, WrongInput, "expected dim: 1, got 2"),
        ({"prefetch": up()}, BadRequest, "A query is needed to merge the prefetches"),
        (
            {"prefetch": up(prefetch=up(), query=None), "query": RRF},
            BadRequest,
            "A query is needed to merge the prefetches",
        ),
        (
            {"prefetch": models.Prefetch(query=RRF), "query": RRF},
            WrongInput,
            "cannot apply Fusion without prefetches",
        ),
        (
            {"prefetch": up(lookup_from=models.LookupLocation(collection="no")), "query": RRF},
            NotFound,
            "Collection no not found",
        ),
        (
            {"prefetch": up(query=models.Document(text="x", model="m")), "query": RRF},
            NotSupported,
            "inference on text",
        ),
        (
            {"query": models.NearestQuery(nearest=[1.0], mmr=models.Mmr(candidates_limit=16_385))},
            InvalidRequest,
            "candidates_limit: value 16385 invalid, must be from 0 to 16384",
        ),
    ],
)
def test_a_fault_at_any_level_is_told(engine, arguments, error, message):
    with pytest.raises(error, match=message):
        engine.query_points("c", **arguments)


@pytest.mark.parametrize(
    ("judged", "b", "message"),
    [([], 1.0, "feedback elements must be non-empty"), ([[1.0]], -1.0, r"naive\.b: value -1")],
)
def test_feedback_is_checked(engine, judged, b, message):
    feedback = models.RelevanceFeedbackInput(
        target=[1.0],
        feedback=[models.FeedbackItem(example=vector, score=1.0) for vector in judged],
        strategy=models.NaiveFeedbackStrategy(
            naive=models.NaiveFeedbackStrategyParams(a=1.0, b=b, c=1.0)
        ),
    )
    with pytest.raises(InvalidRequest, match=message):
        ids(engine, models.RelevanceFeedbackQuery(relevance_feedback=feedback), using="up")


def test_ids_given_as_feedback_are_excluded(engine):
    feedback = models.RelevanceFeedbackInput(
        target=19,
        feedback=[
            models.FeedbackItem(example=18, score=1.0),
            models.FeedbackItem(example=1, score=0.0),
        ],
        strategy=models.NaiveFeedbackStrategy(
            naive=models.NaiveFeedbackStrategyParams(a=1.0, b=1.0, c=1.0)
        ),
    )
    query = models.RelevanceFeedbackQuery(relevance_feedback=feedback)
    found = engine.query_points("c", query, using="up", limit=2).points
    assert [(point.id, point.score) for point in found] == [(17, 612.0), (16, 576.0)]
