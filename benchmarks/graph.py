"""Graphs of points: made, grouped and drawn, in Python and in the browser."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
from qdrant_client import models
from scipy.sparse import coo_array
from scipy.sparse.csgraph import minimum_spanning_tree

from benchmarks.data import clustered
from benchmarks.report import Row
from engine import Engine
from explorer.graph.centrality import betweenness
from explorer.graph.drawings import Drawings
from explorer.graph.force import force_layout
from explorer.graph.groups import communities
from explorer.graph.linking import Linking, link, neighbours_for
from explorer.graph.view import Sample, View
from explorer.nearest import Nearest
from explorer.neighbours import neighbours
from explorer.points import PointMaps
from tests.browser import frontend_harness as made
from tests.browser.running import CHROMIUM, chromium

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from explorer.graph.graph import Graph
    from explorer.neighbours import Neighbours

SIZES = (500, 2_000, 10_000)
DIMENSIONS, NEIGHBOURS = 384, 15
TREE = 1_000

LONGEST_GAP = """() => new Promise((done) => {
  let [longest, last] = [0, performance.now()];
  const end = last + 3000;
  const tick = (now) => {
    longest = Math.max(longest, now - last);
    last = now;
    if (now < end) requestAnimationFrame(tick); else done(longest);
  };
  requestAnimationFrame(tick);
})"""
"""JavaScript: the longest time between two frames within three seconds, in ms."""


def run() -> list[Row]:
    """Measure the parts of a drawing on an idle machine, and a frame in the browser."""
    engine = Engine(":memory:")
    cosine = models.VectorParams(size=DIMENSIONS, distance=models.Distance.COSINE)
    engine.create_collection("points", cosine)
    vectors = clustered(max(SIZES), DIMENSIONS)
    engine.upload_collection("points", vectors, ids=range(len(vectors)))
    rows = [row for size in SIZES for row in _parts(engine, size)]
    rows += [_tree(engine), _expansion(engine)]
    engine.close()
    return [*rows, *(_frames() if CHROMIUM else [])]


def _parts(engine: Engine, size: int) -> list[Row]:
    found = neighbours(engine, "points", "", NEIGHBOURS, sample=size)
    graph = link(found, Linking.NEAREST)
    about = f"{size:,} points, {len(graph.edges):,} links"
    works: dict[str, Callable[[], object]] = {
        "neighbours and links": lambda: link(
            neighbours(engine, "points", "", NEIGHBOURS, sample=size), Linking.NEAREST
        ),
        "force layout": lambda: force_layout(graph),
        "communities (Leiden)": lambda: communities(graph),
        "betweenness": lambda: betweenness(graph),
    }
    return [
        Row(f"{name}, {size:,}", _seconds(work), unit="s", note=about)
        for name, work in works.items()
    ]


def _tree(engine: Engine) -> Row:
    """Compare the weight of our tree with that of SciPy on the whole matrix."""
    k = neighbours_for(Linking.TREE, NEIGHBOURS, TREE)
    found = neighbours(engine, "points", "", k, sample=TREE)
    ours = link(found, Linking.TREE)
    a = np.repeat(np.arange(TREE), found.k)
    cells = (2 - found.scores.ravel(), (a, found.indices.ravel()))
    theirs = minimum_spanning_tree(coo_array(cells, shape=(TREE, TREE)).tocsr())
    weight = float((2 - ours.scores).sum())
    note = f"weight {weight:.3f}, SciPy's {theirs.sum():.3f}"
    return Row(
        f"spanning tree, {TREE:,}", _seconds(lambda: link(found, Linking.TREE)), unit="s", note=note
    )


def _expansion(engine: Engine) -> Row:
    drawings = Drawings(engine, PointMaps(engine), Nearest(engine))
    view = View("points", start=Sample(500), k=NEIGHBOURS)
    drawings.drawing(view)
    clicks = iter(range(100))
    took = _seconds(lambda: drawings.drawing(view.expanding(next(clicks))))
    goal = "under 0.2 s"
    return Row("a click that expands, 500", took, unit="s", goal=goal, met=took < 0.2)


def _frames() -> list[Row]:
    """Draw 10,000 points with 15 neighbours each in Chromium, and zoom."""
    points = made.blobs(max(SIZES))
    graph = link(_plane(points), Linking.NEAREST)
    with made.serve() as harness, chromium() as browser:
        harness.add_points(points, "graph")
        harness.add_links("/graph.links", len(points), graph.edges, graph.scores)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(harness.url)
        _mount(page, graph)
        page.mouse.move(500, 300)
        page.evaluate(f"window.gap = ({LONGEST_GAP})(); 0")
        for _ in range(12):
            page.mouse.wheel(0, -60)
        gap = page.evaluate("window.gap")
        whole = page.locator(".sextant-map").evaluate("root => root.__sextant.lastDrawMs")
    note = f"{len(graph.edges):,} links"
    return [
        Row("a whole frame, 10,000 points", whole, note=note),
        Row("longest gap while zooming", gap, goal="under 100 ms", met=gap < 100, note=note),
    ]


def _plane(points: np.ndarray) -> Neighbours:
    engine = Engine(":memory:")
    engine.create_collection("plane", models.VectorParams(size=2, distance=models.Distance.EUCLID))
    engine.upload_collection("plane", points, ids=range(len(points)))
    found = neighbours(engine, "plane", "", NEIGHBOURS)
    engine.close()
    return found


def _mount(page: Page, graph: Graph) -> None:
    page.wait_for_function("window.harness")
    data = made.map_data(
        points={"url": "/graph.bin", "version": "graph"},
        colour=made.category_colour("graph"),
        roles_available=[],
        links={
            "url": "/graph.links",
            "cutoff": None,
            "larger_is_better": graph.larger_is_better,
            "focus": None,
        },
    )
    page.evaluate("(data) => harness.run('map', data)", data)
    page.wait_for_function(
        "document.querySelector('#map > div').shadowRoot.querySelector('.sextant-map')"
        ".__sextant.links().count > 0"
    )
    page.wait_for_timeout(1_000)


def _seconds(work: Callable[[], object], runs: int = 3) -> float:
    """Return the median of the seconds that it took."""
    measured = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        measured.append(time.perf_counter() - began)
    return float(np.median(measured))
