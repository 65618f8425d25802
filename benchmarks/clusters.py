"""Clusters: how well they agree with what is true, and how long they take."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from benchmarks.data import clustered
from benchmarks.report import Row
from engine import Engine
from explorer import catalog
from explorer.clusters.ground import Ground
from explorer.clusters.hdbscan import Hdbscan
from explorer.clusters.kmeans import KMeans
from explorer.clusters.leiden import Leiden
from explorer.clusters.sample import Choice, read_sample
from explorer.clusters.stability import stability
from explorer.clusters.study import Question, Studies
from explorer.nearest import Nearest, within

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from explorer.clusters.sample import Sample
    from explorer.clusters.study import Method

T = TypeVar("T")

GOAL = 0.85
"""Agreement with the true digits, adjusted for chance."""

SEEDS = range(5)
DIGITS = 10
NEIGHBOURS = 15
SIZES = (10_000, 100_000)
DIMENSIONS = 64


def run() -> list[Row]:
    """Measure agreement on the digits, stability, and times; seconds on an idle machine."""
    return [*_agreement(), *_stability(), *_against_vectors(), *_large()]


def _digits(client: Engine) -> tuple[Sample, Ground, NDArray[np.int64]]:
    catalog.load(client, "digits")
    sample = read_sample(client, Choice("digits", "pixels"), _quiet, _never)
    near = within(client, sample.scope(NEIGHBOURS))
    records = client.retrieve("digits", list(sample.ids), with_payload=["label"])
    truth = np.array([int((record.payload or {})["label"]) for record in records])
    return sample, sample.ground(near), truth


def _agreement() -> list[Row]:
    with Engine(":memory:") as client:
        _, ground, truth = _digits(client)
    methods: dict[str, Method] = {
        "Leiden": Leiden(),
        "HDBSCAN": Hdbscan(),
        "HDBSCAN, noise joins": Hdbscan(adopts=True),
        f"k-means, {DIGITS}": KMeans(DIGITS),
    }
    return [_agreeing(name, method, ground, truth) for name, method in methods.items()]


def _agreeing(name: str, method: Method, ground: Ground, truth: NDArray[np.int64]) -> Row:
    from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score  # noqa: PLC0415

    scores, times = [], []
    for seed in SEEDS:
        labels, taken = _timed(partial(method.labels, ground, seed, _never))
        found = adjusted_rand_score(truth, labels), adjusted_mutual_info_score(truth, labels)
        scores.append((*found, labels.max() + 1, float((labels < 0).mean())))
        times.append(taken)
    rand, mutual, count, noise = np.mean(scores, axis=0)
    return Row(
        work=f"digits: {name}",
        ours=float(np.median(times)) * 1e3,
        goal=f"ARI and AMI >= {GOAL}",
        met=bool(min(rand, mutual) >= GOAL),
        note=f"ARI {rand:.3f}, AMI {mutual:.3f}, {count:.0f} clusters, {noise:.0%} noise; "
        f"mean of {len(SEEDS)} seeds",
    )


def _stability() -> list[Row]:
    rows = []
    with Engine(":memory:") as client:
        catalog.load(client, "digits")
        studies = Studies(client, Nearest(client))
        for method in (Leiden(), Hdbscan(), KMeans(DIGITS)):
            question = Question(Choice("digits", "pixels"), method)
            study = studies.study(question, _quiet, _never)
            found, taken = _timed(partial(stability, study, _quiet, _never))
            shares = list(found.jaccard.values())
            note = (
                f"{found.rounds} rounds: ARI {found.agreement:.2f}, Jaccard of the clusters "
                f"{min(shares):.2f} to {max(shares):.2f}, mean {np.mean(shares):.2f}"
            )
            rows.append(Row(f"digits: stability of {method.name}", taken * 1e3, note=note))
    return rows


def _against_vectors() -> list[Row]:
    """HDBSCAN on the sparse matrix of neighbours beside scikit-learn's on the vectors."""
    from sklearn.cluster import HDBSCAN  # noqa: PLC0415
    from sklearn.metrics import adjusted_rand_score  # noqa: PLC0415

    with Engine(":memory:") as client:
        sample, ground, truth = _digits(client)
    method = Hdbscan()
    ours, taken = _timed(partial(method.labels, ground, 0, _never))
    peer = HDBSCAN(min_cluster_size=method.smallest, min_samples=method.core, copy=True)
    theirs, longer = _timed(lambda: peer.fit(sample.X).labels_)
    agreement = adjusted_rand_score(ours, theirs)
    return [
        Row(
            work="digits: HDBSCAN on 15 neighbours",
            ours=taken * 1e3,
            against="on the vectors",
            peer=longer * 1e3,
            ratio=longer / taken,
            note=f"ARI with the truth {adjusted_rand_score(truth, ours):.3f} and "
            f"{adjusted_rand_score(truth, theirs):.3f}; with each other {agreement:.3f}",
        )
    ]


def _large() -> list[Row]:
    """Measure the methods alone: neighbours are the matter of another benchmark."""
    rows = []
    for size in SIZES:
        X = clustered(size, DIMENSIONS)
        ground = Ground(X, *_neighbours(X))
        for method in (Leiden(), Hdbscan(), KMeans(50)):
            labels, taken = _timed(partial(method.labels, ground, 0, _never))
            note = f"{labels.max() + 1} clusters, {(labels < 0).mean():.0%} noise"
            work = f"{size:,} x {DIMENSIONS}: {method.name}, neighbours known"
            rows.append(Row(work, taken * 1e3, note=note))
    return rows


def _neighbours(X: NDArray[np.float32]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    from pynndescent import NNDescent  # noqa: PLC0415 - takes seconds to import

    found = NNDescent(X, n_neighbors=NEIGHBOURS + 1, random_state=0, low_memory=True)
    indices, distances = found.neighbor_graph
    return indices[:, 1:].astype(np.int32), distances[:, 1:].astype(np.float32)


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    """Return what the work returns, and the seconds that it took."""
    start = time.perf_counter()
    found = work()
    return found, time.perf_counter() - start


def _quiet(_done: int, _total: int | None, _message: str) -> None:
    """Listen to progress and say nothing."""


def _never() -> bool:
    return False
