"""The map, the cards and the chips in Chromium, without Streamlit around them."""

import io
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray
from PIL import Image
from playwright.sync_api import Browser, Page

from explorer.frontend import selected_indices, unseen
from tests.browser import frontend_harness as made
from tests.browser.running import ARGUMENTS, CHROMIUM

pytestmark = pytest.mark.browser

N = 1757
HITS: list[dict[str, Any]] = [
    {"index": 40, "rank": 1, "score": 0.9},
    {"index": 9, "rank": 2, "score": 0.8},
]


@pytest.fixture(scope="session")
def server() -> Iterator[made.Harness]:
    with made.serve() as harness:
        harness.add_points(made.blobs(N))
        harness.add_points(np.random.default_rng(1).random((100_000, 2), np.float32), "many")
        for index in range(N):
            harness.add_details(index)
        yield harness


class Stage:
    """The harness page: runs components and reads what they sent and drew."""

    def __init__(self, page: Page, server: made.Harness) -> None:
        self.page, self.server = page, server
        self.root = page.locator(".sextant-map")
        page.goto(server.url)
        page.wait_for_function("window.harness")

    def run(self, name: str, data: dict[str, Any]) -> None:
        self.page.evaluate("([name, data]) => harness.run(name, data)", [name, data])

    def map(self, **changes: Any) -> None:
        self.run("map", made.map_data(**changes))
        self.wait_for("ready")

    def hook(self, expression: str) -> Any:
        return self.root.evaluate(f"root => root.__sextant.{expression}")

    def wait_for(self, condition: str) -> None:
        """Wait until a condition on the test hook holds and the next frame is drawn."""
        self.root.evaluate(
            "root => new Promise((done) => (function wait() { requestAnimationFrame("
            f"root.__sextant.{condition} ? done : wait); }})())"
        )

    def picture(self) -> NDArray[np.uint8]:
        """Pixels of the map as the screen shows them, uint8 (height, width, 3)."""
        return np.asarray(Image.open(io.BytesIO(self.root.screenshot())).convert("RGB"))

    def pixels(self, indices: Iterable[int]) -> NDArray[np.float64]:
        script = "(root, indices) => indices.map((index) => root.__sextant.toPixel(index))"
        return np.array(self.root.evaluate(script, list(indices)), dtype=float)

    def queue(self, name: str = "map") -> list[dict[str, Any]]:
        queue: list[dict[str, Any]] = self.page.evaluate(
            "name => harness.state[name]?.queue ?? []", name
        )
        return queue

    def click(self, index: int) -> None:
        self.page.mouse.click(*self.pixels([index])[0])

    def shade(self, index: int) -> list[int]:
        """Colour of the dot of a point, [red, green, blue]."""
        script = """(root, index) => {
            const canvas = root.querySelector(".stage canvas");
            const box = canvas.getBoundingClientRect();
            const [x, y] = root.__sextant.toPixel(index);
            const at = [x - box.left, y - box.top].map((v) => Math.floor(v * devicePixelRatio));
            return [...canvas.getContext("2d").getImageData(...at, 1, 1).data.slice(0, 3)];
        }"""
        shade: list[int] = self.root.evaluate(script, index)
        return shade

    def places(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Client pixels of all points, from the linear map that two of them give."""
        ends = [int(np.argmin(xy.sum(1))), int(np.argmax(xy.sum(1)))]
        low, high = self.pixels(ends)
        scale = (high - low) / (xy[ends[1]] - xy[ends[0]])
        return np.asarray(low + (xy - xy[ends[0]]) * scale, dtype=float)

    def middle(self) -> NDArray[np.float64]:
        """Client pixel in the middle of the map."""
        box = self.root.bounding_box()
        assert box is not None
        return np.array([box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])


@pytest.fixture
def stage(page: Page, server: made.Harness) -> Stage:
    return Stage(page, server)


def clear_points(stage: Stage, count: int, apart: float = 9.5) -> list[int]:
    """Points that no other point's dot covers, so that a click on them is unambiguous."""
    pixels = stage.places(made.blobs(N).astype(float))
    distances = np.hypot(*(pixels[:, None] - pixels[None]).transpose(2, 0, 1))
    np.fill_diagonal(distances, np.inf)
    free = np.flatnonzero(distances.min(axis=1) > apart)
    beside_legend = (pixels[free, 0] > 250) | (pixels[free, 1] < 350)
    return [int(point) for point in free[beside_legend][:count]]


# Picking and selecting


def test_picking_is_exact_among_100_000_points(stage: Stage) -> None:
    stage.map(points={"url": "/many.bin", "version": "many"}, colour=None)
    xy = np.random.default_rng(1).random((100_000, 2), np.float32).astype(float)
    pixels = stage.places(xy)
    chosen = np.random.default_rng(2).choice(100_000, 200, replace=False)
    found = stage.root.evaluate(
        "(root, indices) => indices.map((i) => root.__sextant.pick(...root.__sextant.toPixel(i)))",
        chosen.tolist(),
    )
    assert found == chosen.tolist()
    spots = np.random.default_rng(3).uniform([200, 150], [700, 500], (200, 2))
    picked = stage.root.evaluate(
        "(root, spots) => spots.map((spot) => root.__sextant.pick(...spot))", spots.tolist()
    )
    squares = ((pixels[None] - spots[:, None]) ** 2).sum(axis=2)
    least = squares.min(axis=1)
    assert np.allclose(squares[np.arange(200), picked], least, atol=1e-3)


def winding_inside(outline: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Winding numbers by summed angles: another method than the map's."""
    corners = outline[None] - places[:, None]
    after = np.roll(corners, -1, axis=1)
    cross = corners[..., 0] * after[..., 1] - corners[..., 1] * after[..., 0]
    turns = np.arctan2(cross, (corners * after).sum(axis=2)).sum(axis=1)
    return np.asarray(np.abs(turns) > np.pi)


def drag(page: Page, outline: Iterable[Iterable[float]]) -> None:
    first, *rest = (tuple(place) for place in outline)
    page.mouse.move(*first)
    page.mouse.down()
    for place in rest:
        page.mouse.move(*place)
    page.mouse.up()


@pytest.mark.parametrize("how", ["tool", "shift"])
def test_a_lasso_holds_what_lies_inside(stage: Stage, how: str) -> None:
    stage.map(tool="lasso" if how == "tool" else "pan")
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    outline = np.round(
        np.stack([420 + 190 * np.cos(turn), 300 + 150 * np.sin(2 * turn) + 60 * np.sin(turn)], 1)
    )
    outline = outline[:20]
    if how == "shift":
        stage.page.keyboard.down("Shift")
    drag(stage.page, outline)
    (event,) = stage.queue()
    expected = np.flatnonzero(winding_inside(outline, stage.places(made.blobs(N).astype(float))))
    assert event["kind"] == "lasso"
    assert len(expected) > 50
    assert event["indices"] == expected.tolist()
    assert event["count"] == len(expected)


def test_a_large_box_travels_as_a_mask(stage: Stage) -> None:
    stage.map(points={"url": "/many.bin", "version": "many"}, colour=None, tool="box")
    drag(stage.page, [(200.0, 150.0), (500.0, 450.0)])
    (event,) = stage.queue()
    places = stage.places(np.random.default_rng(1).random((100_000, 2), np.float32).astype(float))
    inside = ((places > (200, 150)) & (places < (500, 450))).all(axis=1)
    assert event["count"] > 5_000
    assert "indices" not in event
    chosen = selected_indices(event, 100_000)
    assert chosen.tolist() == np.flatnonzero(inside).tolist()


def test_escape_gives_an_outline_up(stage: Stage) -> None:
    stage.map(tool="lasso")
    stage.root.focus()
    stage.page.mouse.move(300, 300)
    stage.page.mouse.down()
    stage.page.mouse.move(500, 500)
    stage.page.mouse.move(300, 500)
    stage.page.keyboard.press("Escape")
    stage.page.mouse.up()
    assert stage.queue() == []


# The acknowledged queue


def test_twenty_fast_clicks_with_late_answers_are_each_applied_once(stage: Stage) -> None:
    stage.map()
    points = clear_points(stage, 20)
    assert len(points) == 20
    applied: list[int] = []
    ack = 0

    def answer() -> None:
        nonlocal ack
        for event in unseen(stage.queue(), ack):
            applied.append(event["index"])
            ack = event["seq"]
        roles = [{"index": index, "role": "positive"} for index in applied]
        stage.run("map", made.map_data(ack=ack, overlay=made.overlay(roles=roles)))

    pixels = stage.pixels(points)
    for start in range(0, 20, 7):
        for pixel in pixels[start : start + 7]:
            stage.page.mouse.click(*pixel)
        answer()
    assert applied == points
    answer()
    assert applied == points
    assert stage.hook("overlay().pending") == 0


def test_a_click_shows_its_mark_before_any_answer_and_a_second_one_takes_it_back(
    stage: Stage,
) -> None:
    stage.map()
    (point,) = clear_points(stage, 1)
    stage.click(point)
    assert [role["index"] for role in stage.hook("overlay().roles")] == [point]
    assert stage.queue()[0] == {
        "seq": 1,
        "kind": "click",
        "index": point,
        "role": None,
        "modifiers": [],
    }
    stage.click(point)
    assert stage.hook("overlay().roles") == []


def test_a_mount_sends_again_what_was_not_answered(stage: Stage) -> None:
    stage.map()
    first, second = clear_points(stage, 2)
    stage.click(first)
    stage.page.evaluate("harness.unmount('map'); harness.state.map = null")
    stage.map()
    assert [event["index"] for event in stage.queue()] == [first]
    stage.click(second)
    assert [event["seq"] for event in stage.queue()] == [1, 2]


def test_numbers_go_on_after_a_reload(stage: Stage) -> None:
    stage.map()
    (point,) = clear_points(stage, 1)
    stage.click(point)
    stage.page.reload()
    stage.page.wait_for_function("window.harness")
    stage.map()
    stage.click(point)
    assert [event["seq"] for event in stage.queue()] == [2]


def test_an_answer_is_marked_for_measurement(stage: Stage) -> None:
    stage.map()
    (point,) = clear_points(stage, 1)
    stage.click(point)
    marks = "performance.getEntriesByName('{}').map((mark) => mark.detail)"
    assert stage.page.evaluate(marks.format("sextant:click")) == [{"seq": 1, "kind": "click"}]
    stage.map(ack=1, overlay=made.overlay(hits=HITS))
    answered = stage.page.evaluate(marks.format("sextant:results"))
    assert answered[-1] == {"ack": 1, "hits": 2}
    assert stage.hook("drawn") == {"hits": 2, "roles": 0, "version": 1}


def test_alt_asks_for_the_opposite_role(stage: Stage) -> None:
    stage.map()
    (point,) = clear_points(stage, 1)
    stage.page.keyboard.down("Alt")
    stage.click(point)
    stage.page.keyboard.up("Alt")
    (event,) = stage.queue()
    assert (event["role"], event["modifiers"]) == ("negative", ["alt"])


# Camera


def test_a_rerun_and_a_mount_keep_the_camera(stage: Stage) -> None:
    stage.map()
    start = stage.hook("camera()")
    stage.page.mouse.move(400, 300)
    stage.page.mouse.wheel(0, -400)
    drag(stage.page, [(400.0, 300.0), (460.0, 340.0), (480.0, 350.0)])
    moved = stage.hook("camera()")
    assert moved["zoom"] > 1.5 * start["zoom"]
    assert stage.queue() == []
    stage.map(overlay=made.overlay(hits=HITS))
    assert stage.hook("camera()") == moved
    stage.page.evaluate("harness.unmount('map')")
    stage.map()
    assert stage.hook("camera()") == moved
    stage.map(points={"url": "/many.bin", "version": "other"})
    stage.wait_for("n > 9e4")
    assert stage.hook("camera().zoom") == 1


def test_a_page_that_is_scrolled_does_not_zoom_a_map_on_its_way(stage: Stage) -> None:
    stage.map()
    (point,) = clear_points(stage, 1)
    stage.page.mouse.move(1, 1)
    stage.page.mouse.wheel(0, 10)  # outside of the map
    stage.page.mouse.move(*stage.pixels([point])[0])
    stage.page.mouse.wheel(0, -300)
    assert stage.hook("camera().zoom") == 1
    stage.page.wait_for_timeout(300)
    stage.page.mouse.wheel(0, -300)
    assert stage.hook("camera().zoom") > 1


def test_the_wheel_keeps_the_point_under_the_pointer(stage: Stage) -> None:
    stage.map()
    (point,) = clear_points(stage, 1)
    (before,) = stage.pixels([point])
    stage.page.mouse.move(*before)
    stage.page.mouse.wheel(0, -300)
    assert np.allclose(stage.pixels([point])[0], before, atol=1)


def test_a_drag_pans_by_as_much(stage: Stage) -> None:
    stage.map()
    (before,) = stage.pixels([5])
    drag(stage.page, [(300.0, 300.0), (330.0, 310.0), (370.0, 280.0)])
    assert np.allclose(stage.pixels([5])[0] - before, (70, -20), atol=1e-6)


def test_a_double_click_on_empty_ground_zooms(stage: Stage) -> None:
    stage.map()
    middle = stage.middle().tolist()
    assert stage.root.evaluate("(root, at) => root.__sextant.pick(...at)", middle) == -1
    stage.page.mouse.dblclick(*middle)
    assert stage.hook("camera().zoom") == pytest.approx(2)
    assert stage.queue() == []


# Keys


def test_keys_zoom_pan_fit_and_choose(stage: Stage) -> None:
    stage.map()
    stage.root.press("+")
    assert stage.hook("camera().zoom") == pytest.approx(1.4)
    (before,) = stage.pixels([5])
    stage.root.press("ArrowRight")
    assert np.allclose(stage.pixels([5])[0] - before, (-60, 0), atol=1e-6)
    stage.root.press("0")
    assert stage.hook("camera().zoom") == 1
    stage.root.press("l")
    assert stage.root.get_by_role("button", name="lasso").get_attribute("aria-pressed") == "true"
    stage.root.press("n")
    stage.root.press("Control+z")
    stage.root.press("Control+Shift+Z")
    stage.root.press("Delete")
    kinds = [(event["kind"], event.get("role")) for event in stage.queue()]
    assert kinds == [("role", "negative"), ("undo", None), ("redo", None), ("clear", None)]


def test_brackets_walk_the_results_and_enter_uses_one(stage: Stage) -> None:
    stage.map(overlay=made.overlay(hits=HITS))
    walked = []
    for key in ("]", "]", "]", "["):
        stage.root.press(key)
        walked.append(stage.hook("overlay().hovered"))
    assert walked == [40, 9, 40, 9]
    stage.root.press("Enter")
    assert stage.queue()[0]["index"] == 9


def test_shift_and_arrows_go_from_point_to_point(stage: Stage) -> None:
    stage.map()
    lit = "overlay().hovered"
    stage.root.press("Shift+ArrowRight")
    assert stage.hook(lit) is not None
    for key, axis, sign in (("Right", 0, 1), ("Up", 1, -1), ("Left", 0, -1), ("Down", 1, 1)):
        before = stage.hook(lit)
        place = stage.hook(f"toPixel({before})")
        stage.root.press(f"Shift+Arrow{key}")
        after = stage.hook(lit)
        assert after != before
        assert sign * (stage.hook(f"toPixel({after})")[axis] - place[axis]) > 0
    stage.root.press("Enter")
    assert stage.queue()[0]["index"] == stage.hook(lit)


def test_the_results_can_be_brought_into_view(stage: Stage) -> None:
    stage.map()
    button = stage.root.get_by_role("button", name="Show the results")
    assert button.is_hidden()
    stage.map(overlay=made.overlay(hits=HITS))
    button.click()
    assert stage.hook("camera().zoom") > 1
    left, right = stage.pixels([40, 9])
    box = stage.root.bounding_box()
    assert box is not None
    for place in (left, right):
        assert box["x"] < place[0] < box["x"] + box["width"]
        assert box["y"] < place[1] < box["y"] + box["height"]
    assert np.allclose((left + right) / 2, stage.middle(), atol=2)


# Touch


@pytest.fixture
def touch(browser: Browser, server: made.Harness) -> Iterator[Stage]:
    with browser.new_context(viewport={"width": 420, "height": 900}, has_touch=True) as context:
        yield Stage(context.new_page(), server)


def test_a_tap_clicks_and_two_fingers_zoom(touch: Stage) -> None:
    touch.map(height=400)
    assert touch.root.locator(".legend").get_attribute("open") is None
    left, top = (float(value) for value in touch.pixels([40])[0])
    touch.page.touchscreen.tap(left, top)
    (event,) = touch.queue()
    tapped, picked = touch.pixels([40, event["index"]])
    assert np.allclose(tapped, picked, atol=18)
    x, y = (float(value) for value in touch.middle())
    protocol = touch.page.context.new_cdp_session(touch.page)
    for kind, apart in (("touchStart", 40), ("touchMove", 60), ("touchMove", 80)):
        fingers = [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}]
        protocol.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})
    protocol.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert touch.hook("camera().zoom") == pytest.approx(2, rel=0.05)
    assert len(touch.queue()) == 1


# Hover


def test_the_card_says_what_a_point_is(stage: Stage) -> None:
    stage.map(overlay=made.overlay(hits=[{"index": i, "rank": 1, "score": 0.5} for i in [77]]))
    (point,) = clear_points(stage, 1)
    stage.page.mouse.move(*stage.pixels([point])[0])
    card = stage.root.locator(".hover-card")
    card.wait_for()
    assert f"point {point}" in card.inner_text()
    assert "2 more" in card.inner_text()
    assert "Click: Positive" in card.inner_text()
    stage.click(point)
    card.wait_for(state="hidden")
    stage.page.mouse.move(5, 5)
    stage.page.mouse.move(*stage.pixels([point])[0])
    card.get_by_text("Click to take it out").wait_for()
    stage.page.mouse.move(5, 5)
    card.wait_for(state="hidden")


def test_map_and_cards_light_each_other(stage: Stage) -> None:
    stage.map(overlay=made.overlay(hits=HITS))
    items = [made.card(hit["index"], hit["rank"], hit["score"]) for hit in HITS]
    stage.run("cards", made.cards_data(items=items))
    stage.page.locator(".card").nth(1).hover()
    assert stage.hook("overlay().hovered") == 9
    stage.page.mouse.move(*stage.pixels([40])[0])
    lit = stage.page.locator(".card.lit")
    lit.wait_for()
    assert lit.get_attribute("data-index") == str(stage.hook("overlay().hovered"))
    assert stage.queue() == stage.queue("cards") == []


def test_rankings_light_up_together_and_are_chosen(stage: Stage) -> None:
    stage.map()
    stage.run("rankings", made.rankings_data())
    second = stage.page.locator(".sextant-rankings .column").nth(1)
    assert [text.strip() for text in second.locator(".moved").all_inner_texts()] == [
        "▲2",
        "",
        "▼2",
        "new",
    ]
    second.locator(".hit").first.hover()
    assert stage.hook("overlay().hovered") == 16
    lit = stage.page.locator(".sextant-rankings .hit.lit .rank")
    assert lit.all_inner_texts() == ["3", "1"]
    second.locator(".hit").nth(3).click()
    second.get_by_role("button", name="Second").click()
    clicked, chosen = stage.queue("rankings")
    assert (clicked["kind"], clicked["index"]) == ("click", 25)
    assert (chosen["kind"], chosen["column"]) == ("choose", 1)


# Colours, legend, dimming, theme


def far(colour: Iterable[int], other: ArrayLike) -> int:
    return int(np.abs(np.array(colour) - np.array(other)).max())


def test_what_a_filter_leaves_out_is_dimmed_and_stays(stage: Stage, server: made.Harness) -> None:
    stage.map()
    inside, outside = clear_points(stage, 2)
    before = stage.shade(inside), stage.shade(outside)
    server.add_mask("/filter.mask", np.arange(N) != outside)
    stage.map(overlay=made.overlay(matching={"url": "/filter.mask"}))
    stage.page.wait_for_load_state("networkidle")
    stage.page.wait_for_timeout(50)
    assert stage.shade(inside) == before[0]
    assert 0 < far(stage.shade(outside), 255) < far(before[1], 255) / 2


def test_a_selection_stands_out(stage: Stage) -> None:
    stage.map()
    chosen, other = clear_points(stage, 2)
    before = stage.shade(chosen)
    stage.map(overlay=made.overlay(selected=[chosen]))
    assert stage.shade(chosen) == before
    assert far(stage.shade(other), 255) < 130


def test_the_legend_isolates_a_category(stage: Stage) -> None:
    stage.map()
    points = clear_points(stage, 400)
    first, last = points[0], points[-1]
    assert first * 7 // N == 0 != last * 7 // N
    before = stage.shade(first), stage.shade(last)
    entry = stage.root.get_by_role("button", name="group 0")
    entry.click()
    stage.page.mouse.move(5, 5)
    stage.page.wait_for_timeout(50)
    assert entry.get_attribute("aria-pressed") == "true"
    assert stage.shade(first) == before[0]
    assert stage.shade(last) != before[1]
    entry.click()
    stage.page.mouse.move(5, 5)
    stage.page.wait_for_timeout(50)
    assert stage.shade(last) == before[1]


def test_a_selection_outside_of_the_chosen_category_stands_out_beside_it(stage: Stage) -> None:
    stage.map()
    points = clear_points(stage, 400)
    inside, outside = points[0], points[-1]
    other = next(point for point in points if 0 < point * 7 // N < 6)
    before = {point: stage.shade(point) for point in (inside, outside, other)}
    chosen = made.category_colour() | {"standing_out": [0]}
    stage.map(colour=chosen, overlay=made.overlay(selected=[outside]))
    same = [point for point, shade in before.items() if stage.shade(point) == shade]
    assert same == [inside, outside]
    stage.map(colour=chosen, overlay=made.overlay(selected=[inside, outside]))
    same = [point for point, shade in before.items() if stage.shade(point) == shade]
    assert same == [inside]


def test_numbers_have_a_ramp_with_its_ends(stage: Stage) -> None:
    stage.map(colour=made.number_colour())
    assert stage.root.locator(".legend .ticks").inner_text().split() == ["0", "600.3", "1,201"]


def test_the_theme_changes_the_drawing_at_once(stage: Stage) -> None:
    stage.map()
    stage.run("cards", made.cards_data(items=[made.card(4, 1, 0.5)]))
    corner = """root => [...root.querySelector(".stage canvas").getContext("2d")
        .getImageData(2, 2, 1, 1).data.slice(0, 3)]"""
    assert stage.root.evaluate(corner) == [255, 255, 255]
    stage.page.evaluate("harness.theme(true)")
    stage.page.wait_for_timeout(50)
    assert stage.root.evaluate(corner) == [0x12, 0x15, 0x1B]
    assert stage.page.locator(".sextant-cards.dark").count() == 1


def test_glyphs_replace_the_dots_where_there_is_room(stage: Stage) -> None:
    stage.map(glyphs_url="/points.glyphs")
    stage.page.wait_for_load_state("networkidle")
    assert stage.hook("overlay().glyphs") == 0
    (point,) = clear_points(stage, 1)
    stage.page.mouse.move(*stage.pixels([point])[0])
    stage.page.mouse.wheel(0, -1500)
    stage.page.wait_for_timeout(100)
    assert 0 < stage.hook("overlay().glyphs") < 600
    assert stage.shade(point) == [255, 255, 255]


# Both painters


@pytest.fixture(scope="module")
def gl_page(browser: Browser) -> Iterator[Page]:
    """A page whose WebGL is emulated, which the map only uses when it is told to."""
    arguments = [*ARGUMENTS, "--enable-unsafe-swiftshader", "--use-angle=swiftshader"]
    with browser.browser_type.launch(executable_path=CHROMIUM, args=arguments) as other:
        yield other.new_page(viewport={"width": 1440, "height": 900})


def test_the_graphics_card_draws_the_same_picture_as_the_processor(
    gl_page: Page, server: made.Harness
) -> None:
    pictures = {}
    for renderer in ("cpu", "gpu"):
        stage = Stage(gl_page, server)
        stage.map(renderer=renderer, overlay=made.overlay(selected=list(range(800))))
        assert stage.hook("renderer") == renderer
        pictures[renderer] = stage.picture().astype(int)
    difference = np.abs(pictures["cpu"] - pictures["gpu"]).max(axis=2)
    assert (pictures["cpu"].min(axis=2) < 200).sum() > 10_000
    assert (difference > 60).mean() < 0.01  # edges: a dot's place is rounded to a quarter pixel


# When things fail


def test_a_failed_fetch_says_so_and_can_be_tried_again(stage: Stage, server: made.Harness) -> None:
    missing = {"url": "/late.bin", "version": "late"}
    stage.run("map", made.map_data(points=missing, colour=None))
    notice = stage.root.locator(".notice")
    notice.get_by_text("404").wait_for()
    server.add_points(made.blobs(50), "late")
    notice.get_by_role("button", name="Try again").click()
    notice.wait_for(state="hidden")
    assert stage.hook("n") == 50


def test_a_file_that_is_cut_short_is_not_drawn(stage: Stage, server: made.Harness) -> None:
    server.files["/short.bin"] = server.files["/points.bin"][:1000]
    stage.run("map", made.map_data(points={"url": "/short.bin", "version": "short"}))
    stage.root.locator(".notice").get_by_text("cut short").wait_for()


@pytest.mark.parametrize("n", [0, 1, 2])
def test_tiny_maps(stage: Stage, server: made.Harness, n: int) -> None:
    server.add_points(np.full((n, 2), 3.5, np.float32), f"tiny{n}")
    stage.run("map", made.map_data(points={"url": f"/tiny{n}.bin", "version": f"{n}"}, colour=None))
    if n == 0:
        stage.root.locator(".notice").get_by_text("Import some on the Collections page").wait_for()
        return
    stage.wait_for("ready")
    stage.click(0)
    assert stage.queue()[0]["index"] == 0


def test_a_point_without_a_place_is_left_out(stage: Stage, server: made.Harness) -> None:
    xy = made.blobs(20)
    xy[3] = np.nan
    server.add_points(xy, "holes")
    hits = [{"index": 3, "rank": 1, "score": 1.0}, {"index": 4, "rank": 2, "score": 0.5}]
    stage.map(
        points={"url": "/holes.bin", "version": "holes"},
        colour=made.category_colour("holes"),
        overlay=made.overlay(hits=hits),
    )
    assert stage.hook("n") == 20
    stage.click(4)
    assert stage.queue()[0]["index"] == 4


def test_no_points_yet(stage: Stage) -> None:
    stage.run("map", made.map_data(points=None, colour=None))
    assert "No points yet" in stage.root.locator(".notice").inner_text()


# Cards


def test_a_card_is_clicked_liked_and_disliked(stage: Stage) -> None:
    stage.run("cards", made.cards_data(items=[made.card(4, 1, 0.9), made.card(8, 2, 0.7)]))
    card = stage.page.locator(".card").nth(1)
    card.click(position={"x": 60, "y": 20})
    card.hover()
    card.get_by_role("button", name="more like point 8").click()
    card.get_by_role("button", name="less like point 8").click()
    events = [(event["index"], event["id"], event["role"]) for event in stage.queue("cards")]
    assert events == [(8, 8, None), (8, 8, "positive"), (8, 8, "negative")]


def test_long_names_of_neighbours_end_inside_their_card(stage: Stage) -> None:
    long = "package.module.AClassWithAVeryLongName.and_a_method_that_goes_on_and_on_and_on"
    strip = [{"index": 5, "title": long, "picture": None, "score_text": "0.5000"}]
    stage.run("cards", made.cards_data(items=[made.card(4, 1, 0.9, strip=strip)] * 2))
    ends = stage.page.locator(".card").first.evaluate(
        "card => [card, card.querySelector('.strip .title')]"
        ".map((one) => one.getBoundingClientRect().right)"
    )
    assert ends[1] < ends[0]


def test_keys_move_between_cards_and_use_them(stage: Stage) -> None:
    stage.run("cards", made.cards_data(items=[made.card(i, i, 1 / i) for i in range(1, 8)]))
    stage.page.locator(".card").first.focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "n", "Enter"):
        stage.page.keyboard.press(key)
    columns = stage.page.locator(".sextant-cards .grid").evaluate(
        "grid => getComputedStyle(grid).gridTemplateColumns.split(' ').length"
    )
    events = [(event["index"], event["role"]) for event in stage.queue("cards")]
    assert events == [(1 + columns, "negative"), (1 + columns, None)]


def test_the_focus_survives_new_results(stage: Stage) -> None:
    items = [made.card(i, i, 1 / i) for i in range(1, 5)]
    stage.run("cards", made.cards_data(items=items))
    stage.page.locator(".card").nth(2).focus()
    stage.run("cards", made.cards_data(items=items[::-1]))
    focused = "document.querySelector('#cards > div').shadowRoot.activeElement.dataset.id"
    assert stage.page.evaluate(focused) == "3"


def test_a_card_opens_to_its_payload_and_its_reasons(stage: Stage) -> None:
    parts = [{"label": "positive 1", "value": 0.75}, {"label": "negative 2", "value": -0.5}]
    stage.run("cards", made.cards_data(items=[made.card(4, 1, 0.25, parts=parts)]))
    card = stage.page.locator(".card")
    card.hover()
    card.get_by_role("button", name="details of point 4").click()
    why = card.get_by_label("why this score")
    assert why.locator(".value").all_inner_texts() == ["+0.7500", "−0.5000", "+0.2500"]
    assert "field 9" in card.inner_text()
    card.locator("dd").first.click()
    assert stage.queue("cards") == []


def test_payload_text_is_never_markup(stage: Stage) -> None:
    hostile = "<img src=x onerror='document.title=1'><b>bold</b>"
    item = made.card(1, 1, 0.5, title=hostile, subtitle=hostile, fields=[[hostile, hostile]])
    chip = {"role": "positive", "index": 1, "id": 1, "title": hostile, "picture": None}
    stage.run("cards", made.cards_data(items=[item]))
    stage.run("chips", {"items": [chip], "ack": 0})
    stage.page.get_by_role("button", name="details of").dispatch_event("click")
    assert stage.page.locator(".card strong").inner_text() == hostile
    assert stage.page.locator("#cards b, #cards img, #chips b, #chips img").count() == 0
    assert stage.page.title() == "Components without Streamlit"


def test_a_picture_that_fails_falls_back_to_initials(stage: Stage) -> None:
    picture = {"kind": "image", "url": "/missing.png"}
    item = made.card(1, 1, 0.5, title="red panda", picture=picture)
    stage.run("cards", made.cards_data(items=[item]))
    stage.page.locator(".card .initials").get_by_text("RP").wait_for()


def test_pixels_are_drawn(stage: Stage) -> None:
    picture = {"kind": "pixels", "width": 2, "height": 1, "values": [0, 16], "max": 16}
    stage.run("cards", made.cards_data(items=[made.card(1, 1, 0.5, picture=picture)]))
    alphas = stage.page.locator(".card canvas").evaluate(
        "c => [...c.getContext('2d').getImageData(0, 0, 2, 1).data].filter((_, i) => i % 4 === 3)"
    )
    assert alphas == [0, 255]


def test_empty_and_loading_cards(stage: Stage) -> None:
    empty = {"title": "Point at the map", "text": "Click a point."}
    stage.run("cards", made.cards_data(empty=empty))
    stage.page.locator(".sextant-cards .notice").get_by_text("Point at the map").wait_for()
    stage.run("cards", made.cards_data(loading=True))
    assert stage.page.locator(".card.skeleton").count() > 0
    assert stage.page.locator(".sextant-cards .notice").is_hidden()


# Chips


def test_chips_are_removed_and_lead_to_their_points(stage: Stage) -> None:
    stage.map()
    look = {"index": 12, "id": "a-b", "title": "point 12", "picture": {"kind": "none"}}
    chips = [
        {"role": "pair_positive", "pair": 1, **look},
        {"role": "negative", **look, "index": None},
    ]
    stage.run("chips", {"items": chips, "ack": 0})
    stage.page.get_by_role("button", name="show pair + 1: point 12").click()
    assert np.allclose(stage.pixels([12])[0], stage.middle(), atol=2)
    assert stage.page.get_by_role("button", name="show negative: point 12").is_disabled()
    stage.page.get_by_role("button", name="take out pair + 1: point 12").click()
    assert stage.queue("chips") == [
        {"seq": 1, "kind": "remove", "index": 12, "id": "a-b", "role": "pair_positive"}
    ]
    assert stage.page.locator(".chip").count() == 1


def test_a_point_without_a_picture_gives_its_room_to_its_name(stage: Stage) -> None:
    long = "package.module.AName.not_fit_into_one_line"
    item = made.card(4, 1, 0.9) | {"title": long, "picture": {"kind": "none"}}
    stage.run("cards", made.cards_data(items=[made.card(3, 2, 0.8), item]))
    assert stage.page.locator(".card .picture").count() == 1
    name = stage.page.locator(".card strong").nth(1)
    assert name.text_content() == long
    height, whole = name.evaluate("name => [name.clientHeight, name.scrollHeight]")
    assert whole <= height + 1
