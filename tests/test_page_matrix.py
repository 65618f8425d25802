"""The Matrix page without a browser: what is compared, blocks that select, files, bad questions."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from explorer.conditions import AnyOf
from explorer.events import ConditionsChanged
from pages import startup

SCRIPT = Path(__file__).parent.parent / "pages" / "main.py"
PAGE = str(Path(__file__).parent.parent / "pages" / "matrix" / "page.py")
LIMIT = 30  # seconds, on a machine that does other things too


@pytest.fixture(scope="module", autouse=True)
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One data folder for all tests here, with the emoji that a first start loads."""
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEXTANT_DATA", str(folder))
        yield folder
        startup.close()


@pytest.fixture
def app() -> AppTest:
    app = AppTest.from_file(str(SCRIPT), default_timeout=LIMIT)
    app.run()
    app.switch_page(PAGE).run()
    return settled(app)


def settled(app: AppTest) -> AppTest:
    """Let the jobs of the page end, and show what they made."""
    for job in startup.jobs().running().values():
        assert job.wait(LIMIT)
    app.run()
    assert not app.exception
    return app


def component(app: AppTest, name: str):
    found = app.get("bidi_component")
    return next((c for c in found if c.proto.component_name == f"sextant_{name}"), None)


def data(app: AppTest, name: str) -> dict:
    return json.loads(component(app, name).proto.json)


def send(app: AppTest, name: str, *events: dict) -> None:
    states = app._tree.get_widget_states()
    wanted = component(app, name).proto.id
    kept = [state for state in states.widgets if state.id != wanted]
    del states.widgets[:]
    states.widgets.extend(kept)
    states.widgets.append(WidgetState(id=wanted, json_value=json.dumps({"queue": list(events)})))
    app._run(states)
    assert not app.exception


def selection(app: AppTest) -> tuple:
    return app.session_state["visit.selection"]


def matrix(app: AppTest):
    version = data(app, "heatmap")["cells"]["version"]
    return startup.connection().matrices.of_version("emoji", version)


def test_a_first_visit_compares_a_sample(app):
    assert len(matrix(app)) == 300
    assert matrix(app).neighbours.k == 20
    assert data(app, "heatmap")["larger_is_better"]
    assert data(app, "heatmap")["scale"] == "rank"
    assert data(app, "map")["points"]["version"]


def test_the_settings_change_the_matrix(app):
    app.number_input(key="matrix.sample").set_value(50).run()
    app.number_input(key="matrix.limit").set_value(3).run()
    assert (len(matrix(app)), matrix(app).neighbours.k) == (50, 3)
    before = matrix(app).neighbours.ids
    app.number_input(key="matrix.seed").set_value(9).run()
    assert matrix(app).neighbours.ids != before


def test_a_link_brings_the_settings_the_shades_and_the_chosen_points():
    app = AppTest.from_file(str(SCRIPT), default_timeout=LIMIT)
    app.query_params["matrix.limit"] = "4"
    app.query_params["matrix.scale"] = "Log"
    app.query_params["matrix.ids"] = "5-8.20"
    app.run()
    app.switch_page(PAGE).run()
    app = settled(app)
    assert data(app, "heatmap")["scale"] == "log"
    assert matrix(app).neighbours.ids == (5, 6, 7, 8, 20)
    assert matrix(app).question.limit == 4
    assert app.query_params["matrix.ids"] == "5-8.20"
    app.segmented_control(key="matrix.scope").set_value("Sample").run()
    assert len(matrix(settled(app))) == 300
    assert "matrix.ids" not in app.query_params


def test_a_link_whose_points_cannot_be_read_says_so():
    app = AppTest.from_file(str(SCRIPT), default_timeout=LIMIT)
    app.query_params["matrix.ids"] = "five"
    app.run()
    app.switch_page(PAGE).run()
    assert "The link's points cannot be read" in app.toast[0].value


def test_undo_goes_back_to_the_filters_before(app):
    history = app.session_state["visit.history"]
    flags = ConditionsChanged((AnyOf("group", ("Flags",)),))
    app.session_state["visit.history"] = history.push(history.present.apply(flags))
    app.run()
    app.button(key="icon-matrix-undo").click().run()
    assert matrix(settled(app)).question.conditions == ()


def test_points_drawn_around_on_the_map_are_compared(app):
    send(app, "map", {"seq": 1, "kind": "lasso", "count": 4, "indices": [5, 6, 7, 8]})
    assert selection(app) == (5, 6, 7, 8)
    app.segmented_control(key="matrix.scope").set_value("Selection").run()
    assert matrix(app).neighbours.ids == (5, 6, 7, 8)
    send(
        app, "map", {"seq": 2, "kind": "click", "index": 9}, {"seq": 3, "kind": "click", "index": 5}
    )
    assert selection(app) == (6, 7, 8, 9)
    assert matrix(app).neighbours.ids == (6, 7, 8, 9)
    send(app, "map", {"seq": 4, "kind": "clear"})
    assert selection(app) == ()
    assert "Choose at least 2 points" in app.info[0].value
    send(app, "map", {"seq": 5, "kind": "click", "index": 9})
    assert "Choose at least 2 points" in app.info[0].value
    app.segmented_control(key="matrix.scope").set_value("Sample").run()
    assert len(matrix(settled(app))) == 300


def test_a_block_of_the_heat_map_is_a_selection(app):
    version = data(app, "heatmap")["cells"]["version"]
    block = {"seq": 1, "kind": "block", "version": version, "rows": [0, 4], "columns": [2, 6]}
    send(app, "heatmap", block)
    expected = matrix(app).within(range(5), range(2, 7))
    assert selection(app) == expected
    assert len(expected) == 7
    stale = block | {"seq": 2, "version": "of another matrix", "rows": [0, 0], "columns": [0, 0]}
    send(app, "heatmap", block, stale)
    assert selection(app) == expected
    odd = block | {"seq": 3, "rows": "all", "columns": None}
    send(app, "heatmap", block, stale, odd)
    assert selection(app) == ()


def test_filters_of_the_draft_narrow_the_sample(app):
    history = app.session_state["visit.history"]
    flags = ConditionsChanged((AnyOf("group", ("Flags",)),))
    app.session_state["visit.history"] = history.push(history.present.apply(flags))
    app.run()
    assert matrix(app).question.conditions == flags.conditions
    assert 0 < len(matrix(app)) <= 300


def test_every_panel_draws(app):
    for name in ("Scores", "Pairs", "Offsets", "Files", "Code"):
        app.session_state["matrix.panel"] = name
        app.run()
        assert not app.exception
    assert "search_matrix_offsets" in app.code[0].value
    app.session_state["matrix.panel"] = "Pairs"
    app.run()
    first = app.dataframe[0].value.iloc[0]
    rows, _, scores = matrix(app).cells
    assert first["a"] == str(matrix(app).neighbours.ids[rows[0]])
    assert first["score"] == pytest.approx(float(scores[0]))
    assert first["a is"]


def test_too_many_cells_say_what_to_change(app):
    app.number_input(key="matrix.sample").set_value(20_000)
    app.number_input(key="matrix.limit").set_value(20_000).run()
    assert "Choose fewer points or neighbours" in app.warning[0].value
    assert component(app, "heatmap") is None


def test_points_that_cannot_be_compared_say_so(app):
    history = app.session_state["visit.history"]
    nobody = ConditionsChanged((AnyOf("group", ("Nothing",)),))
    app.session_state["visit.history"] = history.push(history.present.apply(nobody))
    app.run()
    assert (
        "Fewer than 2 of the chosen points in 'emoji' have the vector 'text'" in app.info[0].value
    )
