"""The workspace: what is there, and how a draft is answered and explained."""

import pytest
from qdrant_client import QdrantClient, models

from engine import Engine, NotFound
from explorer.client import change_count, note_change, reader
from explorer.draft import Draft
from explorer.events import ConventionChosen
from explorer.examples import Examples, Mode, Pair
from explorer.hints import Hints
from explorer.workspace import Workspace, data_folder


def fill(client):
    client.create_collection(
        "points",
        {
            "text": models.VectorParams(size=3, distance=models.Distance.COSINE),
            "colour": models.VectorParams(size=2, distance=models.Distance.EUCLID),
        },
        sparse_vectors_config={"words": models.SparseVectorParams()},
        metadata=Hints(title="name", vector="colour").metadata(),
    )
    client.upsert(
        "points",
        [
            models.PointStruct(
                id=i,
                vector={"text": [1.0, float(i), float(i * i % 7)], "colour": [float(i), float(-i)]},
                payload={"name": f"p{i}"},
            )
            for i in range(1, 20)
        ],
    )
    client.create_collection("bare", models.VectorParams(size=4, distance=models.Distance.DOT))
    return Workspace(client)


@pytest.fixture
def workspace():
    with Engine(":memory:") as engine:
        yield fill(engine)


def test_summaries_say_what_is_there(workspace):
    assert workspace.names() == ("bare", "points")
    bare, points = workspace.summaries()
    assert (bare.points, list(bare.vectors), bare.default_vector) == (0, [""], "")
    assert points.points == 19
    assert set(points.vectors) == {"text", "colour", "words"}
    assert points.default_vector == "colour"
    assert points.hints.title == "name"
    with pytest.raises(NotFound):
        workspace.summary("nowhere")


DRAFTS = {
    "nearest": Draft("points", "text", examples=Examples(target=3)),
    "recommend": Draft(
        "points",
        "text",
        mode=Mode.RECOMMEND,
        examples=Examples(positives=(1, 2), negatives=(3,)),
        strategy=models.RecommendStrategy.BEST_SCORE,
    ),
    "discover": Draft(
        "points", "text", mode=Mode.DISCOVER, examples=Examples(target=1, pairs=(Pair(2, 3),))
    ),
    "context": Draft("points", "text", mode=Mode.CONTEXT, examples=Examples(pairs=(Pair(2, 3),))),
}


@pytest.mark.parametrize("name", DRAFTS)
def test_parts_add_up_to_the_scores_that_are_shown(workspace, name):
    draft = DRAFTS[name]
    for asked in (draft, draft.apply(ConventionChosen("documented"))):
        hits = workspace.answer(asked)
        parts = workspace.parts(asked, [hit.id for hit in hits], Hints())
        assert len(hits) > 10
        for hit in hits:
            total = sum(part.value for part in parts[hit.id])
            assert total == pytest.approx(hit.score, abs=1e-5)


def test_conventions_score_differently_and_leave_the_client_as_it_is(workspace):
    draft = DRAFTS["discover"]
    documented = workspace.answer(draft.apply(ConventionChosen("documented")))
    assert documented[0].score != workspace.answer(draft)[0].score
    assert workspace.client.options.convention == "qdrant"


def test_a_draft_that_asks_nothing_has_no_hits(workspace):
    draft = Draft("points", "text")
    assert workspace.answer(draft) == []
    assert workspace.parts(draft, [1], Hints()) == {}


@pytest.mark.parametrize("remote", [False, True])
def test_a_hit_that_is_deleted_meanwhile_has_no_parts(workspace, remote):
    client = QdrantClient(":memory:") if remote else workspace.client
    asked = fill(client) if remote else workspace
    draft = DRAFTS["discover"]
    ids = [hit.id for hit in asked.answer(draft)]
    gone, example = ids[0], draft.examples.target
    client.delete("points", models.PointIdsList(points=[gone]))
    assert asked.parts(draft, ids, Hints()).keys() == set(ids[1:])
    client.delete("points", models.PointIdsList(points=[example]))
    assert asked.parts(draft, ids, Hints()) == {}
    if remote:
        client.close()


def test_what_is_known_to_have_changed_on_a_server_counts_for_all_who_look_at_it():
    client = QdrantClient(":memory:")
    fill(client)
    face = reader(client)
    assert change_count(client, "points") == 0
    note_change(face, "points")
    assert change_count(client, "points") == change_count(face, "points") == 1
    assert change_count(client, "bare") == 0
    client.close()


@pytest.mark.parametrize("name", DRAFTS)
def test_a_qdrant_client_gives_the_same_answer_and_is_explained_here(workspace, name):
    client = QdrantClient(":memory:")
    other = fill(client)
    draft = DRAFTS[name]
    expected = workspace.answer(draft)
    assert [hit.id for hit in other.answer(draft)] == [hit.id for hit in expected]
    ids = [hit.id for hit in expected]
    explained = workspace.parts(draft, ids, Hints())
    for point, parts in other.parts(draft, ids, Hints()).items():
        assert [part.label for part in parts] == [part.label for part in explained[point]]
        values = [part.value for part in explained[point]]
        assert [part.value for part in parts] == pytest.approx(values, abs=1e-5)
    assert (other.is_embedded, workspace.is_embedded) == (False, True)
    assert other.summary("points").default_vector == "colour"
    client.close()


def test_the_data_folder_is_named_by_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("SEXTANT_DATA", str(tmp_path / "data"))
    assert data_folder() == tmp_path / "data"
    with Engine(data_folder()) as engine:
        assert fill(engine).names() == ("bare", "points")
    monkeypatch.delenv("SEXTANT_DATA")
    assert data_folder().is_absolute()
    with Engine(tmp_path / "data") as engine:
        assert Workspace(engine).summary("points").points == 19
