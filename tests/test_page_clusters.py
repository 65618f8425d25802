"""The Clusters page without a browser: its widgets, its list and map, and their effects."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from streamlit.testing.v1 import AppTest

from explorer import catalog
from explorer.clusters.leiden import Leiden
from explorer.clusters.sample import Choice
from explorer.clusters.study import Question, Studies
from explorer.conditions import IdsIn
from explorer.events import ConditionsChanged
from explorer.examples import Mode, Vector
from explorer.jobs import Cancelled
from pages import startup
from pages.clusters import visit as clusters_visit
from tests.page_runs import LIMIT, component, data, opened, reported, settled

PAGE = "clusters/page.py"


@pytest.fixture(scope="module", autouse=True)
def collections(emoji_folder: Path) -> None:
    """The cars, beside the emoji."""
    catalog.load(startup.workspace().client, "cars")


@pytest.fixture
def app() -> AppTest:
    return on_page("cars")


def on_page(collection: str, **parameters: str) -> AppTest:
    return settled(opened(PAGE, collection=collection, **parameters))


def items(app: AppTest) -> list[dict]:
    return data(app, "clusters")["items"]


def send(app: AppTest, name: str, *, leads_away: bool = False, **event: object) -> AppTest:
    """Let a component report an event, as the browser does; other pages are not part of a test."""
    proto = component(app, name).proto
    queue = [{"seq": json.loads(proto.json)["ack"] + 1, **event}]
    reported(app, proto.id, {"queue": queue})
    return app if leads_away else settled(app)


def look_at(app: AppTest, cluster: int) -> AppTest:
    return send(app, "clusters", kind="focus", cluster=cluster)


def keyed(elements, key: str):
    return next(e for e in elements if (e.key or "").startswith(key))


def press(app: AppTest, key: str) -> AppTest:
    return settled(keyed(app.button, key).click().run())


def written() -> list[str]:
    """The values of the payload field."""
    records, _ = startup.workspace().client.scroll("cars", limit=1_000, with_payload=True)
    return [found["cluster"] for record in records if "cluster" in (found := record.payload or {})]


def draft(app: AppTest):
    return app.session_state["visit.history"].present


def test_the_list_and_the_map_show_the_same_clusters(app):
    shown = items(app)
    assert sum(item["size"] for item in shown) == 406
    assert [item["size"] for item in shown] == sorted((i["size"] for i in shown), reverse=True)
    colour = data(app, "map")["colour"]
    assert [item["name"] for item in shown] == colour["names"]
    assert [item["colour"] for item in shown] == colour["palette"]
    assert all(item["values"] for item in shown)


def drawn_around(app: AppTest, cluster: int, count: int) -> list[int]:
    """Draw a lasso around some points of a cluster, and return their places on the map."""
    study = startup.studies().kept(Question(Choice("cars"), Leiden()))
    assert study is not None
    index = startup.point_maps().points("cars", "").index
    places = sorted(index(point) or 0 for point in study.clusters.ids(cluster)[:count])
    send(app, "map", kind="lasso", count=count, indices=places)
    return places


def test_a_lasso_selects_points_which_become_a_cluster(app):
    before = items(app)
    places = drawn_around(app, 0, 12)
    assert data(app, "map")["overlay"]["selected"] == places
    press(app, "clusters.gather")
    assert data(app, "map")["overlay"]["selected"] is None
    assert keyed(app.text_input, "clusters.name").value
    press(app, "clusters.back")
    after = {item["cluster"]: item["size"] for item in items(app)}
    made = max(after)
    assert after[made] == 12
    assert after[0] == before[0]["size"] - 12
    press(app, "icon-clusters-undo")
    assert items(app) == before


def test_points_drawn_around_while_clusters_are_looked_for_are_selected(monkeypatch):
    ready, study = Event(), Studies.study

    def waiting(*asked) -> object:
        assert ready.wait(LIMIT)
        return study(*asked)

    monkeypatch.setattr(Studies, "study", waiting)
    app = opened(PAGE, collection="emoji")
    send(app, "map", leads_away=True, kind="lasso", count=2, indices=[3, 5])
    ready.set()
    settled(app)
    assert data(app, "map")["overlay"]["selected"] == [3, 5]


def test_what_is_selected_is_clustered_alone(app):
    drawn_around(app, 0, 40)
    press(app, "clusters.only")
    assert sum(item["size"] for item in items(app)) == 40
    assert isinstance(draft(app).conditions[0], IdsIn)


def test_a_value_is_written_into_what_is_selected(app):
    drawn_around(app, 1, 9)
    keyed(app.text_input, "clusters.selected.value").set_value("odd ones")
    settled(app.run())
    press(app, "clusters.selected.write")
    assert Counter(written()) == {"odd ones": 9}
    press(app, "clusters.take_back")
    assert written() == []


def test_selected_points_are_drawn_as_a_graph(app):
    drawn_around(app, 0, 7)
    keyed(app.button, "clusters.graph").click().run()
    begun = app.session_state["graph.history"].present
    assert (begun.collection, begun.using, len(begun.start.ids)) == ("cars", "", 7)


def test_methods_and_their_parameters(app):
    keyed(app.segmented_control, "clusters.method").set_value("k-means")
    settled(app.run())
    assert len(items(app)) == 10
    keyed(app.slider, "clusters.count").set_value(4)
    settled(app.run())
    assert len(items(app)) == 4
    keyed(app.segmented_control, "clusters.method").set_value("HDBSCAN")
    settled(app.run())
    assert "noise" in data(app, "map")["colour"]["names"]


def test_a_click_on_the_list_or_the_map_looks_at_a_cluster(app):
    look_at(app, 1)
    assert data(app, "map")["colour"]["standing_out"] == [1]
    assert keyed(app.text_input, "clusters.name.1").value
    press(app, "clusters.back")
    assert data(app, "map")["colour"]["standing_out"] == []
    send(app, "map", kind="click", index=7, role=None, modifiers=[])
    (focused,) = data(app, "map")["colour"]["standing_out"]
    send(app, "map", kind="click", index=7, role=None, modifiers=[])
    assert data(app, "map")["colour"]["standing_out"] == []
    assert 0 <= focused < len(items(app))


def test_names_and_merges_can_be_undone(app):
    before = items(app)
    look_at(app, 0)
    keyed(app.text_input, "clusters.name.0").set_value("Mine")
    settled(app.run())
    keyed(app.selectbox, "clusters.other").set_value(2)
    settled(app.run())
    press(app, "clusters.merge")
    press(app, "clusters.back")
    after = items(app)
    assert after[0]["name"] == "Mine"
    assert after[0]["size"] == before[0]["size"] + before[2]["size"]
    assert len(after) == len(before) - 1
    press(app, "icon-clusters-undo")
    press(app, "icon-clusters-undo")
    assert items(app) == before
    press(app, "icon-clusters-redo")
    assert items(app)[0]["name"] == "Mine"


def test_two_clusters_are_compared(app):
    look_at(app, 0)
    keyed(app.selectbox, "clusters.other").set_value(1)
    settled(app.run())
    assert data(app, "map")["colour"]["standing_out"] == [0, 1]
    told = [caption.value for caption in app.caption]
    assert any(text.startswith("The centroids have a distance of") for text in told)
    assert any(text.startswith("At the border:") for text in told)


@pytest.mark.parametrize(
    ("way", "mode"),
    [("Near its centroid", Mode.NEAREST), ("Near its medoid", Mode.NEAREST)],
)
def test_a_cluster_becomes_a_query(app, way, mode):
    look_at(app, 0)
    keyed(app.button, f"clusters.{way}").click().run()
    asked = draft(app)
    assert asked.mode is mode
    assert isinstance(asked.examples.target, Vector) == (way == "Near its centroid")


def test_a_cluster_becomes_a_selection_and_a_filter(app):
    size = items(app)[0]["size"]
    look_at(app, 0)
    keyed(app.button, "clusters.Select").click().run()
    assert len(app.session_state["visit.selection"]) == size
    app = look_at(on_page("cars"), 0)
    keyed(app.button, "clusters.Filter").click().run()
    (condition,) = draft(app).conditions
    assert isinstance(condition, IdsIn)
    assert len(condition.ids) == size


def test_a_card_asks_for_what_is_near_it(app):
    look_at(app, 0)
    card = data(app, "cards")["items"][0]
    event = {"kind": "click", "index": card["index"], "id": card["id"], "role": "target"}
    send(app, "cards", leads_away=True, **event)
    assert draft(app).examples.target == int(card["id"])


def test_clusters_are_written_into_a_field_and_taken_back(app):
    names = {item["name"]: item["size"] for item in items(app)}
    press(app, "clusters.write")
    assert Counter(written()) == names
    assert {item["name"]: item["size"] for item in items(app)} == names
    press(app, "clusters.take_back")
    assert written() == []
    (dismiss,) = (one.key for one in app.button if one.key.startswith("icon-dismiss-"))
    press(app, dismiss)


def test_stability_is_shown_on_the_cards(app):
    assert {item["stable"] for item in items(app)} == {None}
    press(app, "clusters.stability.start")
    assert all(
        item["stable"]["title"].startswith("Found again in 10 rounds") for item in items(app)
    )


def test_a_filter_that_leaves_too_few_points_is_told():
    app = on_page("cars")
    history = app.session_state["visit.history"]
    narrowed = history.present.apply(ConditionsChanged((IdsIn((1, 2)),)))
    app.session_state["visit.history"] = history.push(narrowed)
    settled(app.run())
    assert "clusters need at least 3" in app.warning[0].value
    assert keyed(app.button, "clusters.again")


def test_sparse_vectors_have_no_centroid_query():
    app = look_at(on_page("emoji", using="ngrams"), 0)
    assert keyed(app.button, "clusters.Near its centroid").disabled
    assert not keyed(app.button, "clusters.Near its medoid").disabled


def test_what_was_left_for_another_question_is_asked_anew(monkeypatch):
    app = on_page("cars")
    slow = Event()
    true_study = Studies.study

    def study(self, question, report, stopped):
        if question.seed == 7 and not slow.is_set():
            while not stopped():
                slow.wait(0.01)
            raise Cancelled
        return true_study(self, question, report, stopped)

    monkeypatch.setattr(Studies, "study", study)
    seeded(app, 7)
    app.run()
    assert [job.title for job in startup.jobs().running().values()] == ["Leiden on cars"]
    seeded(app, 8)
    settled(app.run())
    assert items(app)
    slow.set()
    seeded(app, 7)
    settled(app.run())
    assert items(app)


def seeded(app: AppTest, seed: int) -> None:
    app.session_state["clusters.settings"] = replace(clusters_visit.Settings(), seed=seed)


def test_noise_becomes_a_selection(app):
    keyed(app.segmented_control, "clusters.method").set_value("HDBSCAN")
    settled(app.run())
    noise = data(app, "map")["colour"]["counts"][-1]
    keyed(app.button, "clusters.Select").click().run()
    assert len(app.session_state["visit.selection"]) == noise
