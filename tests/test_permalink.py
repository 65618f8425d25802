"""Permalinks: exact round trips, and links that others wrote."""

import base64

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from qdrant_client import models

from explorer.conditions import AnyOf, Between, Dated, Flag, HasText, IdsIn, Inside, Not
from explorer.draft import MAX_LIMIT, Draft
from explorer.examples import Examples, Mode, Pair, Role, Vector
from explorer.permalink import MAX_LENGTH, PARAMETERS, PermalinkError, decode, encode

ids = st.integers(0, 2**64 - 1) | st.uuids().map(str)
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
finite = st.floats(allow_nan=False, allow_infinity=False)
float32 = st.floats(width=32, allow_nan=False, allow_infinity=False)
vectors = st.builds(
    Vector,
    st.lists(float32, min_size=1, max_size=4).map(tuple),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
)
examples = ids | vectors
pairs = st.builds(Pair, st.none() | examples, st.none() | examples).filter(lambda p: p != Pair())
plain_conditions = st.one_of(
    st.builds(AnyOf, names, st.lists(names, min_size=1, max_size=3).map(tuple)),
    st.builds(AnyOf, names, st.lists(st.integers(-5, 5), min_size=1, max_size=3).map(tuple)),
    st.builds(Flag, names, st.booleans()),
    st.builds(Between, names, finite, st.none() | finite),
    st.builds(Dated, names, st.dates().map(str)),
    st.builds(HasText, names, names.filter(str.strip)),
    st.builds(
        Inside, names, st.just(9.5), st.floats(-180, 180), st.just(-1.0), st.floats(-180, 180)
    ),
    st.builds(IdsIn, st.lists(ids, min_size=1, max_size=9).map(tuple)),
)
drafts = st.builds(
    Draft,
    collection=names,
    using=names | st.just(""),
    mode=st.sampled_from(Mode),
    examples=st.builds(
        Examples,
        target=st.none() | examples,
        positives=st.lists(examples, max_size=3).map(tuple),
        negatives=st.lists(examples, max_size=3).map(tuple),
        pairs=st.lists(pairs, max_size=3).map(tuple),
    ),
    pinned=st.none() | st.sampled_from(Role),
    strategy=st.sampled_from(models.RecommendStrategy),
    limit=st.integers(1, MAX_LIMIT),
    offset=st.integers(0, 1000),
    threshold=st.none() | finite,
    conditions=st.lists(plain_conditions | st.builds(Not, plain_conditions), max_size=3).map(tuple),
    text=st.text(st.characters(exclude_categories=["Cs"]), max_size=9).map(str.strip),
    convention=st.sampled_from(["qdrant", "documented"]),
)


@settings(deadline=None)
@given(drafts)
def test_every_draft_comes_back_equal(draft):
    parameters = encode(draft)
    assert decode(parameters) == draft
    assert set(parameters) <= set(PARAMETERS)


def test_a_link_reads_like_the_query():
    draft = Draft(
        "emoji",
        "text",
        mode=Mode.DISCOVER,
        examples=Examples(target=12, pairs=(Pair(7, 9), Pair(31, None))),
        limit=10,
        conditions=(IdsIn((3, 1, 2, 9)),),
    )
    assert encode(draft) == {
        "v": "1",
        "collection": "emoji",
        "using": "text",
        "mode": "discover",
        "target": "12",
        "pairs": "7.9.31.",
        "limit": "10",
        "where": '[["ids","1-3.9"]]',
    }


def test_parameters_of_others_are_ignored_and_the_version_may_be_left_out():
    assert decode({"collection": "emoji", "theme": "dark", "tilt": "7"}) == Draft("emoji")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "names no collection"),
        ({"v": "2"}, "version 1"),
        ({"mode": "teleport"}, "nearest, recommend"),
        ({"target": "-1"}, "UUID"),
        ({"target": "18446744073709551616"}, "2\\^64"),
        ({"positive": "1.x"}, "UUID"),
        ({"positive": "٣"}, "UUID"),
        ({"target": "*AAA"}, "not a vector"),
        ({"target": "*" + base64.urlsafe_b64encode(b"\x00\x00\xc0\x7f").decode()}, "not a vector"),
        ({"target": "*"}, "not a vector"),
        ({"pairs": "1.2.3"}, "two sides"),
        ({"role": "king"}, "target, positive"),
        ({"strategy": "best"}, "best_score"),
        ({"limit": "0"}, "from 1"),
        ({"limit": "9" * 5000}, "from 1"),
        ({"offset": "-3"}, "from 0"),
        ({"threshold": "nan"}, "finite"),
        ({"threshold": "high"}, "finite"),
        ({"where": "{"}, "where"),
        ({"where": "5"}, "where"),
        ({"where": "[5]"}, "where"),
        ({"where": "[[]]"}, "where"),
        ({"where": '[["eval","x"]]'}, "unknown kind"),
        ({"where": '[["any","x",[]]]'}, "at least one"),
        ({"where": '[["any",5,["a"]]]'}, "where"),
        ({"where": '[["any","x",[["a"]]]]'}, "where"),
        ({"where": '[["text","x",5]]'}, "where"),
        ({"where": '[["flag","x","yes"]]'}, "true or false"),
        ({"where": '[["between","x",NaN,1]]'}, "finite"),
        ({"where": '[["between","x",true,1]]'}, "finite"),
        ({"where": '[["dated","x","yesterday"]]'}, "where"),
        ({"where": '[["inside","x",91,0,0,0]]'}, "globe|within"),
        ({"where": '[["ids","0-99999999999"]]'}, "more than"),
        ({"where": '[["ids","5-4"]]'}, "at least one"),
        ({"where": '[["not",["not",["flag","x",true]]]]'}, "twice"),
        ({"where": "[" * 5000}, "where"),
        ({"where": '["not",' * 1500 + "5" + "]" * 1500}, "where"),
        ({"convention": "mine"}, "documented"),
        ({"text": "x" * MAX_LENGTH}, "characters"),
    ],
)
def test_a_link_that_cannot_be_read_says_which_part(parameters, message):
    collection = {} if parameters == {} else {"collection": "emoji"}
    with pytest.raises(PermalinkError, match=message) as error:
        decode(collection | parameters)
    assert len(str(error.value)) < 400


def test_a_draft_too_long_for_a_link_says_so():
    draft = Draft("emoji", conditions=(IdsIn(tuple(range(0, 20_000, 2))),))
    with pytest.raises(PermalinkError, match="smaller selection"):
        encode(draft)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(PARAMETERS), st.text(max_size=30)))
def test_any_text_is_read_or_refused(parameters):
    assume(parameters.get("collection"))
    try:
        draft = decode(parameters)
    except PermalinkError:
        return
    assert decode(encode(draft)) == draft
