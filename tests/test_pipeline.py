"""Pipelines as values: what events do to them, undo, and links."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.conditions import AnyOf, Between, Dated, Flag, HasText, IdsIn, Inside, Not
from explorer.permalink import MAX_LENGTH, PermalinkError
from explorer.pipeline import link
from explorer.pipeline.events import (
    ConditionsChanged,
    GroupingChosen,
    LimitChanged,
    OperationChosen,
    PipelineOpened,
    QuestionAsked,
    SourceAdded,
    StageRemoved,
    StageWrapped,
    ThresholdChanged,
)
from explorer.pipeline.pipeline import MAX_DEPTH, Grouping, Pipeline
from explorer.pipeline.question import Like, Text, read_id, read_question, write_question
from explorer.pipeline.stage import (
    MAX_LIMIT,
    Boost,
    Nearest,
    OrderBy,
    RankFusion,
    ScoreFusion,
    Stage,
)

DENSE = Stage(Nearest("text", Like(7)), limit=50)
WORDS = Stage(Nearest("words"), conditions=(AnyOf("group", ("a",)),), limit=30)
HYBRID = Pipeline("emoji", Stage(RankFusion(weights=(1.0, 3.0)), (DENSE, WORDS)), Text("cat"))

UUID = "00000000-0000-0000-0000-000000000001"
CONDITIONS = (
    AnyOf("a", ("x", "y")),
    AnyOf("a", (1, 2)),
    Flag("f", value=True),
    Between("n", 1.5, None),
    Dated("d", "2024-01-01"),
    HasText("t", "cat"),
    Inside("place", 10, 0, -5, 20),
    IdsIn((3, 1, UUID)),
    Not(HasText("t", "dog")),
)


def questions():
    texts = st.text(min_size=1).filter(str.strip).map(Text)
    return st.none() | texts | st.integers(0, 2**64 - 1).map(Like) | st.just(Like(UUID))


def operations():
    weights = st.floats(0, 100)
    conditions = st.lists(st.sampled_from(CONDITIONS), max_size=3).map(tuple)
    return st.one_of(
        st.builds(Nearest, st.text(), questions(), st.none() | st.floats(0, 1)),
        st.builds(RankFusion, st.integers(1, 1000), st.lists(weights, max_size=3).map(tuple)),
        st.builds(ScoreFusion),
        st.builds(OrderBy, st.text(), st.booleans()),
        st.builds(Boost, conditions, st.floats(allow_nan=False, allow_infinity=False)),
    )


def stages():
    def build(sources):
        conditions = st.lists(st.sampled_from(CONDITIONS), max_size=2).map(tuple)
        threshold = st.none() | st.floats(allow_nan=False, allow_infinity=False)
        return st.builds(
            Stage, operations(), sources, conditions, st.integers(1, MAX_LIMIT), threshold
        )

    def above(below):
        return build(st.lists(below, max_size=2).map(tuple))

    return st.recursive(build(st.just(())), above, max_leaves=4)


def pipelines():
    grouping = st.none() | st.builds(Grouping, st.text(), st.integers(1, 100))
    return st.builds(Pipeline, st.text(), stages(), questions(), grouping)


@given(pipelines())
def test_a_link_brings_back_an_equal_pipeline(pipeline):
    try:
        written = link.encode(pipeline)
    except PermalinkError:
        return
    assert link.decode(written) == pipeline


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("", "cannot be read"),
        ("{", "cannot be read"),
        ('{"collection":"emoji"}', "root"),
        ('{"collection":"emoji","root":{"operation":{"kind":"magic"}}}', "magic"),
        ('{"collection":"e","root":{"operation":{"kind":"dbsf"},"limit":0}}', "limit"),
        ('{"collection":"e","root":{"operation":{"kind":"rrf","k":0}}}', "k is 0"),
        ('{"collection":"e","root":{"operation":{"kind":"dbsf"}},"question":{"point":"x"}}', "'x'"),
        ('{"collection":"e","root":{"operation":{"kind":"dbsf"},"threshold":NaN}}', "finite"),
        ("[" * 10_000, "cannot be read"),
        ("x" * (MAX_LENGTH + 1), "characters"),
    ],
)
def test_a_broken_link_says_what_is_wrong(written, told):
    with pytest.raises(PermalinkError, match=told):
        link.decode({link.PARAMETER: written})


def test_a_link_of_too_many_stages_is_refused():
    stage = DENSE
    for _ in range(MAX_DEPTH + 1):
        stage = Stage(ScoreFusion(), (stage,))
    with pytest.raises(PermalinkError, match="stages inside stages"):
        link.decode(link.encode(Pipeline("emoji", stage)))


@given(pipelines(), st.lists(st.integers(0, 3), max_size=3).map(tuple), stages())
def test_events_never_raise_and_keep_other_stages(pipeline, place, stage):
    events = [
        QuestionAsked(Text("x")),
        OperationChosen(place, stage.operation),
        LimitChanged(place, 10**9),
        ThresholdChanged(place, float("nan")),
        ConditionsChanged(place, stage.conditions),
        SourceAdded(place, "text"),
        StageWrapped(place, stage.operation),
        StageRemoved(place),
        GroupingChosen(None),
        PipelineOpened(pipeline),
    ]
    for event in events:
        after = pipeline.apply(event)
        if pipeline.root.at(place) is None and not isinstance(
            event, QuestionAsked | GroupingChosen
        ):
            assert after == pipeline


def test_a_change_of_one_stage_leaves_its_neighbour_alone():
    after = HYBRID.apply(LimitChanged((1,), 5))
    assert after.at((1,)) == replace(WORDS, limit=5)
    assert after.at((0,)) == DENSE


def test_a_leaf_that_is_to_fuse_keeps_what_it_was_as_its_source():
    after = HYBRID.apply(OperationChosen((0,), ScoreFusion()))
    assert after.at((0,)).operation == ScoreFusion()
    assert after.at((0, 0)) == DENSE


def test_an_order_has_no_threshold():
    pipeline = HYBRID.apply(ThresholdChanged((), 0.5))
    assert pipeline.apply(OperationChosen((), OrderBy("version"))).root.threshold is None


def test_a_source_goes_with_its_weight():
    after = HYBRID.apply(StageRemoved((0,)))
    assert after.root.sources == (WORDS,)
    assert after.root.operation == RankFusion(weights=(3.0,))


def test_an_only_source_takes_the_place_of_what_was_over_it():
    wrapped = HYBRID.apply(StageWrapped((), Nearest("text")))
    assert wrapped.root == Stage(Nearest("text"), (HYBRID.root,))
    assert wrapped.apply(StageRemoved(())) == HYBRID
    assert HYBRID.apply(StageRemoved(())) == HYBRID


def test_the_tree_does_not_grow_too_deep():
    pipeline = HYBRID
    for _ in range(2 * MAX_DEPTH):
        pipeline = pipeline.apply(StageWrapped((), ScoreFusion()))
        pipeline = pipeline.apply(SourceAdded((0,) * MAX_DEPTH, "text"))
    assert max(len(place) for place, _ in pipeline.stages()) == MAX_DEPTH


def test_stages_inherit_the_question_and_the_conditions_around_them():
    pipeline = HYBRID.apply(ConditionsChanged((), (Flag("f", value=True),)))
    assert pipeline.conditions_at((1,)) == (Flag("f", value=True), AnyOf("group", ("a",)))
    assert pipeline.examples == (7,)
    assert pipeline.apply(QuestionAsked(Like(9))).examples == (7, 9)


@given(questions())
def test_a_question_is_read_as_it_is_written(question):
    plain = isinstance(question, Text) and (
        question.text != question.text.strip() or question.text.startswith("#")
    )
    if not plain:
        assert read_question(write_question(question)) == question


@pytest.mark.parametrize("written", ["#", "#x", "#-1", "# 1.5", f"#{2**64}"])
def test_what_is_no_id_is_told(written):
    with pytest.raises(ValueError, match="no id"):
        read_question(written)


def test_an_id_is_read_from_text():
    assert read_id(" 12 ") == 12
    assert read_id(UUID) == UUID


@pytest.mark.parametrize(
    "make",
    [
        lambda: Nearest(diversity=1.1),
        lambda: RankFusion(k=0),
        lambda: RankFusion(weights=(-1.0,)),
        lambda: RankFusion(weights=(float("inf"),)),
        lambda: Boost(weight=float("nan")),
        lambda: Stage(ScoreFusion(), limit=0),
        lambda: Stage(ScoreFusion(), limit=MAX_LIMIT + 1),
        lambda: Stage(ScoreFusion(), threshold=float("nan")),
        lambda: Grouping("x", 0),
        lambda: Text("  "),
        lambda: Like(-1),
    ],
)
def test_values_outside_their_ranges_cannot_be_made(make):
    with pytest.raises(ValueError, match=r"must|no id|type a text"):
        make()
