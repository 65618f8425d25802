"""The Graph page without a browser: events of its components and widgets, and their effects."""

import pytest
from qdrant_client import models
from streamlit.testing.v1 import AppTest

from explorer import catalog
from explorer.conditions import AnyOf
from explorer.draft import Draft
from explorer.examples import Examples, Mode
from explorer.graph import permalink
from explorer.graph.drawing import Drawing
from explorer.graph.linking import Linking
from explorer.graph.view import Chosen, Look, Placing, Sample, View
from explorer.history import History
from pages import startup
from tests import page_runs
from tests.page_runs import component, data, opened, settled

pytestmark = pytest.mark.usefixtures("emoji_folder")

PAGE = "graph/page.py"
VIEW = View("emoji", "text", Sample(60))
AROUND = VIEW.around(1065)


@pytest.fixture
def app() -> AppTest:
    return drawn(VIEW)


def drawn(view: View | None = None, look: Look | None = None, **state) -> AppTest:
    parameters = permalink.encode(view, look or Look()) if view else {}
    return linked(parameters, **state)


def linked(parameters: dict[str, str], **state) -> AppTest:
    kept = {f"visit.{name}": value for name, value in state.items()}
    return settled(opened(PAGE, kept, **parameters))


def send(app: AppTest, name: str, *events: dict) -> None:
    """Let a component report its queue of events, and what they begin end."""
    settled(page_runs.send(app, name, *events))


def click(app: AppTest, index: int, seq: int = 1) -> None:
    send(app, "map", {"seq": seq, "kind": "click", "index": index, "role": None, "modifiers": []})


def bound(app: AppTest, kind: str, name: str):
    """Find the widget that shows a part of the view."""
    with_key = (widget for widget in app.get(kind) if widget.key)
    return next(w for w in with_key if w.key.rpartition(".")[0] == f"graph.{name}")


def view(app: AppTest) -> View:
    return app.session_state["graph.history"].present


def look(app: AppTest) -> Look:
    return app.session_state["graph.look"]


def drawing(app: AppTest) -> Drawing:
    found = startup.connection().drawings.kept(view(app))
    assert found is not None
    return found


def nearest(point: int, count: int) -> set[int]:
    client = startup.workspace().client
    hits = client.query_points("emoji", query=point, using="text", limit=count).points
    return {int(hit.id) for hit in hits}


def test_a_first_visit_shows_a_sample_with_its_hubs():
    app = drawn()
    assert view(app) == View("emoji", "text", Sample(500))
    shown = data(app, "map")
    assert shown["points"]["version"] == drawing(app).points.version
    assert shown["links"]["larger_is_better"] is True
    assert shown["colour"]["field"] == "Community"
    counts = drawing(app).occurrences
    assert data(app, "cards")["items"][0]["score"] == counts.max()
    assert permalink.decode(app.query_params) == (view(app), look(app))


def test_a_visit_goes_on_with_what_explore_shows():
    catalog.load(startup.workspace().client, "cars")
    app = drawn(collection="cars")
    assert view(app).collection == "cars"
    assert data(app, "map")["links"]["larger_is_better"] is False
    startup.workspace().client.delete_collection("cars")


def test_a_click_shows_the_neighbours_with_their_scores(app):
    click(app, 7)
    assert look(app).at == drawing(app).graph.ids[7]
    assert view(app) == VIEW
    linked_to = drawing(app).graph.linked(7)
    assert [hit["index"] for hit in data(app, "map")["overlay"]["hits"]] == [
        p for p, _ in linked_to
    ]
    shown = [(card["index"], card["score"]) for card in data(app, "cards")["items"]]
    assert shown == linked_to
    assert data(app, "map")["overlay"]["roles"] == [{"index": 7, "role": "target", "pair": None}]
    assert data(app, "map")["links"]["focus"] == 7


def test_a_click_expands_in_a_graph_around_a_point():
    app = drawn(AROUND)
    assert set(drawing(app).graph.ids) == {1065} | nearest(1065, 8)
    grown = drawing(app).graph.ids[0]
    click(app, 0)
    assert view(app).expanded == (1065, grown)
    assert nearest(grown, 8) <= set(drawing(app).graph.ids)
    settled(app.button(key="icon-graph-undo").click().run())
    assert view(app) == AROUND
    assert len(drawing(app).graph) == 9
    settled(app.button(key="icon-graph-redo").click().run())
    assert view(app).expanded == (1065, grown)


def test_the_switch_decides_what_a_click_does(app):
    settled(bound(app, "toggle", "expands").set_value(True).run())
    click(app, 3)
    assert view(app).expanded == (look(app).at,)
    assert len(drawing(app).graph) > 60


def test_the_keys_of_the_map_undo_and_clear(app):
    settled(bound(app, "selectbox", "k").set_value(5).run())
    click(app, 3)
    send(app, "map", {"seq": 2, "kind": "undo"})
    assert view(app).k == 8
    send(app, "map", {"seq": 2, "kind": "undo"}, {"seq": 3, "kind": "redo"})
    assert view(app).k == 5
    send(app, "map", {"seq": 4, "kind": "clear"})
    assert look(app).at is None


def test_links_and_places_are_chosen(app):
    linking = bound(app, "button_group", "linking")
    settled(linking.set_value(Linking.TREE).run())
    assert not app.exception
    assert len(drawing(app).graph.edges) == 59
    settled(bound(app, "button_group", "placing").set_value(Placing.MAP).run())
    whole = startup.point_maps().points("emoji", "text")
    place = whole.layout.xy[whole.index(drawing(app).graph.ids[0])]
    assert drawing(app).xy[0] == pytest.approx(place)


@pytest.mark.parametrize("colour", ["@clump", "@occurrences", "@degree", "@betweenness", "group"])
def test_points_are_coloured_by_measures_and_fields(app, colour):
    settled(bound(app, "selectbox", "colour").set_value(colour).run())
    shown = data(app, "map")["colour"]
    expected = "category" if colour in ("@clump", "group") else "number"
    assert (look(app).colour, shown["kind"]) == (colour, expected)


def test_sizes_are_chosen(app):
    first = data(app, "map")["sizes"]["url"]
    settled(bound(app, "selectbox", "size").set_value("@betweenness").run())
    assert data(app, "map")["sizes"]["url"] != first
    settled(bound(app, "selectbox", "size").set_value("").run())
    assert data(app, "map")["sizes"] is None


def test_a_cut_off_shows_the_clumps(app):
    middle = float(sorted(drawing(app).graph.scores)[len(drawing(app).graph.scores) // 2])
    app = drawn(VIEW, Look(cutoff=middle))
    assert data(app, "map")["links"]["cutoff"] == middle
    summary = next(c.value for c in app.caption if "links" in c.value)
    assert f"≥ {middle:.3f}" in summary
    assert "clumps" in summary
    slider = bound(app, "slider", "cutoff")
    settled(slider.set_value(slider.min).run())
    assert look(app).cutoff is None


def test_one_link_is_no_links():
    app = drawn(View("emoji", "text", Chosen((1, 2))))
    assert any(c.value.startswith("**2** points · **1** link ·") for c in app.caption)


def test_a_cut_off_beyond_all_links_cuts_nothing_off():
    app = drawn(VIEW, Look(cutoff=7.0))
    assert data(app, "map")["links"]["cutoff"] is None


def test_a_selection_becomes_a_graph_of_its_own(app):
    send(app, "map", {"seq": 1, "kind": "lasso", "count": 4, "indices": [1, 2, 3, 4]})
    ids = drawing(app).graph.ids[1:5]
    assert data(app, "map")["overlay"]["selected"] == [1, 2, 3, 4]
    settled(app.button(key="graph.only").click().run())
    assert view(app).start == Chosen(ids, "selected points")
    assert drawing(app).graph.ids == ids
    assert data(app, "map")["overlay"]["selected"] is None


def test_results_of_explore_become_a_graph():
    asked = Draft("emoji", "text", Mode.NEAREST, Examples(target=1065), limit=10)
    app = drawn(VIEW, history=History(asked), selection=())
    app.session_state["graph-points"] = True
    settled(app.run())
    settled(app.button(key="graph.results").click().run())
    assert not app.exception
    assert set(drawing(app).graph.ids) == {1065} | nearest(1065, 10)
    roles = data(app, "map")["overlay"]["roles"]
    assert [(role["index"], role["role"]) for role in roles] == [
        (drawing(app).points.index(1065), "target")
    ]


def test_a_graph_begins_around_a_typed_id(app):
    app.session_state["graph-points"] = True
    settled(app.run())
    settled(app.text_input(key="graph.id").set_value("#1065").run())
    assert view(app) == VIEW.around(1065)
    assert look(app).at == 1065


def test_an_unknown_id_is_told_and_changes_nothing(app):
    app.session_state["graph-points"] = True
    settled(app.run())
    for written, told in (("999999", "no point 999999"), ("12.5", "12.5")):
        page_runs.shown(app.text_input(key="graph.id").set_value(written).run())
        assert told in app.toast[0].value
        assert view(app) == VIEW


def test_a_graph_that_cannot_be_drawn_leads_back():
    app = drawn(VIEW.around(999_999))
    assert "999999" in app.error[0].value
    back = next(button for button in app.button if button.label == "Begin with a sample")
    settled(back.click().run())
    assert view(app) == View("emoji", "text", Sample(500))
    assert not app.error


def test_the_filter_of_explore_bounds_the_sample():
    flags = AnyOf("group", ("Flags",))
    filtered = Draft("emoji", "text", conditions=(flags,))
    app = drawn(VIEW, history=History(filtered), selection=())
    app.session_state["graph-points"] = True
    settled(app.run())
    settled(bound(app, "toggle", "conditions").set_value(True).run())
    assert view(app).conditions == (flags,)
    assert {payload["group"] for payload in drawing(app).payloads} == {"Flags"}


@pytest.mark.parametrize("tab", ["Groups", "Points", "Export"])
def test_every_tab_is_drawn(app, tab):
    app.session_state["graph.panel"] = tab
    settled(app.run())
    assert not app.exception
    if tab == "Export":
        labels = [button.label for button in app.get("download_button")]
        assert [label.split(",")[0] for label in labels] == ["GraphML", "GEXF", "JSON", "CSV"]
    else:
        shown = app.dataframe[0].value
        assert shown["points"].sum() == 60 if tab == "Groups" else len(shown) == 60


def test_sparse_vectors_link_points():
    app = drawn(View("emoji", "ngrams", Sample(60)))
    assert len(drawing(app).graph.edges) > 60
    settled(app.run())
    assert data(app, "map")["links"]


def test_a_missing_vector_is_told_with_advice():
    app = drawn(View("emoji", "gone", Sample(60)))
    assert "Choose 'text'" in app.warning[0].value
    settled(bound(app, "selectbox", "using").set_value("text").run())
    assert data(app, "map")["links"]


def test_two_points_are_the_fewest(app):
    client = startup.workspace().client
    client.create_collection("one", models.VectorParams(size=2, distance=models.Distance.DOT))
    client.upsert("one", [models.PointStruct(id=1, vector=[1, 2])])
    alone = drawn(View("one", "", Sample(60)))
    assert "at least two points" in alone.info[0].value
    assert component(alone, "map") is None
    alone.session_state["graph-points"] = True
    settled(alone.run())
    client.delete_collection("one")


def test_deleted_points_of_a_link_are_named():
    app = drawn(VIEW.starting(Chosen((1, 2, 3, 999_999))))
    assert any("#999999" in caption.value for caption in app.caption)
    assert len(drawing(app).graph) == 3


@pytest.mark.parametrize(
    "written", ["{", '{"collection": "gone"}', '{"collection":"emoji","k":99}']
)
def test_a_link_that_cannot_be_followed_says_so(written):
    app = opened(PAGE, graph=written)
    assert app.toast
    assert view(app).collection == "emoji"
