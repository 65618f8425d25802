"""Points in space and points on the move, in Chromium, without Streamlit around them."""

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page, expect

from tests.browser import frontend_harness as made
from tests.browser.running import MAP
from tests.browser.test_frontend import Stage

pytestmark = pytest.mark.browser

N = 1757


def cloud() -> NDArray[np.float32]:
    return np.random.default_rng(5).normal(scale=0.5, size=(N, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def server() -> Iterator[made.Harness]:
    with made.serve() as harness:
        harness.add_points(cloud(), "space")
        harness.add_points(made.blobs(N))
        yield harness


@pytest.fixture
def space(page: Page, server: made.Harness) -> Stage:
    stage = Stage(page, server)
    stage.map(points={"url": "/space.bin", "version": "space"}, colour=None)
    return stage


def turned(xyz: NDArray[np.float64], yaw: float, pitch: float) -> NDArray[np.float64]:
    """Right, up and towards the viewer, after turning about the upright and the cross axis."""
    about_y = [[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]]
    about_x = [[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]]
    found: NDArray[np.float64] = xyz @ (np.array(about_x) @ np.array(about_y)).T
    return found


def seen(stage: Stage) -> NDArray[np.float64]:
    """The points as they are turned now: right, up, towards the viewer."""
    camera = stage.hook("camera()")
    return turned(cloud().astype(float), camera["yaw"], camera["pitch"])


def drag(stage: Stage, right: int, down: int) -> None:
    left, top = stage.middle()
    stage.page.mouse.move(left, top)
    stage.page.mouse.down()
    stage.page.mouse.move(left + right, top + down, steps=4)
    stage.page.mouse.up()
    stage.page.wait_for_timeout(250)


def assert_projected(stage: Stage) -> None:
    """Where the points stand is a scaled picture of the turned ones."""
    expected, pixels = seen(stage), stage.pixels(range(0, N, 9))
    scale = np.ptp(pixels[:, 0]) / np.ptp(expected[::9, 0])
    offset = pixels - expected[::9, :2] * [scale, -scale]
    assert np.ptp(offset, axis=0).max() < 0.5


def test_a_drag_turns_the_points(space: Stage) -> None:
    assert_projected(space)
    before = space.hook("camera()")
    drag(space, 120, 60)
    after = space.hook("camera()")
    assert after["yaw"] > before["yaw"]
    assert after["pitch"] > before["pitch"]
    assert after["zoom"] == before["zoom"]
    assert_projected(space)
    drag(space, 0, 900)
    assert space.hook("camera()")["pitch"] == pytest.approx(np.pi / 2), "never on its head"


def test_the_nearest_point_that_covers_a_pixel_is_picked(space: Stage) -> None:
    drag(space, -70, 30)
    nearness = seen(space)[:, 2]
    pixels = space.pixels(range(N))
    found = space.root.evaluate(
        "(root, all) => all.map((at) => root.__sextant.pick(...at))", pixels.tolist()
    )
    assert all(nearness[hit] >= nearness[index] - 1e-6 for index, hit in enumerate(found))
    apart = np.hypot(*(pixels[:, None] - pixels[None]).transpose(2, 0, 1))
    np.fill_diagonal(apart, np.inf)
    alone = np.flatnonzero(apart.min(axis=1) > 12)
    assert len(alone) > 20
    assert [found[index] for index in alone] == alone.tolist()


def test_keys_turn_and_the_view_is_found_again(space: Stage) -> None:
    space.root.focus()
    before = space.hook("camera()")
    space.page.keyboard.press("ArrowLeft")
    after = space.hook("camera()")
    assert after["yaw"] != before["yaw"]
    space.page.reload()
    space.page.wait_for_function("window.harness")
    space.map(points={"url": "/space.bin", "version": "space"}, colour=None)
    assert space.hook("camera()")["yaw"] == pytest.approx(after["yaw"])


def test_on_a_plane_nothing_turns(space: Stage) -> None:
    rotate = space.root.locator('[data-name="rotate"]')
    assert rotate.is_visible()
    space.map(colour=None)
    expect(rotate).to_be_hidden()
    assert space.root.get_attribute("data-tool") == "pan"


def test_points_follow_a_layout_in_the_making(space: Stage, server: made.Harness) -> None:
    space.map(colour=None)
    expect(space.root.locator('[data-name="rotate"]')).to_be_hidden()
    still, target = space.pixels([3, 2])
    moved = np.roll(made.blobs(N), 1, axis=0)
    server.add_points(moved, "moving")
    space.map(colour=None, moving_url="/moving.bin")
    space.page.wait_for_function(
        f"([x, y]) => {{ const [left, top] = {MAP}.toPixel(3);"
        " return Math.hypot(left - x, top - y) < 2; }",
        arg=target.tolist(),
    )
    server.add_points(moved[:-5], "moving")  # of other points: not followed
    space.page.wait_for_timeout(700)
    assert np.hypot(*(space.pixels([3])[0] - target)) < 2
    assert (still != target).any()
    space.map(colour=None)  # the layout was cancelled
    space.page.wait_for_function(
        f"([x, y]) => {{ const [left, top] = {MAP}.toPixel(3);"
        " return Math.hypot(left - x, top - y) < 2; }",
        arg=still.tolist(),
    )
