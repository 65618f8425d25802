"""One visit across the pages: which collection each shows, and how it was left."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from qdrant_client import models
from streamlit.testing.v1 import AppTest

from engine import Engine
from pages import address, startup
from tests.page_runs import LIMIT, bound, opened, shown, turned

EXPLORE, HYBRID = "explore/page.py", "hybrid/page.py"
PICKERS = {
    EXPLORE: "collection",
    HYBRID: "hybrid.collection",
    "graph/page.py": "graph.collection",
    "matrix/page.py": "collection",
    "clusters/page.py": "collection",
    "outliers/page.py": "collection",
}


@pytest.fixture(scope="module", autouse=True)
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder with two small collections."""
    folder = tmp_path_factory.mktemp("data")
    with Engine(folder) as engine:
        for name in ("apples", "pears"):
            engine.create_collection(name, models.VectorParams(size=2, distance="Euclid"))
            points = [
                models.PointStruct(id=n, vector=[n % 5, n // 5], payload={"name": f"{name} {n}"})
                for n in range(25)
            ]
            engine.upsert(name, points)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEXTANT_DATA", str(folder))
        yield folder
        startup.close()


@pytest.fixture
def app() -> AppTest:
    startup.connection().looked_at = ""
    return opened()


def picker(app: AppTest, page: str):
    return bound(app, "selectbox", PICKERS[page])


def choose(app: AppTest, page: str, collection: str) -> AppTest:
    return shown(picker(app, page).set_value(collection).run(timeout=LIMIT))


@pytest.mark.parametrize("chosen_on", [EXPLORE, HYBRID, "graph/page.py"])
def test_every_page_shows_the_collection_that_was_chosen_last_on_any(app, chosen_on):
    for page in PICKERS:
        assert picker(turned(app, page), page).value == "apples"
    choose(turned(app, chosen_on), chosen_on, "pears")
    for page in PICKERS:
        assert picker(turned(app, page), page).value == "pears"
    assert startup.connection().looked_at == "pears"


def test_a_collection_is_found_again_as_it_was_left(app):
    bound(app, "segmented_control", "mode").set_value("context").run()
    left = app.session_state["visit.history"].present
    turned(app, HYBRID)
    bound(app, "text_input", "hybrid.question").set_value("#7").run()
    pipeline = app.session_state["hybrid.history"].present
    choose(app, HYBRID, "pears")
    assert picker(turned(app, EXPLORE), EXPLORE).value == "pears"
    choose(app, EXPLORE, "apples")
    assert app.session_state["visit.history"].present == left
    turned(app, HYBRID)
    assert app.session_state["hybrid.history"].present == pipeline


def test_undo_leads_back_to_the_collection_before(app):
    turned(app, "graph/page.py")
    choose(app, "graph/page.py", "pears")
    app.button(key="icon-graph-undo").click().run()
    assert picker(app, "graph/page.py").value == "apples"
    assert picker(turned(app, EXPLORE), EXPLORE).value == "apples"


@pytest.mark.parametrize(
    ("page", "state", "change"),
    [
        (
            EXPLORE,
            "visit",
            lambda app: bound(app, "segmented_control", "mode").set_value("context"),
        ),
        (HYBRID, "hybrid", lambda app: bound(app, "text_input", "hybrid.question").set_value("#7")),
        ("graph/page.py", "graph", lambda app: bound(app, "selectbox", "graph.k").set_value(12)),
    ],
)
def test_the_back_of_the_browser_is_a_step_that_can_be_undone(
    app, monkeypatch, page, state, change
):
    def present() -> object:
        return app.session_state[f"{state}.history"].present

    turned(app, page)
    before, earlier = present(), dict(app.query_params)
    change(app).run()
    after, later = present(), dict(app.query_params)
    assert before != after
    app.query_params.update(earlier)
    shown(app.run())
    assert present() == after, "a browser that is a little behind is no visitor who went back"
    monkeypatch.setattr(address, "_BEHIND", 0.0)
    for link, wanted in ((earlier, before), (later, after)):
        app.query_params.clear()
        app.query_params.update(link)
        shown(app.run())
        assert present() == wanted
    assert app.session_state[f"{state}.history"].undo().present == before
