"""UMAP (McInnes, Healy and Melville 2018): neighbours by vector become neighbours on the map.

The objective, the sampling schedule and the defaults are those of umap-learn. It is written anew
because umap-learn compiles itself in every process (20-30 s before the first epoch, measured) and
cannot be watched or stopped; these kernels compile once per machine and run epoch by epoch.
"""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numba import njit
from scipy import sparse
from scipy.optimize import curve_fit

from explorer.jobs import Cancelled
from explorer.layout.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from explorer.jobs import Report, Stopped

Show: TypeAlias = "Callable[[NDArray[np.float32]], None]"
"""Given coordinates (n, 2 or 3) while they move."""

SHOWN_EVERY = 0.25
"""Seconds between two pictures of the moving points,"""

SHARE_SHOWN = 0.2
"""or more, lest the pictures of a million take more of the time than this."""

f32 = np.float32
_FASTMATH = {"reassoc", "contract", "nsz", "arcp", "afn"}  # infinite distances keep their meaning
_kernel = njit(cache=True, nogil=True, fastmath=_FASTMATH, error_model="numpy")

NEGATIVES = f32(5)
"""Points pushed away for each one pulled near."""

LONGEST_STEP = f32(4.0)
"""Bound on one coordinate's gradient."""


def optimise(
    start: NDArray[np.float32],
    neighbours: tuple[NDArray[np.int32], NDArray[np.float32]],
    settings: Settings,
    report: Report,
    stopped: Stopped,
    show: Show | None = None,
) -> NDArray[np.float32]:
    """Return coordinates (n, 2 or 3), moved from `start` until neighbours are near.

    Args:
        start: float32 (n, 2 or 3).
        neighbours: rows and distances (n, k) of each row's nearest others, nearest first; at an
            infinite distance there is no neighbour, whatever row is named.
        settings: epochs, least distance and seed.
        report: told every epoch.
        stopped: asked before every epoch.
        show: given the coordinates as they move, a few times a second.

    Raises:
        Cancelled: `stopped` said so.

    """
    epochs = settings.epochs or _epochs(start)
    heads, tails, weights = _edges(_fuzzy_union(*neighbours), epochs)
    a, b = _curve(settings.min_dist)
    places = np.zeros((len(start), 3), np.float32)  # on a plane the third stays zero
    places[:, : start.shape[1]] = _spread_out(start, settings.seed)
    due = time.monotonic() + SHOWN_EVERY
    every = (weights.max(initial=1) / weights).astype(np.float32)
    pull, push = every.copy(), every / NEGATIVES
    random = np.random.default_rng(settings.seed).integers(1, 1 << 63, size=1, dtype=np.uint64)
    for epoch in range(epochs):
        report(epoch, epochs, "Moving points")
        if stopped():
            raise Cancelled
        rate = f32(1 - epoch / epochs)
        _epoch(places, heads, tails, every, pull, push, epoch, rate, f32(a), f32(b), random)
        if show is not None and (began := time.monotonic()) > due:
            show(places[:, : start.shape[1]].copy())
            ended = time.monotonic()
            due = ended + max(SHOWN_EVERY, (ended - began) / SHARE_SHOWN)
    return places[:, : start.shape[1]].copy()


def warm_up() -> None:
    """Compile the kernels, or load them where this machine has compiled them before."""
    rows = np.array([[1], [0]], np.int32)
    distances = np.ones((2, 1), np.float32)
    start = np.zeros((2, 2), np.float32)
    optimise(start, (rows, distances), Settings(epochs=1), lambda *_: None, lambda: False)


def _epochs(xy: NDArray[np.float32]) -> int:
    return 500 if len(xy) <= 10_000 else 200


def _spread_out(start: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    """Return the start within -10..10, with a little noise that tells equal points apart."""
    noise = np.random.default_rng(seed).normal(scale=1e-4, size=start.shape)
    largest = float(np.abs(start).max(initial=0)) or 1.0
    return np.ascontiguousarray(start / largest * 10 + noise, np.float32)


def _fuzzy_union(rows: NDArray[np.int32], distances: NDArray[np.float32]) -> sparse.coo_array:
    """Return how strongly points belong together: a + b - ab of both directions' memberships."""
    n, k = rows.shape
    distances = np.ascontiguousarray(distances)
    known = distances[np.isfinite(distances)]
    mean = float(known.mean(dtype=np.float64)) if known.size else 0.0
    strengths = _memberships(distances, np.log2(k + 1), 1e-3 * mean).ravel()
    one_way = sparse.csr_array((strengths, rows.ravel(), np.arange(0, n * k + 1, k)), shape=(n, n))
    other_way = one_way.T.tocsr()
    union: sparse.coo_array = (one_way + other_way - one_way * other_way).tocoo()
    return union


def _edges(
    graph: sparse.coo_array, epochs: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    """Return heads, tails and weights of the edges that are drawn at least once."""
    drawn = graph.data >= graph.data.max(initial=0) / epochs
    heads, tails = graph.coords
    return heads[drawn].astype(np.int32), tails[drawn].astype(np.int32), graph.data[drawn]


@lru_cache(maxsize=8)
def _curve(min_dist: float) -> tuple[float, float]:
    """Return a, b of 1 / (1 + a d^2b), fitted to 1 up to min_dist and exp(min_dist - d) beyond."""

    def similarity(d: Any, a: float, b: float) -> Any:
        return 1 / (1 + a * d ** (2 * b))

    d = np.linspace(0, 3, 300)[1:]
    wanted = np.where(d < min_dist, 1.0, np.exp(min_dist - d))
    (a, b), _ = curve_fit(similarity, d, wanted)
    return float(a), float(b)


@_kernel
def _memberships(distances: Any, wanted: float, smallest: float) -> Any:
    """Return exp(-(d - nearest) / width) with the width that makes each row's sum `wanted`.

    No width is below `smallest`. What is infinitely far is no member.
    """
    n, k = distances.shape
    strengths = np.empty((n, k), np.float32)
    for i in range(n):
        nearest = f32(0)
        for j in range(k):
            if distances[i, j] > 0:
                nearest = distances[i, j]
                break
        low, high, width = 0.0, np.inf, 1.0
        for _ in range(64):
            total = 0.0
            for j in range(k):
                beyond = distances[i, j] - nearest
                total += np.exp(-beyond / width) if beyond > 0 else 1.0
            if abs(total - wanted) < 1e-5:
                break
            if total > wanted:
                high = width
                width = (low + high) / 2
            else:
                low = width
                width = width * 2 if high == np.inf else (low + high) / 2
        width = max(width, smallest, 1e-12)
        for j in range(k):
            beyond = distances[i, j] - nearest
            strengths[i, j] = np.exp(-beyond / width) if beyond > 0 else 1.0
    return strengths


@_kernel
def _bounded(step: Any) -> Any:
    return min(max(step, -LONGEST_STEP), LONGEST_STEP)


@_kernel
def _epoch(
    places: Any,
    heads: Any,
    tails: Any,
    every: Any,
    pull: Any,
    push: Any,
    epoch: int,
    rate: Any,
    a: Any,
    b: Any,
    random: Any,
) -> None:
    """Move the ends of each edge whose turn it is together, and random points away from its head.

    An edge has its turn once in `every` epochs; `pull` and `push` hold when it is next.
    """
    state = random[0]
    n = np.uint64(len(places))
    for edge in range(len(heads)):
        if pull[edge] > epoch:
            continue
        i, j = heads[edge], tails[edge]
        x, y, z = places[i, 0], places[i, 1], places[i, 2]
        dx, dy, dz = x - places[j, 0], y - places[j, 1], z - places[j, 2]
        squared = dx * dx + dy * dy + dz * dz
        if squared > 0:
            power = squared**b
            force = f32(-2) * a * b * power / squared / (a * power + f32(1))
            step_x, step_y = _bounded(force * dx) * rate, _bounded(force * dy) * rate
            step_z = _bounded(force * dz) * rate
            x += step_x
            y += step_y
            z += step_z
            places[j, 0] -= step_x
            places[j, 1] -= step_y
            places[j, 2] -= step_z
        pull[edge] += every[edge]
        gap = every[edge] / NEGATIVES
        pushes = int((epoch - push[edge]) / gap)
        for _ in range(pushes):
            state ^= state << np.uint64(13)  # xorshift (Marsaglia 2003)
            state ^= state >> np.uint64(7)
            state ^= state << np.uint64(17)
            j = np.int64(((state >> np.uint64(32)) * n) >> np.uint64(32))
            dx, dy, dz = x - places[j, 0], y - places[j, 1], z - places[j, 2]
            squared = dx * dx + dy * dy + dz * dz
            if squared > 0 and j != i:
                force = f32(2) * b / ((f32(0.001) + squared) * (a * squared**b + f32(1)))
                x += _bounded(force * dx) * rate
                y += _bounded(force * dy) * rate
                z += _bounded(force * dz) * rate
        push[edge] += pushes * gap
        places[i, 0], places[i, 1], places[i, 2] = x, y, z
    random[0] = state
