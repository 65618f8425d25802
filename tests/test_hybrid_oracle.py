"""Random prefetch trees, fusions, orders, formulas and the like against Qdrant's own core."""

from __future__ import annotations

import random

import numpy as np
import pytest
import qdrant_edge as edge
from qdrant_client import QdrantClient, models

from engine import Engine, WrongInput
from tests.edge_requests import query_core

POINTS, SIZE = 200, 8
DISTANCES = ["Cosine", "Dot", "Euclid", "Manhattan"]
COLOURS = ["red", "green", "blue"]
SEEDS = range(12)


def payload(rng, number):
    made = {
        "colour": rng.choice(COLOURS),
        "price": round(rng.uniform(-50, 50), 3),
        "stock": rng.randrange(0, 40),
        "marks": [rng.randrange(0, 30) for _ in range(rng.randrange(0, 4))],
        "made": f"20{rng.randrange(10, 26)}-0{rng.randrange(1, 10)}-1{rng.randrange(0, 10)}T0"
        f"{rng.randrange(0, 10)}:00:00Z",
        "place": {"lon": rng.uniform(-180, 180), "lat": rng.uniform(-80, 80)},
        "one": [rng.uniform(0, 5)],
    }
    return {key: value for key, value in made.items() if number % 7 or key in {"colour", "price"}}


@pytest.fixture(scope="module")
def points():
    rng, numbers = random.Random(3), np.random.default_rng(3)
    vectors = numbers.standard_normal((POINTS, len(DISTANCES), SIZE)).astype(np.float32)
    return [
        (number, dict(zip(DISTANCES, vectors[number].tolist(), strict=True)), payload(rng, number))
        for number in range(POINTS)
    ]


INDEXES = {"price": "Float", "stock": "Integer", "marks": "Integer", "made": "Datetime"}


@pytest.fixture(scope="module")
def engine(points):
    with Engine(":memory:") as made:
        made.create_collection(
            "c", {name: models.VectorParams(size=SIZE, distance=name) for name in DISTANCES}
        )
        for key, kind in INDEXES.items():
            made.create_payload_index("c", key, kind.lower())
        made.upsert("c", [models.PointStruct(id=id_, vector=v, payload=p) for id_, v, p in points])
        yield made


@pytest.fixture(scope="module")
def core(points, tmp_path_factory):
    vectors = {
        name: edge.EdgeVectorParams(SIZE, getattr(edge.Distance, name)) for name in DISTANCES
    }
    shard = edge.EdgeShard.create(
        str(tmp_path_factory.mktemp("edge")), edge.EdgeConfig(vectors=vectors)
    )
    for key, kind in INDEXES.items():
        index = getattr(edge.PayloadSchemaType, kind)
        shard.update(edge.UpdateOperation.create_field_index(key, index))
    made = [edge.Point(id_, vector, payload) for id_, vector, payload in points]
    shard.update(edge.UpdateOperation.upsert_points(made))
    return shard


def check(engine, core, request):
    """Both give the same scores in the same order, and the same ids but for ties."""
    found = engine.query_batch_points("c", [request])[0].points
    expected = query_core(core, request)
    scores = [point.score for point in expected]
    np.testing.assert_allclose([point.score for point in found], scores, 1e-4, 1e-5)
    known = {point.id: point.score for point in expected}
    for point in found:  # one that the core cut off ties with the last it kept
        assert known.get(point.id, scores[-1]) == pytest.approx(point.score, rel=1e-4, abs=1e-5)


# ---------------------------------------------------------------- random requests


def vector(rng):
    return [rng.gauss(0, 1) for _ in range(SIZE)]


def only(rng):
    key = models.FieldCondition(key="colour", match=models.MatchValue(value=rng.choice(COLOURS)))
    return models.Filter(**{rng.choice(["must", "should", "must_not"]): [key]})


def scorer(rng):
    """Return a query that scores by vectors."""
    match rng.randrange(3):
        case 0:
            return models.NearestQuery(nearest=vector(rng))
        case 1:
            return models.RecommendQuery(
                recommend=models.RecommendInput(
                    positive=[vector(rng), vector(rng)],
                    negative=[vector(rng)],
                    strategy=rng.choice(["best_score", "sum_scores"]),
                )
            )
    return feedback(rng)


def feedback(rng):
    items = [models.FeedbackItem(example=vector(rng), score=rng.uniform(-1, 1)) for _ in range(4)]
    naive = models.NaiveFeedbackStrategyParams(
        a=rng.uniform(0, 2), b=rng.uniform(0, 3), c=rng.uniform(0, 1)
    )
    return models.RelevanceFeedbackQuery(
        relevance_feedback=models.RelevanceFeedbackInput(
            target=vector(rng),
            feedback=items,
            strategy=models.NaiveFeedbackStrategy(naive=naive),
        )
    )


def rrf(rng, sources):
    # odd weights, since the order of ties is not defined and an outer level sees it
    weights = [rng.uniform(0.3, 3) for _ in range(sources)]
    return models.RrfQuery(rrf=models.Rrf(k=rng.randrange(1, 60), weights=weights))


def merger(rng, sources):
    """Return a query over sources, and the vector that it uses."""
    match rng.randrange(3):
        case 0:
            return rrf(rng, sources), None
        case 1:
            return models.FusionQuery(fusion="dbsf"), None
    return scorer(rng), rng.choice(DISTANCES)


def tree(rng, depth):
    """Return one level as keywords."""
    made = {"limit": rng.randrange(1, 40)}
    if rng.random() < 0.4:
        made["filter"] = only(rng)
    if depth == 0 or rng.random() < 0.3:
        return made | {"query": scorer(rng), "using": rng.choice(DISTANCES)}
    sources = [models.Prefetch(**tree(rng, depth - 1)) for _ in range(rng.randrange(1, 4))]
    query, using = merger(rng, len(sources))
    return made | {"prefetch": sources, "query": query, "using": using}


@pytest.mark.parametrize("seed", range(60))
def test_prefetch_trees(engine, core, seed):
    rng = random.Random(seed)
    check(engine, core, models.QueryRequest(**tree(rng, 3), offset=rng.choice([None, 0, 3])))


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("seed", SEEDS)
def test_feedback(engine, core, distance, seed):
    query = feedback(random.Random(seed))
    check(engine, core, models.QueryRequest(query=query, using=distance, limit=POINTS))


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("seed", SEEDS)
def test_mmr(engine, core, distance, seed):
    rng = random.Random(seed)
    mmr = models.Mmr(diversity=rng.random(), candidates_limit=rng.choice([None, 0, 1, 25, 80]))
    request = models.QueryRequest(
        query=models.NearestQuery(nearest=vector(rng), mmr=mmr),
        using=distance,
        limit=rng.randrange(1, 30),
        filter=rng.choice([None, only(rng)]),
    )
    check(engine, core, request)


def test_mmr_over_sources(engine, core):
    rng = random.Random(5)
    mmr = models.Mmr(diversity=0.7, candidates_limit=20)
    request = models.QueryRequest(
        prefetch=[models.Prefetch(**tree(rng, 0)), models.Prefetch(**tree(rng, 1))],
        query=models.NearestQuery(nearest=vector(rng), mmr=mmr),
        using="Euclid",
        limit=8,
    )
    check(engine, core, request)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_source_may_be_spread(engine, core, seed):
    """The core spreads one only over sources of its own; else it hands on all candidates."""
    rng = random.Random(seed)
    query, using, candidates = vector(rng), rng.choice(DISTANCES), rng.randrange(8, 40)
    mmr = models.Mmr(diversity=rng.uniform(0.2, 0.8), candidates_limit=candidates)
    spread = models.Prefetch(
        query=models.NearestQuery(nearest=query, mmr=mmr), using=using, limit=7, filter=only(rng)
    )
    nearest = models.NearestQuery(nearest=query)
    found = models.Prefetch(query=nearest, using=using, limit=candidates, filter=spread.filter)
    other = models.Prefetch(query=scorer(rng), using=using, limit=7)
    request = models.QueryRequest(prefetch=[spread, other], query=rrf(rng, 2), limit=20)
    in_two_steps = request.model_copy(
        update={"prefetch": [spread.model_copy(update={"prefetch": found}), other]}
    )
    ours = engine.query_batch_points("c", [request])[0].points
    expected = query_core(core, in_two_steps)
    assert [point.id for point in ours] == [point.id for point in expected]
    assert len(query_core(core, request)) > len(expected)


@pytest.fixture(scope="module")
def local(points):
    """The client's own mode, in memory."""
    client = QdrantClient(":memory:")
    named = {name: models.VectorParams(size=SIZE, distance=name) for name in DISTANCES}
    client.create_collection("c", vectors_config=named)
    client.upsert("c", [models.PointStruct(id=id_, vector=v, payload=p) for id_, v, p in points])
    return client


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("over_sources", [False, True])
def test_a_source_is_spread_as_the_client_itself_does(engine, local, distance, over_sources):
    rng = random.Random(6)
    mmr = models.Mmr(diversity=0.6, candidates_limit=15)
    inner = models.Prefetch(query=models.NearestQuery(nearest=vector(rng)), using="Dot", limit=40)
    spread = models.Prefetch(
        query=models.NearestQuery(nearest=vector(rng), mmr=mmr),
        using=distance,
        limit=6,
        prefetch=inner if over_sources else None,
    )
    request = models.QueryRequest(prefetch=[spread], query=rrf(rng, 1), limit=30)
    found, expected = (
        [point.id for point in one.query_batch_points("c", [request])[0].points]
        for one in (engine, local)
    )
    assert found == expected
    assert len(found) == 6


STARTS = {"price": -3.5, "stock": 12, "marks": 9, "made": "2017-05-01T00:00:00Z"}


@pytest.mark.parametrize("key", INDEXES)
@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize("starts", [False, True])
@pytest.mark.parametrize("over_sources", [False, True])
def test_order_by(engine, core, key, direction, starts, over_sources):
    rng = random.Random(9)
    start = models.OrderBy(key=key, start_from=STARTS[key]).start_from if starts else None
    order = models.OrderBy(key=key, direction=direction, start_from=start)
    request = models.QueryRequest(
        query=models.OrderByQuery(order_by=order),
        limit=37,
        offset=4,
        filter=only(rng),
        prefetch=[models.Prefetch(query=scorer(rng), using="Dot", limit=90)]
        if over_sources
        else None,
    )
    found = engine.query_batch_points("c", [request])[0].points
    expected = query_core(core, request)
    assert [point.order_value for point in found] == [point.order_value for point in expected]
    at_cuts = {found[0].order_value, found[-1].order_value}  # which of equal ones is cut is open
    inside, expected_inside = (
        {(p.order_value, p.id) for p in points if p.order_value not in at_cuts}
        for points in (found, expected)
    )
    assert inside == expected_inside


@pytest.mark.parametrize("fusion", ["rrf", "dbsf"])
@pytest.mark.parametrize("threshold", [None, 0.02, 0.45, 0.5, 0.51, 0.9])
def test_fusion_of_ordered_sources(engine, core, fusion, threshold):
    rng = random.Random(4)
    query = rrf(rng, 2) if fusion == "rrf" else models.FusionQuery(fusion="dbsf")
    ordered = models.OrderByQuery(order_by=models.OrderBy(key="price"))
    request = models.QueryRequest(
        prefetch=[
            models.Prefetch(query=ordered, limit=15),
            models.Prefetch(query=models.NearestQuery(nearest=vector(rng)), using="Dot", limit=15),
        ],
        query=query,
        limit=25,
        score_threshold=threshold,
    )
    found = engine.query_batch_points("c", [request])[0].points
    expected = query_core(core, request)
    assert [(p.id, p.order_value) for p in found] == [(p.id, p.order_value) for p in expected]
    np.testing.assert_allclose([p.score for p in found], [p.score for p in expected], 1e-4)


# -------------------------------------------------------------------------- formula

LEAVES = [
    "$score",
    "$score[1]",
    "price",
    "stock",
    "one",
    1.5,
    -2.0,
    0.0,
    models.FieldCondition(key="colour", match=models.MatchValue(value="red")),
    models.DatetimeKeyExpression(datetime_key="made"),
    models.DatetimeExpression(datetime="2020-01-01T00:00:00Z"),
    models.GeoDistance(
        geo_distance=models.GeoDistanceParams(
            origin=models.GeoPoint(lon=13.4, lat=52.5), to="place"
        )
    ),
]
DEFAULTS = {
    "stock": 7,
    "one": 0.25,
    "made": "2001-01-01T00:00:00Z",
    "place": {"lon": 1.0, "lat": 2.0},
    "$score[1]": 0.5,
}


def formula(rng, depth):
    if depth == 0:
        return rng.choice(LEAVES)
    one, other = formula(rng, depth - 1), formula(rng, depth - 1)
    decay = models.DecayParamsExpression(
        x=one, target=other, scale=rng.uniform(0.5, 1e5), midpoint=rng.uniform(0.1, 0.9)
    )
    return rng.choice(
        [
            models.SumExpression(sum=[one, other]),
            models.MultExpression(mult=[one, other]),
            models.MaxExpression(max=[one, other]),
            models.MinExpression(min=[one, other]),
            models.DivExpression(
                div=models.DivParams(left=one, right=other, by_zero_default=rng.choice([None, 3.0]))
            ),
            models.PowExpression(pow=models.PowParams(base=one, exponent=2.0)),
            models.NegExpression(neg=one),
            models.AbsExpression(abs=one),
            models.SqrtExpression(sqrt=one),
            models.ExpExpression(exp=one),
            models.LnExpression(ln=one),
            models.Log10Expression(log10=one),
            models.LinDecayExpression(lin_decay=decay),
            models.ExpDecayExpression(exp_decay=decay),
            models.GaussDecayExpression(gauss_decay=decay),
        ]
    )


@pytest.mark.parametrize("seed", range(150))
def test_formulas(engine, core, seed):
    """Either both give the same scores, or both refuse."""
    rng = random.Random(seed)
    request = models.QueryRequest(
        prefetch=[models.Prefetch(**tree(rng, 0)), models.Prefetch(**tree(rng, 0))],
        query=models.FormulaQuery(formula=formula(rng, rng.randrange(1, 4)), defaults=DEFAULTS),
        limit=50,
    )
    try:
        expected = query_core(core, request)
    except Exception as refusal:  # the core raises nothing narrower
        if "non-finite" not in str(refusal) and "cancelled" not in str(refusal):
            raise
        with pytest.raises(WrongInput, match="produced a non-finite number"):
            engine.query_batch_points("c", [request])
        return
    found = engine.query_batch_points("c", [request])[0].points
    np.testing.assert_allclose([p.score for p in found], [p.score for p in expected], 1e-4, 1e-5)
