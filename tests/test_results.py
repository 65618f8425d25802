"""How points look on cards."""

import pytest
from qdrant_client import models

from explorer.hints import Hints, Picture, PictureKind
from explorer.results import Part, describe, readable, results, score_text

GLYPH = Hints(title="name", picture=Picture(PictureKind.GLYPH, "glyph"), colour="group")


def test_hints_say_what_is_title_subtitle_and_picture():
    payload = {"glyph": "🍎", "name": "red apple", "group": "food", "n": 2}
    point = describe(7, payload, GLYPH)
    assert (point.title, point.subtitle) == ("red apple", "food")
    assert point.picture == {"kind": "glyph", "text": "🍎"}
    assert point.fields == (("group", "food"), ("n", "2"))


@pytest.mark.parametrize(
    ("payload", "title", "subtitle"),
    [
        ({"year": 1, "Name": "x", "note": "y"}, "x", "y"),
        ({"year": 1, "note": "y"}, "y", ""),
        ({"year": 1}, "Point 7", ""),
        ({}, "Point 7", ""),
        ({"title": ""}, "Point 7", ""),
        ({"name": ["a", "b"]}, "a, b", ""),
    ],
)
def test_without_hints_the_payload_is_guessed_from(payload, title, subtitle):
    point = describe(7, payload, Hints())
    assert (point.title, point.subtitle) == (title, subtitle)


def test_a_title_may_lie_deep():
    assert describe(1, {"a": [{"b": "deep"}]}, Hints(title="a[].b")).title == "deep"


@pytest.mark.parametrize(
    ("picture", "value", "kind"),
    [
        (Picture(PictureKind.PIXELS, "p", width=2, height=1), [0, 1], "pixels"),
        (Picture(PictureKind.PIXELS, "p", width=2, height=2), [0, 1], "none"),
        (Picture(PictureKind.PIXELS, "p"), [], "none"),
        (Picture(PictureKind.IMAGE, "p"), "https://example.org/a.png", "image"),
        (Picture(PictureKind.IMAGE, "p"), "javascript:alert(1)", "none"),
        (Picture(PictureKind.GLYPH, "p"), "", "none"),
        (Picture(PictureKind.GLYPH, "p"), None, "none"),
        (Picture(PictureKind.GLYPH, "p"), 5, "none"),
    ],
)
def test_a_picture_that_does_not_fit_is_none(picture, value, kind):
    assert describe(1, {"p": value}, Hints(picture=picture)).picture["kind"] == kind


def test_values_read_well():
    value = {"a": [1, True, None, 0.1 + 0.2]}
    assert readable(value["a"]) == "1, yes, –, 0.3"
    assert readable({"k": "é"}) == '{"k": "é"}'
    assert readable([{"lat": 31.5, "lon": -89}]) == "31.5, -89"
    assert len(describe(1, {"name": "x" * 500}, Hints()).title) == 120


def test_hits_are_ranked_over_pages_and_carry_their_parts():
    hits = [models.ScoredPoint(id=i, version=0, score=1 / i, payload=None) for i in (3, 4)]
    shown = results(hits, Hints(), offset=10, parts={4: (Part("target", 0.25),)})
    assert [hit.rank for hit in shown] == [11, 12]
    assert [hit.score_text for hit in shown] == ["0.3333", "0.2500"]
    assert [hit.parts for hit in shown] == [(), (Part("target", 0.25),)]
    assert score_text(-1234567.8) == "-1,234,568"


@pytest.mark.parametrize(
    ("scores", "texts"),
    [
        ([0.5, 0.25], ["0.5000", "0.2500"]),
        ([0.99999, 0.99998], ["0.99999", "0.99998"]),
        ([0.5, 0.5], ["0.5000", "0.5000"]),
        ([0.123456789, 0.123456788], ["0.1234568", "0.1234568"]),
        ([12345.6, 0.25], ["12,345.6", "0.2500"]),
    ],
)
def test_scores_have_the_decimals_that_tell_them_apart(scores, texts):
    hits = [models.ScoredPoint(id=n, version=0, score=s) for n, s in enumerate(scores)]
    assert [result.score_text for result in results(hits, Hints())] == texts
