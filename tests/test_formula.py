"""Formulas: what points lack, what does not fit, and what cannot be computed."""

from __future__ import annotations

import pytest
from qdrant_client import models

from engine import Engine, FormatError, WrongInput

PAYLOADS = {
    1: {"n": 4, "place": {"lon": 13.4, "lat": 52.5}, "made": "2020-01-01T00:00:00Z"},
    2: {"n": [0.5], "made": ["1970-01-01"], "place": [{"lon": 0, "lat": 0}]},
    3: {"n": 0},
    4: {"n": -3},
}
ODD = {
    "missing": {},
    "empty": {"v": []},
    "null": {"v": None},
    "text": {"v": "5"},
    "boolean": {"v": True},
    "several": {"v": [1, 2]},
    "nested": {"v": [[3]]},
    "null inside": {"v": [None]},
}


@pytest.fixture(scope="module")
def engine():
    with Engine(":memory:") as made:
        for name, payloads in {"c": PAYLOADS, **{k: {1: p} for k, p in ODD.items()}}.items():
            made.create_collection(name, models.VectorParams(size=1, distance="Dot"))
            made.upsert(
                name,
                [
                    models.PointStruct(id=point, vector=[float(point)], payload=payload)
                    for point, payload in payloads.items()
                ],
            )
        yield made


def scores(engine, formula, defaults=None, collection="c", **more):
    found = engine.query_points(
        collection,
        models.FormulaQuery(formula=formula, defaults=defaults),
        prefetch=[
            models.Prefetch(query=[1.0], limit=4),
            models.Prefetch(query=[2.0], limit=2),
        ],
        **more,
    )
    return {point.id: point.score for point in found.points}


def div(left, right, default=None):
    params = models.DivParams(left=left, right=right, by_zero_default=default)
    return models.DivExpression(div=params)


def pow_(base, exponent):
    return models.PowExpression(pow=models.PowParams(base=base, exponent=exponent))


def decay(x, **params):
    return models.DecayParamsExpression(x=x, **params)


def test_scores_of_sources_and_their_defaults(engine):
    assert scores(engine, "$score") == {1: 1.0, 2: 2.0, 3: 3.0, 4: 4.0}
    assert scores(engine, "$score[1]") == {1: 0.0, 2: 0.0, 3: 6.0, 4: 8.0}
    assert scores(engine, "$score[1]", {"$score[1]": -1}) == {1: -1.0, 2: -1.0, 3: 6.0, 4: 8.0}
    assert set(scores(engine, "$score[1]", {"$score[1]": "x"}).values()) == {0.0, 6.0, 8.0}
    assert set(scores(engine, "$score[9]", {"$score[9]": 2.5}).values()) == {2.5}


def test_defaults_that_are_no_numbers_are_no_use(engine):
    for useless in (10**400, True, "7", None, [7]):
        assert set(scores(engine, "$score[9]", {"$score[9]": useless}).values()) == {0.0}
        with pytest.raises(WrongInput, match="No value found"):
            scores(engine, "v", {"v": useless}, "missing")


def test_one_number_alone_or_in_an_array_is_read(engine):
    assert scores(engine, "n") == {1: 4.0, 2: 0.5, 3: 0.0, 4: -3.0}


@pytest.mark.parametrize("collection", ["missing", "empty"])
def test_a_default_stands_in_for_what_is_missing(engine, collection):
    assert scores(engine, "v", {"v": 7}, collection) == {1: 7.0}
    with pytest.raises(WrongInput, match="Expected number value for v in the payload and/or in"):
        scores(engine, "v", None, collection)
    with pytest.raises(WrongInput, match="No value found in point 1"):
        scores(engine, "v", {"v": "7"}, collection)


@pytest.mark.parametrize("collection", set(ODD) - {"missing", "empty"})
@pytest.mark.parametrize(
    "formula",
    [
        "v",
        models.DatetimeKeyExpression(datetime_key="v"),
        models.GeoDistance(
            geo_distance=models.GeoDistanceParams(origin=models.GeoPoint(lon=0, lat=0), to="v")
        ),
    ],
)
def test_no_default_stands_in_for_what_does_not_fit(engine, collection, formula):
    with pytest.raises(WrongInput, match="in the payload and/or in the formula defaults"):
        scores(engine, formula, {"v": 7}, collection)


def test_only_what_matters_is_computed(engine):
    impossible = models.LnExpression(ln=-1.0)
    assert set(scores(engine, models.MultExpression(mult=[0.0, impossible])).values()) == {0.0}
    assert set(scores(engine, div(0.0, impossible)).values()) == {0.0}
    # n is 0 for one point only; for the others the second factor counts
    with pytest.raises(WrongInput, match=r"√-3 = NaN produced a non-finite number"):
        scores(engine, models.MultExpression(mult=["n", models.SqrtExpression(sqrt="n")]))
    inverse = models.MultExpression(mult=["n", div(1.0, "n")])
    assert scores(engine, inverse) == pytest.approx({1: 1.0, 2: 1.0, 3: 0.0, 4: 1.0})


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        (div(1.0, "n"), "1/0 = inf"),
        (div(-1.0, "n"), "-1/0 = -inf"),
        (models.LnExpression(ln="n"), r"ln\(0\) = -inf"),
        (models.Log10Expression(log10=-1.0), r"log10\(-1\) = NaN"),
        (models.ExpExpression(exp=1000.0), r"exp\(1000\) = inf"),
        (models.SqrtExpression(sqrt="n"), "√-3 = NaN"),
        (models.AcoshExpression(acosh=0.5), r"acosh\(0.5\) = NaN"),
        (pow_(0.0, -1.0), r"0\^-1 = inf"),
        (pow_("n", 0.5), r"-3\^0.5 = NaN"),
        (models.MultExpression(mult=[1e30, 1e30]), "inf, for point 1"),
    ],
)
def test_what_is_not_finite_is_refused_with_its_numbers(engine, formula, shown):
    with pytest.raises(WrongInput, match=shown):
        scores(engine, formula)


def test_division_by_zero_may_have_a_default(engine):
    assert scores(engine, div(1.0, "n", 9.0))[3] == 9.0


def test_moments_are_seconds_and_places_metres(engine):
    made = models.DatetimeKeyExpression(datetime_key="made")
    found = scores(engine, made, {"made": "1970-01-02"})
    assert found == {1: 1577836800.0, 2: 0.0, 3: 86400.0, 4: 86400.0}
    berlin = models.GeoPoint(lon=13.4, lat=52.5)
    distance = models.GeoDistance(geo_distance=models.GeoDistanceParams(origin=berlin, to="place"))
    found = scores(engine, distance, {"place": {"lon": 13.4, "lat": 53.5}})
    assert found[1] == 0
    assert found[3] == pytest.approx(111_195, rel=1e-4)
    assert found[2] == pytest.approx(5_972_000, rel=1e-2)


def test_decays_are_one_at_the_target_and_the_midpoint_at_the_scale(engine):
    for kind in ("LinDecay", "ExpDecay", "GaussDecay"):
        field = {"LinDecay": "lin_decay", "ExpDecay": "exp_decay", "GaussDecay": "gauss_decay"}[
            kind
        ]
        params = decay("$score", target=2.0, scale=1.0, midpoint=0.25)
        found = scores(engine, getattr(models, f"{kind}Expression")(**{field: params}))
        assert (found[2], found[1], found[3]) == pytest.approx((1.0, 0.25, 0.25))


@pytest.mark.parametrize(
    ("formula", "error", "message"),
    [
        ("$scores", WrongInput, r"Unknown variable `\$scores`"),
        ("$score[x]", WrongInput, "Unknown variable"),
        (1e300, WrongInput, "constant 1e\\+300 is not a finite 32-bit float"),
        (float("nan"), WrongInput, "constant nan is not"),
        ("a[", FormatError, "Invalid json path"),
        (models.MaxExpression(max=[]), WrongInput, "`max` needs at least one expression"),
        (models.MinExpression(min=[]), WrongInput, "`min` needs at least one expression"),
        (models.DatetimeExpression(datetime="soon"), WrongInput, "`soon` is no datetime"),
        (models.LinDecayExpression(lin_decay=decay("n", scale=0.0)), WrongInput, "scale is 0"),
        (
            models.ExpDecayExpression(exp_decay=decay("n", midpoint=1.0)),
            WrongInput,
            "midpoint is 1",
        ),
        (models.LinDecayExpression(lin_decay=decay("n", midpoint=1.5)), WrongInput, "midpoint"),
    ],
)
def test_bad_formulas_are_refused(engine, formula, error, message):
    with pytest.raises(error, match=message):
        scores(engine, formula)


def test_too_much_nesting_is_refused(engine):
    formula = models.NegExpression(neg="n")
    for _ in range(100):
        formula = models.NegExpression.model_construct(neg=formula)
    with pytest.raises(WrongInput, match="nested more than 64 deep"):
        scores(engine, formula)


def test_a_threshold_keeps_equal_scores(engine):
    assert scores(engine, "$score", score_threshold=3.0) == {3: 3.0, 4: 4.0}


def test_constants_have_32_bits(engine):
    found = engine.query_points(
        "c", models.FormulaQuery(formula=0.1), prefetch=models.Prefetch(limit=1)
    )
    assert found.points[0].score == pytest.approx(0.100000001490116, abs=1e-15)


def test_no_candidates_no_scores(engine):
    nobody = models.Prefetch(
        query=[1.0], filter=models.Filter(must=[models.HasIdCondition(has_id=[])])
    )
    formula = models.FormulaQuery(formula=models.LnExpression(ln=-1.0))
    assert engine.query_points("c", formula, prefetch=nobody).points == []
