"""The layout panel without a browser: settings that the map follows at once, or by a button."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer.jobs import Cancelled
from explorer.layout import Method, Recipe, Settings, expected_seconds
from pages import layout_panel, startup
from tests.page_runs import LIMIT, opened, shown

pytestmark = pytest.mark.usefixtures("emoji_folder")


@pytest.fixture
def app() -> AppTest:
    return with_panel()


def with_panel() -> AppTest:
    """Open Explore and its layout panel."""
    app = opened()
    app.session_state["layout.popover"] = True
    return shown(app.run())


def layout(app: AppTest):
    """Let the layout's job end and return what the map has then."""
    job = startup.jobs().get(layout_panel.job_key("emoji"))
    if job is not None:
        assert job.wait(LIMIT)
    app.run()
    assert not app.exception
    return startup.point_maps().points("emoji", "text").layout


def test_a_changed_setting_is_followed_at_once(app):
    app.selectbox(key="layout method emoji").set_value(Method.PCA).run()
    made = layout(app)
    assert made.method is Method.PCA
    app.number_input(key="layout seed emoji").set_value(5).run()
    assert layout(app).parameters["seed"] == 5


def test_a_change_takes_the_place_of_the_layout_that_runs(app):
    app.slider(key="neighbours emoji").set_value(9).run()
    first = startup.jobs().get(layout_panel.job_key("emoji"))
    app.slider(key="neighbours emoji").set_value(7).run()
    second = startup.jobs().get(layout_panel.job_key("emoji"))
    assert first is not second
    made = layout(app)
    assert (made.method, made.parameters["neighbours"]) == (Method.UMAP, 7)
    assert not first.running


def test_the_panel_begins_with_the_settings_of_the_map(app):
    app.slider(key="least distance emoji").set_value(0.4).run()
    layout(app)
    newcomer = with_panel()
    assert newcomer.slider(key="least distance emoji").value == 0.4
    assert startup.jobs().get(layout_panel.job_key("emoji")) is None


def test_a_layout_that_takes_long_waits_for_its_button(app, monkeypatch):
    before = layout(app).key
    monkeypatch.setattr(layout_panel, "LIVE", 0.0)
    app.run()
    app.slider(key="neighbours emoji").set_value(33).run()
    assert layout(app).key == before
    assert any("Takes about" in caption.value for caption in app.caption)
    app.button(key="lay out emoji").click().run()
    assert layout(app).parameters["neighbours"] == 33
    assert "new layout" in app.run().success[0].value
    app.button(key="icon-dismiss-layout emoji").click().run()
    assert not app.success


def test_a_cancelled_layout_is_told_in_passing(app):
    def work(*_):
        raise Cancelled

    job = startup.connection().start(layout_panel.job_key("emoji"), "UMAP of emoji", work)
    assert job.wait(LIMIT)
    assert "UMAP of emoji was cancelled" in app.run().toast[0].value
    assert not app.info
    assert startup.jobs().get(layout_panel.job_key("emoji")) is None


def test_longer_layouts_are_expected_to_take_longer():
    umap = [expected_seconds(n, Recipe("")) for n in (1_000, 10_000, 100_000, 1_000_000)]
    assert (np.diff(umap) > 0).all()
    assert umap[0] < 2 < umap[1]
    many = Recipe("", settings=Settings(neighbours=100))
    assert expected_seconds(10_000, many) > expected_seconds(10_000, Recipe(""))
    assert expected_seconds(1_000_000, Recipe("", Method.PCA)) == pytest.approx(10, rel=0.5)
