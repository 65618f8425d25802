"""Links, sizes and names on the map in Chromium, without Streamlit around them."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page
from scipy.spatial import cKDTree

from tests.browser import frontend_harness as made
from tests.browser.test_frontend import Stage

pytestmark = pytest.mark.browser

CORNERS = np.array([[-2, -1], [2, -1], [2, 1], [-2, 1], [0, 0]], np.float32)
EDGES = np.array([[0, 1], [1, 2], [0, 4], [2, 4]])
SCORES = np.array([0.9, 0.5, 0.7, 0.6], np.float32)
MANY = 10_000


def links(**changes: Any) -> dict[str, Any]:
    shown = {"url": "/corners.links", "cutoff": None, "larger_is_better": True, "focus": None}
    return shown | changes


GRAPH: dict[str, Any] = {
    "points": {"url": "/corners.bin", "version": "corners"},
    "colour": None,
    "roles_available": [],
    "links": links(),
}


@pytest.fixture(scope="module")
def server() -> Iterator[made.Harness]:
    with made.serve() as harness:
        harness.add_points(CORNERS, "corners")
        harness.add_links("/corners.links", 5, EDGES, SCORES)
        harness.add_links("/again.links", 5, EDGES, SCORES)
        harness.add_links("/others.links", 7, EDGES, SCORES)
        harness.add_sizes("/corners.sizes", np.array([255, 0, 0, 0, 0], np.uint8))
        harness.files["/corners.names"] = json.dumps([f"corner {i}" for i in range(5)]).encode()
        for index in range(5):
            harness.add_details(index)
        xy = made.blobs(MANY)
        near = np.asarray(cKDTree(xy).query(xy, 16)[1])[:, 1:]
        edges = np.column_stack((np.repeat(np.arange(MANY), 15), near.ravel()))
        edges = np.unique(np.sort(edges, axis=1), axis=0)
        harness.add_points(xy, "ten")
        harness.add_links("/ten.links", MANY, edges, np.linspace(0, 1, len(edges)))
        yield harness


class LinkedStage(Stage):
    def graph(self, **changes: Any) -> None:
        """Show five points, of which the last is in the middle, and wait for their links."""
        self.map(**(GRAPH | changes))
        self.wait_for("links().count > 0")

    def between(self, a: int, b: int, share: float = 0.5) -> list[float]:
        """Client pixel on the straight line between two points."""
        start, end = self.pixels([a, b])
        return (start + share * (end - start)).tolist()

    def darkness(self, at: list[float]) -> float:
        """How much a place on the map differs from the empty background, 0 to 255."""
        box = self.root.bounding_box()
        assert box is not None
        left, top = round(at[0] - box["x"]), round(at[1] - box["y"])
        around = self.picture()[top - 2 : top + 3, left - 2 : left + 3].astype(float)
        return float(255 - around.min())

    def tip(self) -> str:
        return str(self.root.locator(".link-tip").inner_text())


@pytest.fixture
def stage(page: Page, server: made.Harness) -> LinkedStage:
    return LinkedStage(page, server)


def test_links_are_drawn_between_their_points(stage):
    stage.graph()
    assert stage.hook("links()") == {"count": 4, "shown": 4, "hovered": None}
    assert stage.darkness(stage.between(0, 1)) > 40
    assert stage.darkness(stage.between(2, 4)) > 40
    assert stage.darkness(stage.between(0, 3)) < 5
    assert stage.darkness(stage.between(0, 1)) > stage.darkness(stage.between(1, 2))


@pytest.mark.parametrize(("larger", "cutoff", "kept"), [(True, 0.65, 2), (False, 0.65, 2)])
def test_a_cut_off_hides_the_weaker_links(stage, larger, cutoff, kept):
    stage.graph()
    stage.graph(links=links(cutoff=cutoff, larger_is_better=larger))
    stage.wait_for(f"links().shown === {kept}")
    strong, weak = ((0, 1), (1, 2)) if larger else ((1, 2), (0, 1))
    assert stage.darkness(stage.between(*strong)) > 25
    assert stage.darkness(stage.between(*weak)) < 5


def test_pointing_at_a_link_tells_its_score_and_ends(stage):
    stage.graph()
    stage.page.mouse.move(*stage.between(0, 1))
    stage.wait_for("links().hovered === 0")
    stage.page.wait_for_function(
        "document.querySelector('#map > div').shadowRoot.querySelectorAll('.link-tip span').length"
    )
    assert stage.tip().split("\n") == ["0.9000", "point 0", "point 1"]
    stage.page.mouse.move(*stage.between(0, 3))
    stage.wait_for("links().hovered === null")
    assert stage.root.locator(".link-tip").is_hidden()


def test_a_link_that_is_cut_off_cannot_be_pointed_at(stage):
    stage.graph(links=links(cutoff=0.95))
    stage.page.mouse.move(*stage.between(0, 1))
    stage.wait_for("links().shown === 0")
    assert stage.hook("links().hovered") is None


def test_pointing_at_a_point_lights_its_links_up(stage):
    stage.graph()
    at = stage.between(0, 1, 0.3)
    before = stage.picture()
    stage.page.mouse.move(*stage.pixels([1])[0])
    stage.wait_for("overlay().hovered === 1")
    assert not np.array_equal(before, stage.picture())
    assert stage.darkness(at) > 60


def test_the_links_of_the_point_in_focus_stand_out_from_the_first(stage):
    stage.graph()
    blue = stage.picture()[..., 2].astype(int) - stage.picture()[..., 0]
    stage.graph(
        points={"url": "/corners.bin", "version": "anew"}, links=links(url="/again.links", focus=0)
    )
    focused = stage.picture()[..., 2].astype(int) - stage.picture()[..., 0]
    assert (focused > 60).sum() > (blue > 60).sum() + 100


def test_a_click_carries_no_role_where_there_are_none(stage):
    stage.graph()
    stage.click(4)
    (event,) = stage.queue()
    assert (event["kind"], event["index"], event["role"]) == ("click", 4, None)


def test_links_of_other_points_are_not_drawn(stage):
    stage.graph()
    stage.map(**(GRAPH | {"links": links(url="/others.links")}))
    stage.wait_for("links().count === 0")


def test_sizes_make_dots_larger(stage):
    stage.graph()
    small = dot_width(stage, 0)
    stage.graph(sizes={"url": "/corners.sizes"})
    stage.page.wait_for_timeout(150)
    assert dot_width(stage, 0) > 1.8 * small
    assert dot_width(stage, 3) <= small


def dot_width(stage: LinkedStage, index: int) -> int:
    """Pixels in a column through a point that are not background."""
    box = stage.root.bounding_box()
    assert box is not None
    x, y = stage.pixels([index])[0]
    column = stage.picture()[:, round(x - box["x"])].astype(int)
    top = round(y - box["y"])
    dark = np.abs(column - 255).max(axis=1)[top - 15 : top + 16] > 90
    return int(dark.sum())


def test_names_stand_beside_points(stage):
    stage.graph()
    before = stage.picture()
    stage.graph(names_url="/corners.names")
    stage.page.wait_for_timeout(150)
    x, y = stage.pixels([4])[0] - [stage.root.bounding_box()["x"], stage.root.bounding_box()["y"]]
    beside = np.s_[round(y) - 6 : round(y) + 6, round(x) + 10 : round(x) + 60]
    assert (before[beside] != stage.picture()[beside]).sum() > 100


def test_the_camera_stays_when_a_graph_grows(stage):
    stage.graph(points={"url": "/corners.bin", "version": "one", "camera": "graph"})
    stage.page.mouse.move(*stage.middle())
    stage.page.mouse.wheel(0, -400)
    apart = np.diff(stage.pixels([0, 1]), axis=0)
    stage.server.add_points(np.vstack((CORNERS, [[9, 9]])).astype(np.float32), "grown")
    stage.server.add_links("/grown.links", 6, EDGES, SCORES)
    grown = {"url": "/grown.bin", "version": "two", "camera": "graph"}
    stage.graph(points=grown, links=links(url="/grown.links"))
    stage.wait_for("n === 6")
    assert np.diff(stage.pixels([0, 1]), axis=0) == pytest.approx(apart, rel=0.02)


def test_ten_thousand_points_with_fifteen_neighbours_each_are_drawn(stage):
    stage.graph(points={"url": "/ten.bin", "version": "ten"}, links=links(url="/ten.links"))
    stage.wait_for("links().shown > 80000")
    before = stage.picture()
    stage.page.mouse.move(*stage.middle())
    stage.page.mouse.wheel(0, -300)
    stage.page.wait_for_timeout(300)
    assert (before != stage.picture()).any()
