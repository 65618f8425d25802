"""The Outliers page without a browser: its three lists, what a click shows, where findings go."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from qdrant_client import models
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from explorer import catalog
from explorer.conditions import IdsIn
from explorer.findings import FindingKind, OutlierMethod, distance_scores
from explorer.neighbours import neighbours
from pages import startup

MAIN = Path(__file__).parent.parent / "pages" / "main.py"
PAGE = "outliers/page.py"
LIMIT = 30  # seconds, on a machine that does other things too


@pytest.fixture(scope="module", autouse=True)
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One data folder for all tests here, with the emoji that a first start loads, and digits."""
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEXTANT_DATA", str(folder))
        client = startup.workspace().client
        catalog.load(client, "digits")
        fill(client)
        yield folder
        startup.close()


def fill(client) -> None:
    """Make small collections that are hard to say anything about."""
    spec = models.VectorParams(size=2, distance="Euclid")
    for name, count in (("two", 2), ("same", 12), ("half", 12)):
        client.create_collection(name, {"v": spec})
        client.upsert(
            name,
            [
                models.PointStruct(
                    id=number,
                    vector={} if name == "half" and number % 2 else {"v": [1, 2]},
                    payload={"only": "a"},
                )
                for number in range(count)
            ],
        )
    client.create_collection("words", {}, sparse_vectors_config={"s": models.SparseVectorParams()})
    client.upsert(
        "words",
        [
            models.PointStruct(
                id=number, vector={"s": models.SparseVector(indices=[number], values=[1.0])}
            )
            for number in range(9)
        ],
    )


def opened(collection: str, using: str = "", kind: FindingKind | None = None) -> AppTest:
    app = AppTest.from_file(str(MAIN), default_timeout=LIMIT)
    app.query_params["collection"] = collection
    if using:
        app.query_params["using"] = using
    app.run()
    app.switch_page(str(PAGE)).run()
    finish(app)
    if kind is not None:
        app.segmented_control(key="outliers.kind").set_value(kind).run()
        finish(app)
    return app


def finish(app: AppTest) -> None:
    """Wait for what the page waits for."""
    while running := startup.jobs().running():
        for job in running.values():
            job.wait(LIMIT)
        app.run()
    assert not app.exception


def component(app: AppTest, name: str):
    return next(c for c in app.get("bidi_component") if c.proto.component_name == f"sextant_{name}")


def data(app: AppTest, name: str) -> dict:
    return json.loads(component(app, name).proto.json)


def send(app: AppTest, name: str, *events: dict) -> None:
    states = app._tree.get_widget_states()
    wanted = component(app, name).proto.id
    states.widgets.append(WidgetState(id=wanted, json_value=json.dumps({"queue": list(events)})))
    app._run(states)
    assert not app.exception


def cards(app: AppTest) -> list[str]:
    return [item["id"] for item in data(app, "cards")["items"]]


def said(app: AppTest) -> str:
    return " ".join(block.value for block in (*app.markdown, *app.info, *app.caption))


def test_the_farthest_points_are_listed_and_ringed():
    app = opened("digits", "pixels")
    near = neighbours(startup.workspace().client, "digits", "pixels")
    expected = sorted(zip(-distance_scores(near), near.ids, strict=True))[:20]
    assert cards(app) == [str(point) for _, point in expected]
    assert len(data(app, "map")["overlay"]["hits"]) == 20
    assert len(data(app, "cards")["items"][0]["strip"]) == 8


@pytest.mark.parametrize("method", [OutlierMethod.DENSITY, OutlierMethod.DISSIMILAR])
def test_other_readings_of_far_give_other_lists(method):
    app = opened("digits", "pixels")
    before = cards(app)
    app.segmented_control(key="outliers.method").set_value(method).run()
    assert not app.exception
    assert len(cards(app)) == 20
    assert cards(app) != before


def test_a_click_on_a_card_says_why_it_is_there():
    app = opened("digits", "pixels")
    item = data(app, "cards")["items"][3]
    click = {"seq": 1, "kind": "click", "index": item["index"], "id": item["id"], "modifiers": []}
    send(app, "cards", click)
    assert "Its neighbour number 15 is" in said(app)
    assert data(app, "cards")["items"][3]["chosen"]
    assert len(app.dataframe[0].value) == 8
    assert len(data(app, "map")["overlay"]["selected"]) == 9


def test_groups_follow_the_slider():
    app = opened("digits", "pixels", FindingKind.DUPLICATES)
    few = len(cards(app))
    slider = next(s for s in app.slider if "Linked" in s.label)
    slider.set_value(slider.min).run()
    assert len(cards(app)) > few > 0
    item = data(app, "cards")["items"][0]
    send(app, "cards", {"seq": 1, "kind": "click", "index": item["index"], "modifiers": []})
    assert "fields differ" in said(app)


def test_labels_that_neighbours_doubt_are_listed():
    app = opened("digits", "pixels", FindingKind.DISAGREEMENT)
    assert "of 1,797 against the neighbours" in said(app)
    everything = len(cards(app))
    app.toggle(key="outliers.sure").set_value(True).run()
    assert 0 < len(cards(app)) < everything


def test_findings_go_to_the_desk_once():
    app = opened("digits", "pixels")
    assert not app.get("page_link")
    app.button(key="findings.desk").click().run()
    desk = startup.connection().desks.of("digits")
    assert desk.progress().total == 20
    assert app.get("page_link")[0].proto.label == "20 in Cleaning"
    app.button(key="findings.desk").click().run()
    assert desk.progress().total == 20
    assert not app.exception


def test_findings_become_a_filter_of_explore():
    app = opened("digits", "pixels")
    wanted = tuple(int(point) for point in cards(app))
    app.button(key="findings.filter").click().run()
    assert app.session_state["visit.history"].present.conditions == (IdsIn(wanted),)


@pytest.mark.parametrize("kind", FindingKind)
@pytest.mark.parametrize(
    ("collection", "using", "message"),
    [
        ("two", "v", "Fewer than 3 of the compared points"),
        ("same", "v", None),
        ("half", "v", None),
        ("words", "s", None),
    ],
)
def test_hard_data_gets_an_answer(collection, using, message, kind):
    app = opened(collection, using, kind)
    assert not app.error
    if message is not None:
        assert message in said(app)


def test_one_label_only_is_told():
    app = opened("same", "v", FindingKind.DISAGREEMENT)
    assert "Labels can only disagree where there are two of them" in said(app)


def test_findings_become_a_payload_field_and_are_taken_back():
    app = opened("digits", "pixels")
    points = [int(point) for point in cards(app)]
    client = startup.workspace().client
    app.button(key="findings.write").click().run()
    job = startup.jobs().get("finding field digits")
    assert job is not None
    assert job.wait(LIMIT)
    written = client.retrieve("digits", points, with_payload=["finding"])
    assert {(record.payload or {}).get("finding") for record in written} == {"outlier"}
    app.run()
    app.button(key="finding.take_back").click().run()
    job = startup.jobs().get("finding field digits")
    assert job is not None
    assert job.wait(LIMIT)
    assert not any(r.payload for r in client.retrieve("digits", points, with_payload=["finding"]))
