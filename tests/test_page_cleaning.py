"""The Cleaning page without a browser: decisions by button, undo, the trash, the log, the code."""

import json
from collections.abc import Iterator
from itertools import count

import pytest
from qdrant_client import models
from streamlit.testing.v1 import AppTest

from explorer.cleaning import Action, Desk
from explorer.findings import Evidence, Finding, FindingKind
from pages import startup
from tests.page_runs import opened, send, shown

pytestmark = pytest.mark.usefixtures("emoji_folder")

NUMBERS = count()


@pytest.fixture
def collection() -> Iterator[str]:
    """Make a collection of nine points, with findings of each kind on the desk."""
    client, name = startup.workspace().client, f"nine {next(NUMBERS)}"
    client.create_collection(name, {"v": models.VectorParams(size=2, distance="Euclid")})
    client.upsert(
        name,
        [
            models.PointStruct(
                id=number,
                vector={"v": [number / 3, 1]},
                payload={"label": "ab"[number % 2], "name": f"point {number}", "n": number},
            )
            for number in range(9)
        ],
    )
    near = (Evidence(1, 0.3), Evidence(3, 0.9))
    desk(name).add(
        [
            Finding(FindingKind.OUTLIER, (0,), 2.0, "far off", near),
            Finding(FindingKind.DUPLICATES, (4, 5, 6), 0.3, "close", (Evidence(5, 0.3),)),
            Finding(FindingKind.DISAGREEMENT, (2,), 0.9, "says a", near, "label", "a", "b"),
        ],
    )
    yield name
    client.delete_collection(name)


def desk(collection: str) -> Desk:
    return startup.connection().desks.working(collection)


def ids(collection: str) -> list:
    return [record.id for record in startup.workspace().client.scroll(collection, limit=99)[0]]


def on_page(collection: str) -> AppTest:
    app = opened(collection=collection, using="v")
    return shown(app.switch_page("cleaning/page.py").run())


def press(app: AppTest, name: str) -> None:
    app.button(key=f"cleaning.{name}").click().run()
    assert not app.exception


def said(app: AppTest) -> str:
    blocks = (*app.markdown, *app.info, *app.caption, *app.success, *app.warning)
    return " ".join(block.value for block in blocks)


def progress(app: AppTest) -> str:
    return str(app.get("progress")[0].proto.text)


def cards(app: AppTest) -> list[dict]:
    found = (c.proto for c in app.get("bidi_component"))
    return [
        item
        for proto in found
        if proto.component_name == "sextant_cards"
        for item in json.loads(proto.json)["items"]
    ]


def open_tab(app: AppTest, name: str) -> None:
    """Open a tab, as the browser reports it: AppTest cannot click tabs yet."""
    app.session_state["cleaning.tab"] = name
    app.run()
    assert not app.exception


def test_every_finding_is_decided_in_turn(collection):
    app = on_page(collection)
    app.text_input(key="cleaning.person").set_value("Ada").run()
    assert "far off" in said(app)
    assert progress(app) == "0 of 3 decided"
    press(app, "delete")
    assert ids(collection) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert progress(app) == "1 of 3 decided; 1 in the trash"
    assert [card["score_text"] for card in cards(app)] == ["stays", "goes", "goes"]
    press(app, "next")
    press(app, "merge")
    assert ids(collection) == [1, 2, 3, 5, 7, 8]
    press(app, "label")
    (record,) = startup.workspace().client.retrieve(collection, [2])
    assert record.payload == {"label": "b", "name": "point 2", "n": 2}
    assert "Everything is decided" in said(app)
    assert {decision.person for decision in desk(collection).log()} == {"Ada"}
    for _ in range(3):
        press(app, "undo")
    assert ids(collection) == list(range(9))
    assert "far off" in said(app)
    assert progress(app) == "0 of 3 decided"


def test_a_skipped_finding_comes_again(collection):
    app = on_page(collection)
    press(app, "skip")
    assert "close" in said(app)
    press(app, "skip")
    press(app, "skip")
    assert "far off" in said(app)
    press(app, "check")
    assert desk(collection).log()[0].action is Action.KEEP


def test_a_click_on_a_card_keeps_that_point(collection):
    app = on_page(collection)
    press(app, "check")
    send(app, "cards", {"seq": 1, "kind": "click", "index": None, "id": "6", "modifiers": []})
    assert [card["id"] for card in cards(app) if card["chosen"]] == ["6"]
    press(app, "delete")
    assert not {4, 5} & set(ids(collection))
    assert 6 in ids(collection)


def test_all_of_a_kind_are_decided_in_one_step_and_undone_in_one(collection):
    desk(collection).add([Finding(FindingKind.DUPLICATES, (7, 8), 0.2, "closer")])
    app = on_page(collection)
    open_tab(app, "Many at once")
    assert list(app.dataframe[0].value["points"]) == [3, 2]
    app.selectbox(key="cleaning.best").set_value("largest").run()
    app.selectbox(key=f"cleaning.best.field {collection}").set_value("n").run()
    press(app, "many.drop")
    assert "**3 points** will go to the trash. Of each of 2 groups one stays." in said(app)
    assert list(app.table[0].value["stays"]) == ["point 6", "point 8"]
    assert ids(collection) == list(range(9))
    app.button(key="cleaning.many.drop").click()
    press(app, "many.now")
    app.run()
    assert ids(collection) == [0, 1, 2, 3, 6, 8]
    assert len(app.dataframe[0].value) == 1
    press(app, "undo")
    assert ids(collection) == list(range(9))
    assert desk(collection).progress().decided == 0


def test_labels_and_outliers_have_steps_of_their_own(collection):
    app = on_page(collection)
    open_tab(app, "Many at once")
    app.session_state["cleaning.many.kind duplicates outlier disagreement"] = "disagreement"
    app.run()
    press(app, "many.relabel")
    assert "**1 point** will get another label." in said(app)
    app.button(key="cleaning.many.relabel").click()
    press(app, "many.now")
    (record,) = startup.workspace().client.retrieve(collection, [2])
    assert record.payload == {"label": "b", "name": "point 2", "n": 2}


def test_a_collection_made_anew_begins_with_an_empty_desk(collection):
    client = startup.workspace().client
    app = on_page(collection)
    press(app, "delete")
    points = client.scroll(collection, limit=99, with_vectors=True)[0]
    client.delete_collection(collection)
    client.create_collection(collection, {"v": models.VectorParams(size=2, distance="Euclid")})
    client.upsert(
        collection,
        [models.PointStruct(id=p.id, vector=p.vector, payload=p.payload) for p in points],
    )
    press(app, "delete")  # the finding that is still on the screen
    assert len(ids(collection)) == 8
    assert "The queue is empty" in said(app)
    open_tab(app, "Log")
    assert "Nothing has been decided yet" in said(app)
    assert "1 step, 1 point in its trash" in said(app)
    press(app, "earlier.empty 0")
    app.button(key="cleaning.earlier.empty 0").click()
    press(app, "empty.now")
    assert "0 points in its trash" in said(app)


def test_the_trash_restores_and_asks_before_it_deletes(collection, monkeypatch):
    app = on_page(collection)
    press(app, "delete")
    press(app, "delete")
    open_tab(app, "Trash")
    assert len(app.dataframe[0].value) == 3
    press(app, "empty")
    assert "3 points" in said(app)
    assert len(desk(collection).trash()) == 3
    monkeypatch.setattr("pages.cleaning.trash.LISTED", 2)
    app = on_page(collection)
    open_tab(app, "Trash")
    assert len(app.dataframe[0].value) == 2
    assert "The latest 2 of 3 are listed." in said(app)
    press(app, "restore")
    assert ids(collection) == list(range(9))
    assert "The trash is empty" in said(app)


def test_an_emptied_trash_is_gone(collection):
    app = on_page(collection)
    press(app, "delete")
    open_tab(app, "Trash")
    press(app, "empty")
    app.button(key="cleaning.empty").click()
    press(app, "empty.now")
    assert desk(collection).trash() == ()
    assert 0 not in ids(collection)


def test_the_log_and_the_program_tell_what_was_done(collection):
    app = on_page(collection)
    press(app, "delete")
    press(app, "check")
    open_tab(app, "Log")
    assert list(app.dataframe[0].value["what"]) == ["keep", "drop"]
    open_tab(app, "Keep a copy")
    assert "models.PointIdsList(points=[0])" in app.code[0].value


def test_points_that_are_gone_are_passed_over(collection):
    startup.workspace().client.delete(collection, models.PointIdsList(points=[0, 4, 5]))
    app = on_page(collection)
    assert "says a" in said(app)
    assert "2 no longer hold" in progress(app)


def test_the_queue_is_emptied_without_touching_a_point(collection):
    app = on_page(collection)
    press(app, "clear")
    assert "The queue is empty" in said(app)
    assert ids(collection) == list(range(9))


def test_an_empty_queue_says_where_findings_come_from():
    app = on_page("emoji")
    assert "The queue is empty" in said(app)
    assert "Outliers page" in said(app)


def test_what_was_cut_short_is_put_back_and_told(collection):
    client = startup.workspace().client
    (entry, *_) = desk(collection).entries()
    killed = pytest.MonkeyPatch()

    def die(*_arguments, **_settings):
        raise KeyboardInterrupt

    killed.setattr(client, "batch_update_points", die)
    with pytest.raises(KeyboardInterrupt):
        desk(collection).drop(entry.number, "test")
    killed.undo()
    app = on_page(collection)
    assert "1 decision was cut short" in said(app)
    assert ids(collection) == list(range(9))
    assert "far off" in said(app)
