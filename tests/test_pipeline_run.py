"""What pipelines find, and what is told of each stage: embedded, and from a server."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qdrant_client import QdrantClient, models

from engine import Engine
from explorer import catalog, codegen
from explorer.charts import rank_shift
from explorer.cluster import Cluster
from explorer.conditions import AnyOf, Between, Not
from explorer.encoder import EncoderError
from explorer.hints import Hints
from explorer.pipeline.boosting import telling
from explorer.pipeline.check import check
from explorer.pipeline.comparison import compare, fusion_place
from explorer.pipeline.follow import FURTHEST, Fate, follow
from explorer.pipeline.looks import looks
from explorer.pipeline.pipeline import Grouping, Pipeline
from explorer.pipeline.presets import Sample, presets
from explorer.pipeline.question import Like, Text
from explorer.pipeline.request import (
    QuestionMissing,
    encoding,
    reads,
    request,
    stage_request,
)
from explorer.pipeline.run import run
from explorer.pipeline.stage import Boost, Nearest, OrderBy, RankFusion, ScoreFusion, Stage
from explorer.workspace import Workspace
from tests.api_serving import serving

SETS = ("emoji", "digits", "airports", "cars")
ENCODE = encoding(Hints(encoders={"ngrams": "trigrams"}))
GUITAR = 1065
OBJECTS = AnyOf("group", ("Objects",))

DENSE = Stage(Nearest("text", Like(GUITAR)))
WORDS = Stage(Nearest("ngrams"), conditions=(Not(AnyOf("group", ("Flags",))),))
ROOT = Stage(RankFusion(), (DENSE, WORDS), limit=10)


def asking(root: Stage, grouping: Grouping | None = None) -> Pipeline:
    return Pipeline("emoji", root, Text("guitar"), grouping)


PIPELINES = {
    "rrf": asking(ROOT),
    "weights": asking(replace(ROOT, operation=RankFusion(5, (1.0, 3.0)))),
    "dbsf": asking(replace(ROOT, operation=ScoreFusion())),
    "filter above": asking(replace(ROOT, conditions=(OBJECTS,))),
    "threshold": asking(replace(ROOT, threshold=0.2)),
    "rescored": asking(Stage(Nearest("text", Like(3)), (replace(ROOT, limit=30),), limit=10)),
    "ordered": asking(replace(ROOT, operation=OrderBy("version", descending=True))),
    "boosted": asking(replace(ROOT, operation=Boost((OBJECTS,), 0.5))),
    "diverse": asking(Stage(Nearest("text", Like(3), 0.7), limit=10)),
    "grouped": asking(ROOT, Grouping("group", 2)),
    "nested": asking(
        replace(ROOT, sources=(Stage(ScoreFusion(), (DENSE, WORDS), limit=15), WORDS))
    ),
}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(":memory:") as engine:
        for name in SETS:
            catalog.load(engine, name)
        yield engine


@pytest.fixture(scope="module")
def cluster(engine: Engine) -> Iterator[QdrantClient]:
    """The same collections behind HTTP, as a Qdrant server has them."""
    with serving(engine=engine) as served:
        client = Cluster.at(served.url).client()
        yield client
        client.close()


@pytest.mark.parametrize("pipeline", PIPELINES.values(), ids=PIPELINES)
def test_a_server_tells_the_same_of_each_stage_as_the_trace(engine, cluster, pipeline):
    traced, asked = run(engine, pipeline, ENCODE), run(cluster, pipeline, ENCODE)
    assert [hit.id for hit in traced.hits] == [hit.id for hit in asked.hits]
    assert len(traced.hits) > 0
    assert [(g.value, len(g.hits)) for g in traced.groups] == [
        (g.value, len(g.hits)) for g in asked.groups
    ]
    for place, stage in pipeline.stages():
        ours, theirs = traced.reports[place], asked.reports[place]
        assert [c.id for c in ours.passed] == [c.id for c in theirs.passed]
        assert [c.score for c in ours.passed] == pytest.approx([c.score for c in theirs.passed])
        if stage.sources:
            assert ours.entered == theirs.entered
        else:
            assert ours.steps[0].left == theirs.entered  # those that its filter lets through
        assert ours.seconds > 0
        assert theirs.seconds > 0
    assert asked.nested
    assert not traced.nested


@pytest.mark.parametrize("pipeline", PIPELINES.values(), ids=PIPELINES)
def test_every_point_is_followed_to_its_end(engine, pipeline):
    found = run(engine, pipeline, ENCODE)
    rng = np.random.default_rng(7)
    for point in [*(hit.id for hit in found.hits), *rng.integers(0, 1747, 10).tolist(), GUITAR]:
        stops = follow(engine, pipeline, found, point, ENCODE)
        for place, stage in pipeline.stages():
            stop, rank = stops[place], found.reports[place].rank(point)
            assert (stop.fate is Fate.PASSED) == (rank is not None)
            assert stop.text
            if stop.fate is Fate.PASSED:
                assert stop.rank == rank
            if stop.fate is Fate.CUT and stop.rank is not None:
                assert stop.rank > stage.limit * pipeline.widening


def test_the_rank_of_a_dropped_point_is_that_of_the_whole_ranking(engine):
    found = run(engine, PIPELINES["rrf"], ENCODE)
    vectors = np.array(
        [r.vector["text"] for r in engine.scroll("emoji", limit=2000, with_vectors=True)[0]]
    )
    order = np.argsort(-(vectors @ vectors[GUITAR]), kind="stable")
    ranking = order[order != GUITAR].tolist()
    for rank in (21, 100, 900):
        stop = follow(engine, PIPELINES["rrf"], found, ranking[rank - 1], ENCODE)[0,]
        assert (stop.fate, stop.rank) == (Fate.CUT, rank)
        assert stop.text == f"rank {rank} of limit 20"


def test_why_a_point_is_dropped(engine):
    filtered = PIPELINES["filter above"]
    found = run(engine, filtered, ENCODE)
    flag = engine.scroll("emoji", models.Filter(must=[AnyOf("group", ("Flags",)).condition()]))
    stops = follow(engine, filtered, found, flag[0][0].id, ENCODE)
    assert stops[0,].fate is Fate.FILTERED
    assert stops[()].fate is Fate.ABSENT
    assert {stop.fate for stop in follow(engine, filtered, found, GUITAR, ENCODE).values()} == {
        Fate.EXAMPLE
    }
    without = follow(engine, PIPELINES["rrf"], run(engine, PIPELINES["rrf"], ENCODE), 1, ENCODE)
    assert without[1,].fate is Fate.UNSCORED  # it shares no n-gram with the text


def test_a_threshold_is_named_as_the_reason(engine):
    plain = run(engine, PIPELINES["rrf"], ENCODE)
    low = plain.reports[()].passed[-1]
    strict = asking(replace(ROOT, threshold=low.score + 0.001))
    stop = follow(engine, strict, run(engine, strict, ENCODE), low.id, ENCODE)[()]
    assert stop.fate is Fate.THRESHOLD
    assert stop.score == pytest.approx(low.score)


def test_diversity_and_a_full_group_are_named_as_reasons(engine):
    diverse = PIPELINES["diverse"]
    near = run(engine, asking(Stage(Nearest("text", Like(3)), limit=10)), ENCODE)
    found = run(engine, diverse, ENCODE)
    left_out = [h.id for h in near.hits if found.reports[()].rank(h.id) is None]
    assert follow(engine, diverse, found, left_out[0], ENCODE)[()].fate is Fate.SPREAD
    grouped = asking(Stage(Nearest("text", Like(GUITAR)), limit=2), Grouping("group", 2))
    found = run(engine, grouped, ENCODE)
    third = run(engine, asking(DENSE), ENCODE).hits[2].id
    assert follow(engine, grouped, found, third, ENCODE)[()].fate is Fate.UNGROUPED


def test_a_point_beyond_the_furthest_rank_has_none(engine, monkeypatch):
    monkeypatch.setattr("explorer.pipeline.follow.FURTHEST", 50)
    found = run(engine, PIPELINES["rrf"], ENCODE)
    last = stage_request(PIPELINES["rrf"], (0,), ENCODE, limit=FURTHEST)
    far = engine.query_batch_points("emoji", [last])[0].points[-1].id
    stop = follow(engine, PIPELINES["rrf"], found, far, ENCODE)[0,]
    assert (stop.fate, stop.rank) == (Fate.CUT, None)
    assert "beyond rank 50" in stop.text


def test_both_fusions_are_compared_on_the_same_candidates(engine):
    pipeline = PIPELINES["weights"]
    compared = compare(engine, pipeline, fusion_place(pipeline), ENCODE)
    assert compared.by_rank == run(engine, pipeline, ENCODE).hits
    assert compared.by_score == run(engine, PIPELINES["dbsf"], ENCODE).hits
    both = {h.id for h in compared.by_rank} & {h.id for h in compared.by_score}
    assert compared.shared == len(both)
    assert fusion_place(asking(DENSE)) is None


def test_the_chart_of_a_shift_has_a_line_for_each_point():
    spec = rank_shift.spec(("a", [1, 2, 3]), ("b", [2, 1, 4]), {1: "one"})
    lines = {
        line["name"]: [end and end["value"] for end in line["data"]] for line in spec["series"]
    }
    assert lines == {
        "one: rank 1 → 2": [1, 2],
        "2: rank 2 → 1": [2, 1],
        "3: rank 3 on this side only": [3, None],
        "4: rank 3 on this side only": [None, 3],
    }


@pytest.mark.parametrize("pipeline", PIPELINES.values(), ids=PIPELINES)
def test_printed_python_finds_the_same(cluster, engine, pipeline):
    asked = request(pipeline, ENCODE)
    space: dict = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("qdrant_client.QdrantClient", lambda **_: cluster)
        exec(codegen.python("emoji", asked), space)
    found = run(engine, pipeline, ENCODE)
    if pipeline.grouping is None:
        assert [hit.id for hit in space["hits"]] == [hit.id for hit in found.hits]
    else:
        assert [group.id for group in space["groups"]] == [group.value for group in found.groups]


def test_groups_are_printed_for_every_language():
    asked = request(PIPELINES["grouped"], ENCODE)
    assert codegen.http("emoji", asked).startswith("POST /collections/emoji/points/query/groups\n")
    assert "const { groups } = await client.queryGroups(" in codegen.typescript("emoji", asked)
    assert '"group_by": "group"' in codegen.http("emoji", asked)


@pytest.mark.parametrize("name", SETS)
def test_presets_fit_their_collection_and_find_something(engine, name):
    workspace = Workspace(engine)
    summary, fields = workspace.summary(name), workspace.fields(name)
    encode = ENCODE if name == "emoji" else encoding(summary.hints)
    sample = Sample(1, "guitar")
    offered = presets(
        summary,
        fields,
        sample,
        lambda using: reads(encode, using),
        lambda pipeline: run(engine, pipeline, encode).hits,
    )
    assert len({preset.title for preset in offered}) == len(offered) >= 3
    for preset in offered:
        assert not check(preset.pipeline, summary.vectors, fields, encode), preset.title
        found = run(engine, preset.pipeline, encode)
        assert found.hits, preset.title
        if isinstance(preset.pipeline.root.operation, Boost):
            unboosted = [c.id for c in found.reports[0,].passed[: len(found.hits)]]
            newcomers = {hit.id for hit in found.hits} - set(unboosted)
            assert 1 <= len(newcomers) < len(found.hits), preset.title


def found_with(*said: tuple[float, object]) -> list[models.ScoredPoint]:
    return [
        models.ScoredPoint(
            id=i, version=0, score=score, payload={"kind": value, "deep": {"n": [i]}}
        )
        for i, (score, value) in enumerate(said)
    ]


def test_a_telling_boost_takes_the_value_that_needs_the_least_weight():
    hits = found_with((0.9, "a"), (0.8, "b"), (0.7, "a"), (0.65, "c"), (0.3, "b"), (0.2, "d"))
    assert list(telling(["kind"], hits, 3)) == [(AnyOf("kind", ("c",)), 0.05)]
    assert list(telling(["kind"], hits[:4], 3)) == [(AnyOf("kind", ("c",)), 0.05)]


def test_a_telling_boost_brings_several_before_it_brings_one_easily():
    hits = found_with((0.9, "a"), (0.8, "a"), (0.79, "b"), (0.5, "c"), (0.4, "c"))
    assert list(telling(["kind"], hits, 2)) == [(AnyOf("kind", ("c",)), 0.6)]


@pytest.mark.parametrize(
    "said", [[], [(0.9, "a")], [(0.9, "a"), (0.8, "a")], [(0.9, "a"), (0.8, True), (0.7, None)]]
)
def test_nothing_tells_where_no_value_brings_newcomers(said):
    assert list(telling(["kind", "nowhere"], found_with(*said), 1)) == []


@given(
    st.lists(st.tuples(st.floats(-10, 10, width=32), st.sampled_from("abc")), max_size=20),
    st.integers(1, 5),
)
def test_a_telling_boost_brings_newcomers(said, shown):
    hits = found_with(*sorted(said, key=lambda one: -one[0]))
    for value, weight in telling(["kind"], hits, shown):
        boosted = {
            hit.id: hit.score + weight * ((hit.payload or {})["kind"] in value.values)
            for hit in hits
        }
        first = sorted(boosted, key=lambda point: -boosted[point])[:shown]
        assert max(first) >= shown
        assert float(f"{weight:.1g}") == weight > 0


def test_looks_are_of_the_examples_the_best_and_the_followed(engine):
    found = run(engine, PIPELINES["rrf"], ENCODE)
    seen = looks(engine, PIPELINES["rrf"], found, [5, 10**9], Hints(title="name"))
    assert seen[GUITAR].title == "guitar"
    assert {5, GUITAR, *(c.id for c in found.reports[0,].passed)} <= seen.keys()
    assert 10**9 not in seen


def findings(engine: Engine, pipeline: Pipeline) -> dict[tuple, list[str]]:
    workspace = Workspace(engine)
    summary = workspace.summary(pipeline.collection)
    found = check(pipeline, summary.vectors, workspace.fields(pipeline.collection), ENCODE)
    told: dict[tuple, list[str]] = {}
    for finding in found:
        told.setdefault((finding.place, finding.fatal), []).append(finding.text)
    return told


@pytest.mark.parametrize(
    ("root", "place", "fatal", "words"),
    [
        (Stage(Nearest("gone")), (), True, "no vector 'gone'"),
        (Stage(Nearest("text", Text("x"))), (), True, "example point"),
        (Stage(RankFusion()), (), True, "add a source"),
        (Stage(RankFusion(), (Stage(ScoreFusion()),)), (0,), True, "add a source"),
        (Stage(RankFusion(), (DENSE,)), (), False, "fusion of one source"),
        (replace(ROOT, operation=OrderBy("group")), (), True, "numbers or dates"),
        (replace(ROOT, operation=OrderBy("")), (), True, "numbers or dates"),
        (replace(ROOT, operation=Boost()), (), True, "higher score"),
        (replace(ROOT, operation=OrderBy("version"), threshold=1.0), (), True, "threshold"),
        (replace(ROOT, limit=100), (), False, "40 points at most"),
    ],
)
def test_what_is_wrong_is_told_before_it_is_run(engine, root, place, fatal, words):
    told = findings(engine, asking(root))
    assert any(words in text for text in told[place, fatal]), told


def test_a_question_that_no_stage_asks_is_told(engine):
    assert "No stage asks" in findings(engine, asking(DENSE))[(), False][0]
    assert ((), False) not in findings(engine, asking(ROOT))


def test_an_unasked_pipeline_and_groups_of_no_values_are_told(engine):
    unasked = Pipeline("emoji", Stage(Nearest("text")))
    assert "Type what to search for" in findings(engine, unasked)[(), True][0]
    with pytest.raises(QuestionMissing):
        run(engine, unasked, ENCODE)
    ungrouped = asking(ROOT, Grouping("nowhere"))
    assert "makes no groups" in findings(engine, ungrouped)[(), True][0]


@pytest.mark.parametrize("operation", [ScoreFusion(), Boost((AnyOf("origin", ("USA",)),))])
def test_scores_made_of_distances_are_told_to_reward_the_far(engine, operation):
    near = Stage(Nearest("", Like(1)))
    pipeline = Pipeline("cars", Stage(operation, (near, near), limit=10))
    assert any("rewards the far" in text for text in findings(engine, pipeline)[(), False])


def test_a_text_that_no_vector_reads_is_an_error():
    with pytest.raises(EncoderError, match="'text'"):
        request(Pipeline("emoji", Stage(Nearest("text")), Text("x")), ENCODE)


def test_bounds_between_stages_hold(engine):
    """A filter of the root acts inside each source, before the source's own limit."""
    early = Between("version", None, 1.0)
    pipeline = asking(replace(ROOT, conditions=(early,)))
    found = run(engine, pipeline, ENCODE)
    assert len(found.reports[0,].passed) == 20
    ids = [candidate.id for candidate in found.reports[0,].passed]
    assert all(r.payload["version"] <= 1.0 for r in engine.retrieve("emoji", ids))
