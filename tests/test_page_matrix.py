"""The Matrix page without a browser: what is compared, blocks that select, files, bad questions."""

import pytest
from streamlit.testing.v1 import AppTest

from explorer.conditions import AnyOf
from explorer.events import ConditionsChanged
from pages import startup
from tests.page_runs import component, data, opened, send, settled, shown, turned

pytestmark = pytest.mark.usefixtures("emoji_folder")

PAGE = "matrix/page.py"


@pytest.fixture
def app() -> AppTest:
    return turned(opened(), PAGE)


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
    link = {"matrix.limit": "4", "matrix.scale": "Log", "matrix.ids": "5-8.20"}
    app = turned(opened(**link), PAGE)
    assert data(app, "heatmap")["scale"] == "log"
    assert matrix(app).neighbours.ids == (5, 6, 7, 8, 20)
    assert matrix(app).question.limit == 4
    assert app.query_params["matrix.ids"] == "5-8.20"
    app.segmented_control(key="matrix.scope").set_value("Sample").run()
    assert len(matrix(settled(app))) == 300
    assert "matrix.ids" not in app.query_params


def test_a_link_whose_points_cannot_be_read_says_so():
    app = shown(opened(**{"matrix.ids": "five"}).switch_page(PAGE).run())
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
