"""The Outliers page without a browser: its three lists, what a click shows, where findings go."""

from pathlib import Path

import pytest
from qdrant_client import models
from streamlit.testing.v1 import AppTest

from explorer import catalog
from explorer.conditions import IdsIn
from explorer.findings import FindingKind, OutlierMethod, distance_scores
from explorer.neighbours import neighbours
from pages import startup
from tests.page_runs import LIMIT, data, opened, send, settled, turned

PAGE = "outliers/page.py"


@pytest.fixture(scope="module", autouse=True)
def collections(emoji_folder: Path) -> None:
    """The digits, and small collections that are hard to say anything about."""
    client = startup.workspace().client
    catalog.load(client, "digits")
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


def on_page(collection: str, using: str = "", kind: FindingKind | None = None) -> AppTest:
    """Open the page on a collection, and one of its lists."""
    app = turned(opened(collection=collection, **({"using": using} if using else {})), PAGE)
    if kind is not None:
        settled(app.segmented_control(key="outliers.kind").set_value(kind).run())
    return app


def cards(app: AppTest) -> list[str]:
    return [item["id"] for item in data(app, "cards")["items"]]


def said(app: AppTest) -> str:
    return " ".join(block.value for block in (*app.markdown, *app.info, *app.caption))


def test_the_farthest_points_are_listed_and_ringed():
    app = on_page("digits", "pixels")
    near = neighbours(startup.workspace().client, "digits", "pixels")
    expected = sorted(zip(-distance_scores(near), near.ids, strict=True))[:20]
    assert cards(app) == [str(point) for _, point in expected]
    assert len(data(app, "map")["overlay"]["hits"]) == 20
    assert len(data(app, "cards")["items"][0]["strip"]) == 8


@pytest.mark.parametrize("method", [OutlierMethod.DENSITY, OutlierMethod.DISSIMILAR])
def test_other_readings_of_far_give_other_lists(method):
    app = on_page("digits", "pixels")
    before = cards(app)
    app.segmented_control(key="outliers.method").set_value(method).run()
    assert not app.exception
    assert len(cards(app)) == 20
    assert cards(app) != before


def test_a_click_on_a_card_says_why_it_is_there():
    app = on_page("digits", "pixels")
    item = data(app, "cards")["items"][3]
    click = {"seq": 1, "kind": "click", "index": item["index"], "id": item["id"], "modifiers": []}
    send(app, "cards", click)
    assert "Its neighbour number 15 is" in said(app)
    assert data(app, "cards")["items"][3]["chosen"]
    assert len(app.dataframe[0].value) == 8
    assert len(data(app, "map")["overlay"]["selected"]) == 9


def test_groups_follow_the_slider():
    app = on_page("digits", "pixels", FindingKind.DUPLICATES)
    few = len(cards(app))
    slider = next(s for s in app.slider if "Linked" in s.label)
    slider.set_value(slider.min).run()
    assert len(cards(app)) > few > 0
    item = data(app, "cards")["items"][0]
    send(app, "cards", {"seq": 1, "kind": "click", "index": item["index"], "modifiers": []})
    assert "fields differ" in said(app)


def test_labels_that_neighbours_doubt_are_listed():
    app = on_page("digits", "pixels", FindingKind.DISAGREEMENT)
    assert "of 1,797 against the neighbours" in said(app)
    everything = len(cards(app))
    app.toggle(key="outliers.sure").set_value(True).run()
    assert 0 < len(cards(app)) < everything


def test_findings_go_to_the_desk_once():
    app = on_page("digits", "pixels")
    assert not app.get("page_link")
    app.button(key="findings.desk").click().run()
    desk = startup.connection().desks.of("digits")
    assert desk.progress().total == 20
    assert app.get("page_link")[0].proto.label == "20 in Cleaning"
    app.button(key="findings.desk").click().run()
    assert desk.progress().total == 20
    assert not app.exception


def test_findings_become_a_filter_of_explore():
    app = on_page("digits", "pixels")
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
    app = on_page(collection, using, kind)
    assert not app.error
    if message is not None:
        assert message in said(app)


def test_one_label_only_is_told():
    app = on_page("same", "v", FindingKind.DISAGREEMENT)
    assert "Labels can only disagree where there are two of them" in said(app)


def test_findings_become_a_payload_field_and_are_taken_back():
    app = on_page("digits", "pixels")
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
