"""Force layouts: linked points draw near, all others push away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.graph.graph import Graph
from explorer.graph.groups import clumps
from explorer.graph.seeding import seeded, to_igraph
from explorer.jobs import Cancelled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from explorer.jobs import Report, Stopped

ROUNDS = 300
"""Iterations of the force model."""

SETTLING = 60
"""Iterations that place new points among others that stay."""

PATHS_UP_TO = 400
"""Up to so many points a clump starts as its shortest paths say, beyond by its eigenvectors."""

_STEP = 15  # iterations at a time: igraph lets no other thread run meanwhile
_TREE_HEAT = 1.5  # how far a point may move at first: branches that do not cross shall not begin to
_COLDEST = 0.05
_FAR = 1e6  # no point gets there
_RADIAL_STEP = 3.0  # from a tree's middle outwards, so that neither force begins too strong
_GOLDEN = np.pi * (3 - np.sqrt(5))  # the angle by which sunflower seeds never line up


def force_layout(
    graph: Graph,
    seed: int = 0,
    report: Report | None = None,
    stopped: Stopped | None = None,
) -> NDArray[np.float64]:
    """Return a place for each point, float64 (n, 2); linked points are about 1 apart.

    The force model of Fruchterman and Reingold (1991), clump by clump, from a start that has the
    large structure right already. The largest clump is in the middle, the others around it. The
    same graph and seed give the same layout. Raises Cancelled when stopped.
    """
    groups = clumps(graph)
    members = [np.flatnonzero(groups == number) for number in range(groups.max(initial=-1) + 1)]
    progress = _Progress(len(graph), report, stopped)
    parts = [_clump_layout(_part(graph, places), seed, progress) for places in members]
    centres = _packed(np.array([np.linalg.norm(part, axis=1).max() + 1 for part in parts]))
    xy = np.zeros((len(graph), 2))
    for places, part, centre in zip(members, parts, centres, strict=True):
        xy[places] = part + centre
    return xy


def placed_among(
    graph: Graph, xy: NDArray[np.float64], known: NDArray[np.bool_], seed: int = 0
) -> NDArray[np.float64]:
    """Return a place for each point, float64 (n, 2); those of known points stay as they are.

    `xy` counts where `known`; the others settle around the points that they are linked with.
    """
    xy = _beside_linked(graph, xy, known)
    low = np.where(known[:, None], xy, -_FAR)
    high = np.where(known[:, None], xy, _FAR)
    with seeded(seed):
        moved = to_igraph(graph).layout_fruchterman_reingold(
            niter=SETTLING,
            seed=xy.tolist(),
            start_temp=1.0,
            minx=low[:, 0].tolist(),
            maxx=high[:, 0].tolist(),
            miny=low[:, 1].tolist(),
            maxy=high[:, 1].tolist(),
        )
    return np.where(known[:, None], xy, np.array(moved.coords))


@dataclass
class _Progress:
    """Points that are laid out, over all clumps."""

    total: int
    report: Report | None
    stopped: Stopped | None
    done: int = 0

    def __call__(self, points: int) -> None:
        if self.stopped and self.stopped():
            raise Cancelled
        self.done += points
        if self.report:
            self.report(min(self.done, self.total), self.total, "Laying out")


def _part(graph: Graph, members: NDArray[np.int64]) -> Graph:
    """Return one clump as a graph of its own."""
    places = np.full(len(graph), -1, np.int32)
    places[members] = np.arange(len(members), dtype=np.int32)
    inside = places[graph.edges[:, 0]] >= 0
    ids = tuple(graph.ids[place] for place in members)
    return Graph(ids, places[graph.edges[inside]], graph.scores[inside], graph.larger_is_better)


def _clump_layout(graph: Graph, seed: int, progress: _Progress) -> NDArray[np.float64]:
    """Return places around the origin of the points of one clump."""
    n = len(graph)
    if n <= 2:
        progress(n)
        return np.array([[-0.5, 0.0], [0.5, 0.0]])[:n] if n == 2 else np.zeros((n, 2))
    linked = to_igraph(graph)
    with seeded(seed):
        xy = _start(graph, linked, seed).tolist()
        hottest = _TREE_HEAT if _is_tree(graph) else np.sqrt(n) / 10
        for done in range(0, ROUNDS, _STEP):
            progress(n * _STEP // ROUNDS)
            heat = hottest * (1 - done / ROUNDS) ** 2 + _COLDEST
            xy = linked.layout_fruchterman_reingold(
                niter=_STEP, seed=xy, start_temp=heat, grid=n > PATHS_UP_TO
            ).coords
    return _unit_links(graph, np.array(xy))


def _start(graph: Graph, linked: Any, seed: int) -> NDArray[np.float64]:
    """Return a start with the right large structure; `linked` is the graph as igraph's own."""
    if len(graph) <= PATHS_UP_TO:
        return np.array(linked.layout_kamada_kawai().coords)
    return _radial(linked) if _is_tree(graph) else _spectral(graph, seed)


def _is_tree(clump: Graph) -> bool:
    return len(clump.edges) == len(clump) - 1


def _radial(tree: Any) -> NDArray[np.float64]:
    """Return a tree's branches around its middle (Reingold and Tilford 1981): none cross."""
    middle = int(np.argmin(tree.eccentricity()))
    return _RADIAL_STEP * np.array(tree.layout_reingold_tilford_circular(root=[middle]).coords)


def _spectral(graph: Graph, seed: int) -> NDArray[np.float64]:
    """Return places from the eigenvectors of the normalised adjacency (Belkin and Niyogi 2003)."""
    from scipy.sparse import coo_array, diags_array  # noqa: PLC0415 - slow to import
    from scipy.sparse.linalg import eigsh  # noqa: PLC0415

    n, (a, b) = len(graph), graph.edges.T
    ones = np.ones(2 * len(a))
    linked = coo_array((ones, (np.concatenate((a, b)), np.concatenate((b, a)))), shape=(n, n))
    roots = 1 / np.sqrt(graph.degrees)
    normalised = (diags_array(roots) @ linked @ diags_array(roots)).tocsr()
    start = np.random.default_rng(seed).random(n)
    _, vectors = eigsh(normalised, k=3, which="LA", v0=start, tol=1e-3, maxiter=20 * n)
    xy: NDArray[np.float64] = vectors[:, [1, 0]] * roots[:, None]
    xy *= np.sqrt(n) / np.abs(xy).max()
    return xy


def _unit_links(graph: Graph, xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return places around the origin whose median link is 1 long."""
    a, b = graph.edges.T
    median = np.median(np.linalg.norm(xy[a] - xy[b], axis=1))
    centred: NDArray[np.float64] = xy - (xy.min(axis=0) + xy.max(axis=0)) / 2
    return centred / (median or 1.0)


def _packed(radii: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return centres for discs: the first in the middle, each other on a ray of its own.

    There it stands as near to the middle as those before leave room.
    """
    centres = np.zeros((len(radii), 2))
    for number in range(1, len(radii)):
        ray = np.array([np.cos(number * _GOLDEN), np.sin(number * _GOLDEN)])
        clear = radii[:number] + radii[number]
        along = centres[:number] @ ray
        aside = (centres[:number] ** 2).sum(axis=1) - along**2
        half = np.sqrt(np.maximum(clear**2 - aside, 0))
        enter, leave, at = along - half, along + half, 0.0
        while (blocked := (enter <= at) & (at < leave - 1e-9)).any():
            at = leave[blocked].max()
        centres[number] = at * ray
    return centres


def _beside_linked(
    graph: Graph, xy: NDArray[np.float64], known: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return places in which each new point stands amid the known ones that it is linked to."""
    placed = np.where(known[:, None], xy, 0.0)
    for number, place in enumerate(np.flatnonzero(~known)):
        anchors = [other for other, _ in graph.linked(int(place)) if known[other]]
        centre = xy[anchors].mean(axis=0) if anchors else np.zeros(2)
        angle = number * _GOLDEN
        placed[place] = centre + np.array([np.cos(angle), np.sin(angle)])
    return placed
