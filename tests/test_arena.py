"""One question asked in several ways, on the bundled cars and on a small collection."""

from dataclasses import replace

import pytest
from qdrant_client import models

from engine import Engine
from explorer.arena import contest, first_page, rivals
from explorer.draft import Draft
from explorer.examples import Examples, Mode, Pair, Vector
from explorer.workspace import Workspace

Strategy = models.RecommendStrategy


@pytest.fixture(scope="module")
def workspace():
    with Engine(":memory:") as engine:
        params = models.VectorParams(size=2, distance=models.Distance.COSINE)
        engine.create_collection("c", {"a": params, "b": params})
        places: list[list[float]] = [[1, 0], [0.9, 0.1], [0.7, 0.7], [0.1, 0.9], [0, 1], [-1, 0]]
        engine.upsert(
            "c",
            [
                models.PointStruct(id=n, vector={"a": place, "b": place[::-1]})
                for n, place in enumerate(places)
            ],
        )
        engine.upsert("c", [models.PointStruct(id=9, vector={"a": [1, 1]})])
        yield Workspace(engine)


def drafted(mode, **examples):
    return Draft("c", using="a", mode=mode, examples=Examples(**examples), limit=4)


def names(draft, vectors=("a", "b")):
    return [way.name for way in rivals(draft, vectors)]


def test_recommend_is_asked_by_each_strategy_that_can_answer():
    draft = drafted(Mode.RECOMMEND, positives=(0,), negatives=(4,))
    assert names(draft) == ["Average vector", "Best score", "Sum of scores"]
    only_negatives = replace(drafted(Mode.RECOMMEND, negatives=(4,)), strategy=Strategy.BEST_SCORE)
    assert names(only_negatives) == ["Best score", "Sum of scores"]


def test_pairs_are_asked_by_each_mode():
    pairs = (Pair(0, 4), Pair(1))
    discover = drafted(Mode.DISCOVER, target=2, pairs=pairs)
    expected = ["Discover", "Context", "Nearest", "Recommend, best score"]
    assert names(discover) == names(replace(discover, mode=Mode.CONTEXT)) == expected
    recommended = rivals(discover, ())[-1].draft
    assert (recommended.examples.positives, recommended.examples.negatives) == ((0,), (4,))
    assert names(drafted(Mode.CONTEXT, pairs=pairs)) == [
        "Context",
        "Recommend, best score",
    ]


def test_a_point_is_asked_by_each_vector_and_a_raw_vector_by_its_own():
    assert names(drafted(Mode.NEAREST, target=0)) == ["a", "b"]
    assert names(drafted(Mode.NEAREST, target=Vector((1.0, 0.0)))) == ["a"]


@pytest.mark.parametrize("mode", Mode)
def test_a_draft_that_asks_nothing_has_no_rivals(mode):
    assert rivals(drafted(mode), ("a", "b")) == ()


@pytest.mark.parametrize(
    "draft",
    [
        drafted(Mode.RECOMMEND, positives=(0,), negatives=(4,)),
        drafted(Mode.DISCOVER, target=2, pairs=(Pair(0, 4),)),
        drafted(Mode.CONTEXT, pairs=(Pair(0, 4),)),
        drafted(Mode.NEAREST, target=2),
    ],
    ids=lambda draft: draft.mode,
)
def test_each_rival_finds_what_its_own_draft_finds(workspace, draft):
    turned = replace(draft, offset=2)
    ways = rivals(turned, ("a", "b"))
    assert first_page(turned) in [way.draft for way in ways]
    for ranking in contest(workspace, ways):
        assert list(ranking.hits) == workspace.answer(ranking.rival.draft)
        assert ranking.trouble == ""
        assert list(ranking.ranks.values()) == [1, 2, 3, 4]
        assert ranking.shared(ranking) == 4


def test_a_way_that_cannot_be_asked_tells_why_beside_the_others(workspace):
    ways = rivals(drafted(Mode.NEAREST, target=9), ("a", "b"))
    able, unable = contest(workspace, ways)
    assert len(able.hits) == 4
    assert not unable.hits
    assert "for point not found" in unable.trouble
    assert able.shared(unable) == 0
