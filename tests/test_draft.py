"""The draft: what events do to it, and what it asks."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qdrant_client import models

from explorer.conditions import AnyOf, Between, IdsIn
from explorer.draft import MAX_LIMIT, Draft
from explorer.events import (
    MAX_SELECTED_EXAMPLES,
    Cleared,
    CollectionChosen,
    ConditionsChanged,
    ConventionChosen,
    ExampleRemoved,
    LimitChanged,
    ModeChosen,
    PageTurned,
    PairRemoved,
    PointClicked,
    RoleChosen,
    SelectionUsed,
    StarterOpened,
    StrategyChosen,
    TextChanged,
    ThresholdChanged,
    VectorChosen,
)
from explorer.examples import ROLES, Examples, Mode, Pair, Role, Vector
from explorer.hints import Starter

UUID = "550e8400-e29b-41d4-a716-446655440000"


def draft_after(*events, mode=Mode.NEAREST):
    draft = Draft("emoji", "text", mode=mode)
    for event in events:
        draft = draft.apply(event)
    return draft


def test_nearest_click_replaces_the_target_and_a_second_click_removes_it():
    assert draft_after(PointClicked(1), PointClicked(2)).examples.target == 2
    assert draft_after(PointClicked(1), PointClicked(1)).request() is None


def test_recommend_click_adds_removes_and_moves():
    events = [PointClicked(1), PointClicked(2), PointClicked(3, Role.NEGATIVE), PointClicked(1)]
    draft = draft_after(*events, mode=Mode.RECOMMEND)
    assert (draft.examples.positives, draft.examples.negatives) == ((2,), (3,))
    moved = draft.apply(PointClicked(2, Role.NEGATIVE))
    assert (moved.examples.positives, moved.examples.negatives) == ((), (3, 2))


def test_recommend_keeps_a_pinned_role():
    draft = draft_after(
        RoleChosen(Role.NEGATIVE), PointClicked(1), PointClicked(2), mode=Mode.RECOMMEND
    )
    assert draft.examples.negatives == (1, 2)
    assert draft.active_role is Role.NEGATIVE
    assert draft.apply(RoleChosen(None)).active_role is Role.POSITIVE


def test_discover_takes_the_target_then_alternates_the_sides_of_pairs():
    draft = Draft("emoji", mode=Mode.DISCOVER)
    roles = []
    for point in range(1, 6):
        roles.append(draft.active_role)
        draft = draft.apply(PointClicked(point))
    sides = [Role.PAIR_POSITIVE, Role.PAIR_NEGATIVE] * 2
    assert roles == [Role.TARGET, *sides]
    assert draft.examples == Examples(target=1, pairs=(Pair(2, 3), Pair(4, 5)))


def test_a_removed_side_is_the_next_to_be_filled():
    clicks = [PointClicked(point) for point in (1, 2, 3, 4, 2)]
    draft = draft_after(*clicks, mode=Mode.CONTEXT)
    assert draft.examples.pairs == (Pair(1, None), Pair(3, 4))
    assert draft.missing() == "Pair 1 lacks its negative side: click a point for it."
    assert draft.apply(PointClicked(9)).examples.pairs == (Pair(1, 9), Pair(3, 4))


def test_a_pair_without_sides_is_gone():
    draft = draft_after(PointClicked(1), PointClicked(1), mode=Mode.CONTEXT)
    assert draft.examples.pairs == ()
    whole = draft_after(*[PointClicked(p) for p in (1, 2, 3, 4)], mode=Mode.CONTEXT)
    assert whole.apply(PairRemoved(0)).examples.pairs == (Pair(3, 4),)


def test_a_pinned_pair_side_holds_for_one_click():
    draft = draft_after(RoleChosen(Role.PAIR_NEGATIVE), PointClicked(7), mode=Mode.CONTEXT)
    assert draft.examples.pairs == (Pair(None, 7),)
    assert draft.active_role is Role.PAIR_POSITIVE


def test_incomplete_pairs_are_drawn_but_not_sent():
    draft = draft_after(*[PointClicked(point) for point in (1, 2, 3, 4)], mode=Mode.DISCOVER)
    assert [(p.example, p.pair) for p in draft.played] == [(1, None), (2, 0), (3, 0), (4, 1)]
    assert draft.request().query == models.DiscoverQuery(
        discover=models.DiscoverInput(
            target=1, context=[models.ContextPair(positive=2, negative=3)]
        )
    )


def test_discover_without_pairs_and_context_without_pairs():
    assert draft_after(PointClicked(1), mode=Mode.DISCOVER).request().query.discover.context == []
    context = draft_after(PointClicked(1), mode=Mode.CONTEXT)
    assert context.request() is None
    assert "negative" in context.missing()


def test_less_like_this_turns_nearest_into_recommend():
    draft = draft_after(PointClicked(1), PointClicked(2, Role.NEGATIVE))
    assert draft.mode is Mode.RECOMMEND
    assert (draft.examples.positives, draft.examples.negatives) == ((1,), (2,))


@pytest.mark.parametrize(
    ("mode", "role", "played"),
    [
        (Mode.NEAREST, Role.POSITIVE, Role.TARGET),
        (Mode.DISCOVER, Role.POSITIVE, Role.PAIR_POSITIVE),
        (Mode.CONTEXT, Role.NEGATIVE, Role.PAIR_NEGATIVE),
        (Mode.CONTEXT, Role.TARGET, Role.PAIR_POSITIVE),
        (Mode.RECOMMEND, Role.TARGET, Role.POSITIVE),
        (Mode.RECOMMEND, Role.PAIR_NEGATIVE, Role.NEGATIVE),
    ],
)
def test_a_role_of_another_mode_plays_its_counterpart(mode, role, played):
    draft = draft_after(PointClicked(5, role), mode=mode)
    assert draft.mode is mode
    assert draft.examples.role_of(5, mode) is played


def test_modes_carry_examples_into_an_empty_mode_and_keep_their_own():
    recommend = draft_after(
        *[PointClicked(p) for p in (1, 2)], PointClicked(3, Role.NEGATIVE), mode=Mode.RECOMMEND
    )
    discover = recommend.apply(ModeChosen(Mode.DISCOVER))
    assert discover.examples.target == 1
    assert discover.examples.pairs == (Pair(2, 3),)
    back = discover.apply(PointClicked(9)).apply(ModeChosen(Mode.RECOMMEND))
    assert back.played == recommend.played
    assert recommend.apply(ModeChosen(Mode.CONTEXT)).examples.pairs == (Pair(1, 3), Pair(2, None))
    nearest = draft_after(PointClicked(4))
    assert nearest.apply(ModeChosen(Mode.RECOMMEND)).examples.positives == (4,)


def test_average_of_negatives_alone_says_what_to_do():
    draft = draft_after(PointClicked(1, Role.NEGATIVE), mode=Mode.RECOMMEND)
    assert draft.request() is None
    assert "best_score" in draft.missing()
    best = draft.apply(StrategyChosen(models.RecommendStrategy.BEST_SCORE))
    assert best.missing() == ""
    assert best.request().query.recommend.negative == [1]


def test_the_request_carries_every_setting():
    draft = draft_after(
        PointClicked(UUID),
        LimitChanged(7),
        ThresholdChanged(0.25),
        ConditionsChanged((AnyOf("group", ("food",)),)),
        PageTurned(14),
    )
    assert draft.request() == models.QueryRequest(
        query=UUID,
        using="text",
        filter=models.Filter(
            must=[models.FieldCondition(key="group", match=models.MatchValue(value="food"))]
        ),
        score_threshold=0.25,
        limit=7,
        offset=14,
        with_payload=True,
    )


def test_a_raw_vector_is_an_example():
    draft = draft_after(PointClicked(Vector((0.1, 2.0), "two")))
    assert draft.request().query == [0.1, 2.0]
    assert draft.apply(VectorChosen("other")).request() is None


@pytest.mark.parametrize("values", [(), (float("nan"),), (1e39,)])
def test_a_vector_that_cannot_be_compared_is_refused(values):
    with pytest.raises(ValueError, match="vector"):
        Vector(values)


def test_a_typed_text_asks_until_a_click_takes_over():
    typed = draft_after(PointClicked(1), TextChanged("  red fruit "))
    assert (typed.text, typed.request(), typed.missing()) == ("red fruit", None, "")
    assert typed.apply(TextChanged("")).request().query == 1
    assert typed.apply(PointClicked(2)).text == ""


def test_selection_as_examples_and_as_filter():
    positives = draft_after(SelectionUsed((1, 2, 2), "positive"))
    assert positives.mode is Mode.RECOMMEND
    moved = positives.apply(SelectionUsed((2, 3), "negative"))
    assert (moved.examples.positives, moved.examples.negatives) == ((1,), (2, 3))
    filtered = moved.apply(SelectionUsed((9, 4), "filter")).apply(SelectionUsed((5,), "filter"))
    assert filtered.conditions == (IdsIn((5,)),)
    large = draft_after(SelectionUsed(tuple(range(2000)), "positive"))
    assert len(large.examples.positives) == MAX_SELECTED_EXAMPLES


def test_conditions_hold_once_each_and_can_go():
    food, year = AnyOf("group", ("food",)), Between("year", 1970)
    draft = draft_after(ConditionsChanged((food, year, food)))
    assert draft.conditions == (food, year)
    assert draft.apply(ConditionsChanged(())) == draft_after()


def test_a_changed_question_goes_back_to_the_first_page():
    draft = draft_after(PointClicked(1), PageTurned(24))
    assert draft.apply(PointClicked(2)).offset == 0
    assert draft.apply(RoleChosen(None)).offset == 24  # nothing changed
    assert draft.apply(PageTurned(-5)).offset == 0


def test_settings_stay_within_their_range():
    assert draft_after(LimitChanged(0)).limit == 1
    assert draft_after(LimitChanged(10**9)).limit == MAX_LIMIT
    assert draft_after(ThresholdChanged(float("nan"))).threshold is None
    assert draft_after(ConventionChosen("documented")).convention == "documented"


def test_another_collection_starts_anew_and_another_vector_keeps_points():
    draft = draft_after(
        LimitChanged(5), PointClicked(1), ThresholdChanged(0.5), ConditionsChanged((IdsIn((1,)),))
    )
    assert draft.apply(CollectionChosen("cars")) == Draft("cars", limit=5)
    other = draft.apply(CollectionChosen("emoji", "ngrams"))
    assert (other.using, other.examples.target, other.threshold) == ("ngrams", 1, None)


def test_cleared_keeps_filters_and_settings():
    draft = draft_after(
        LimitChanged(5), ConditionsChanged((IdsIn((1,)),)), PointClicked(1), Cleared()
    )
    assert draft == draft_after(LimitChanged(5), ConditionsChanged((IdsIn((1,)),)))


def test_starters_open_in_their_mode():
    discover = Starter("t", "discover", target=1, pairs=((2, 3),))
    assert draft_after(StarterOpened(discover)).request().query.discover.target == 1
    nearest = Starter("t", "nearest", positives=(4,))
    assert draft_after(StarterOpened(nearest)).request().query == 4
    recommend = Starter("t", "recommend", positives=(4,), negatives=(5,))
    assert draft_after(StarterOpened(recommend)).request().query.recommend.negative == [5]
    unknown = Starter("t", "teleport")
    assert draft_after(StarterOpened(unknown)) == draft_after()


@pytest.mark.parametrize("first", [Mode.NEAREST, Mode.CONTEXT])
def test_a_point_of_two_modes_is_the_target_where_both_are_asked(first):
    second = Mode.CONTEXT if first is Mode.NEAREST else Mode.NEAREST
    draft = draft_after(ModeChosen(first), PointClicked(1), ModeChosen(second))
    assert [played.example for played in draft.played] == [1]
    draft = draft.apply(ModeChosen(Mode.DISCOVER))
    assert [(played.example, played.role) for played in draft.played] == [(1, Role.TARGET)]
    assert draft.active_role is Role.PAIR_POSITIVE


points = st.integers(0, 6)
roles = st.none() | st.sampled_from(Role)
events = st.one_of(
    st.builds(PointClicked, points, roles),
    st.builds(ExampleRemoved, points),
    st.builds(PairRemoved, st.integers(-1, 3)),
    st.builds(RoleChosen, roles),
    st.builds(ModeChosen, st.sampled_from(Mode)),
    st.builds(
        SelectionUsed,
        st.lists(points).map(tuple),
        st.sampled_from(["positive", "negative", "filter"]),
    ),
    st.builds(StrategyChosen, st.sampled_from(models.RecommendStrategy)),
    st.builds(TextChanged, st.text(max_size=3)),
    st.just(Cleared()),
)


@settings(deadline=None)
@given(st.lists(events, max_size=25))
def test_any_events_leave_a_draft_that_can_be_asked_or_says_what_is_missing(sequence):
    draft = draft_after(*sequence)
    assert (draft.request() is not None) or draft.missing() or draft.text
    assert draft.active_role in ROLES[draft.mode]
    played = [entry.example for entry in draft.played]
    assert len(played) == len(set(played)), "a point plays one role at a time"
    assert all(pair != Pair() for pair in draft.examples.pairs)
    hash(draft)
