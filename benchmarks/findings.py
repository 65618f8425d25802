"""Findings: planted outliers and label errors in digits, near-duplicates of docstrings by hand."""

from __future__ import annotations

import csv
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from qdrant_client import models
from sklearn.metrics import average_precision_score
from sklearn.model_selection import cross_val_predict
from sklearn.neighbors import KNeighborsClassifier, LocalOutlierFactor, NearestNeighbors

from benchmarks.data import clustered
from benchmarks.report import Row
from benchmarks.timing import interleaved
from engine import Engine
from explorer import catalog
from explorer.findings import (
    density_scores,
    disagreements,
    distance_scores,
    linked,
    most_dissimilar,
    vote,
)
from explorer.layout import read_vectors
from explorer.neighbours import Neighbours, neighbours

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias
    from uuid import UUID

    from numpy.typing import NDArray

    Plant: TypeAlias = Callable[[NDArray[np.float32], np.random.Generator], NDArray[np.float32]]
    """What makes outliers of a data set."""

SEEDS = 5
PLANTED = 20
WRONG = 0.02
"""The part of all labels that is made wrong."""

K = 15
FOLDS = 10
TIMED = 5_000
DIMENSIONS = 384
BANDS = (0.98, 0.97, 0.95, 0.92)
DRAWN = 25
"""Pairs of docstrings judged in each band of scores, drawn from all that the page would link."""

HAND_CHECKED = Path(__file__).parent / "near_duplicates.csv"
"""The pairs drawn, each read and judged by hand.

`same`: one thing documented twice, as a method and as a function. `variant`: the wording is the
same but for what sets two siblings apart, such as left and right. `different`: neither.
"""


def run() -> list[Row]:
    """Measure quality over several seeds, and the time that neighbours take."""
    with Engine(":memory:") as engine:
        catalog.load(engine, "digits")
        catalog.load(engine, "docstrings")
        table = read_vectors(engine, "digits", "pixels")
        X = np.asarray(table.X)
        records, _ = engine.scroll("digits", limit=len(X), with_payload=["label"])
        labels = [str((record.payload or {})["label"]) for record in records]
        return [
            *_outliers(X, "shuffled pixels", _shuffled),
            *_outliers(X, "turned by a quarter", _turned),
            _label_errors(engine, X, labels),
            *_near_duplicates(engine),
            _time(),
        ]


def _outliers(X: NDArray[np.float32], what: str, plant: Plant) -> list[Row]:
    """Return recall@20 of planted points by each method, LOF beside scikit-learn's."""
    found: dict[str, list[float]] = {"distance": [], "density": [], "dissimilar": [], "peer": []}
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        planted = np.vstack([X, plant(X, rng)])
        wanted = set(range(len(X), len(planted)))
        with _engine_of(planted) as engine:
            near = neighbours(engine, "c", k=K)
            far = most_dissimilar(engine, "c", "", near.ids, PLANTED, seed=seed).hits
        unit = planted / np.linalg.norm(planted, axis=1, keepdims=True)
        peer = LocalOutlierFactor(n_neighbors=K, metric="cosine").fit(unit)
        tops: dict[str, set[int]] = {
            "distance": _top(distance_scores(near)),
            "density": _top(density_scores(near)),
            "dissimilar": {int(hit.point) for hit in far},
            "peer": _top(-peer.negative_outlier_factor_),
        }
        for method, top in tops.items():
            found[method].append(len(wanted & top) / PLANTED)
    means = {method: float(np.mean(values)) for method, values in found.items()}
    return [
        Row(
            f"{PLANTED} planted outliers of digits, {what}: by {method}",
            means[method],
            against="scikit-learn LOF" if method == "density" else "",
            peer=means["peer"] if method == "density" else None,
            note=f"mean of {SEEDS} seeds, lowest {min(found[method]):.2f}",
            unit="recall@20",
        )
        for method in ("distance", "density", "dissimilar")
    ]


def _shuffled(X: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return digits whose pixels are shuffled, each by an order of its own."""
    chosen = X[rng.permutation(len(X))[:PLANTED]]
    return rng.permuted(chosen, axis=1)


def _turned(X: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return digits turned by a quarter: harder, since the strokes stay."""
    chosen = X[rng.permutation(len(X))[:PLANTED]].reshape(PLANTED, 8, 8)
    return np.rot90(chosen, axes=(1, 2)).reshape(PLANTED, 64)


def _label_errors(engine: Engine, X: NDArray[np.float32], truth: list[str]) -> Row:
    """Return the average precision of wrong labels, beside a plain vote of the neighbours."""
    near = neighbours(engine, "digits", "pixels", K)
    classes = sorted(set(truth))
    ours, peer = [], []
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        labels, wrong = list(truth), np.zeros(len(truth), bool)
        for place in rng.permutation(len(truth))[: int(WRONG * len(truth))]:
            labels[place] = str(rng.choice([c for c in classes if c != truth[place]]))
            wrong[place] = True
        ours.append(float(average_precision_score(wrong, _doubt(near, labels))))
        peer.append(float(average_precision_score(wrong, _plain_doubt(X, labels, classes))))
    return Row(
        f"{WRONG:.0%} wrong labels of digits: by the neighbours' vote",
        float(np.mean(ours)),
        against="scikit-learn k-NN, 10 folds",
        peer=float(np.mean(peer)),
        note=f"mean of {SEEDS} seeds, lowest {min(ours):.3f}",
        unit="average precision",
    )


def _doubt(near: Neighbours, labels: list[str]) -> NDArray[np.float64]:
    """Return the strength of each point's disagreement, 0 where there is none."""
    doubt = np.zeros(len(labels))
    for finding in disagreements(near, vote(near, labels), "label", len(labels)):
        doubt[near.places[finding.points[0]]] = finding.strength
    return doubt


def _plain_doubt(
    X: NDArray[np.float32], labels: list[str], classes: list[str]
) -> NDArray[np.float64]:
    """Return how unlikely each label is by a vote in which all neighbours count the same."""
    unit = X / np.linalg.norm(X, axis=1, keepdims=True)
    model = KNeighborsClassifier(n_neighbors=K, algorithm="brute")
    likely = cross_val_predict(model, unit, labels, cv=FOLDS, method="predict_proba")
    own = [classes.index(label) for label in labels]
    return np.asarray(1 - likely[np.arange(len(labels)), own], np.float64)


def _near_duplicates(engine: Engine) -> list[Row]:
    """Return, by bands of scores, how many of the pairs that are linked are near-duplicates."""
    near = neighbours(engine, "docstrings", "dense", K)
    records, _ = engine.scroll("docstrings", limit=len(near), with_payload=["name"])
    names = {record.id: str((record.payload or {})["name"]) for record in records}
    with HAND_CHECKED.open(newline="", encoding="utf-8") as file:
        judgements = {(row["one"], row["other"]): row["judgement"] for row in csv.DictReader(file)}
    rows, high = [], np.inf
    for low in BANDS:
        pairs = _pairs(near, names, low, high)
        drawn = np.random.default_rng(0).permutation(len(pairs))[:DRAWN]
        judged = Counter(_judged(judgements, pairs[place]) for place in drawn)
        rows.append(_precision(low, high, len(pairs), judged))
        high = low
    return rows


def _pairs(
    near: Neighbours, names: Mapping[int | str | UUID, str], low: float, high: float
) -> list[tuple[str, str]]:
    """Return the pairs of names that are linked by a score from `low` up to `high`, sorted."""
    rows, ranks = np.nonzero(linked(near, low) & (near.scores < high))
    ends = zip(rows.tolist(), near.indices[rows, ranks].tolist(), strict=True)
    named = (sorted((names[near.ids[one]], names[near.ids[other]])) for one, other in ends)
    return sorted({(one, other) for one, other in named})


def _judged(judgements: Mapping[tuple[str, str], str], pair: tuple[str, str]) -> str:
    if pair not in judgements:
        raise LookupError(f"Read {pair[0]} and {pair[1]}, and judge them in {HAND_CHECKED.name}.")
    return judgements[pair]


def _precision(low: float, high: float, pairs: int, judged: Counter[str]) -> Row:
    upto = "or better" if high == np.inf else f"up to {high}"
    return Row(
        f"near-duplicates of docstrings scored {low} {upto}",
        (judged["same"] + judged["variant"]) / judged.total(),
        note=f"{judged.total()} of {pairs} pairs by hand: {judged['same']} the same thing twice, "
        f"{judged['variant']} variants, {judged['different']} different",
        unit="precision",
    )


def _time() -> Row:
    """Return how long the neighbours of a collection take, beside scikit-learn's."""
    X = clustered(TIMED, DIMENSIONS)
    peer = NearestNeighbors(n_neighbors=K + 1, algorithm="brute", metric="cosine").fit(X)
    with _engine_of(X) as engine:
        timings = interleaved(
            {
                "ours": partial(neighbours, engine, "c", k=K),
                "peer": partial(peer.kneighbors, X),
            },
            repeats=5,
            budget=20.0,
        )
        near = neighbours(engine, "c", k=K)
    _, expected = peer.kneighbors(X)
    same = np.mean([len({*a} & {*b}) / K for a, b in zip(near.indices, expected, strict=True)])
    ratio = timings["peer"].median / timings["ours"].median
    return Row(
        f"{K} neighbours of {TIMED:,} x {DIMENSIONS}",
        timings["ours"].median * 1e3,
        against="scikit-learn, brute force",
        peer=timings["peer"].median * 1e3,
        ratio=ratio,
        note=f"{same:.4f} of the neighbours agree",
    )


def _engine_of(X: NDArray[np.float32]) -> Engine:
    engine = Engine(":memory:")
    engine.create_collection(
        "c", models.VectorParams(size=X.shape[1], distance=models.Distance.COSINE)
    )
    engine.upload_collection("c", vectors=X, ids=range(len(X)))
    return engine


def _top(scores: NDArray[np.float32]) -> set[int]:
    return {int(place) for place in np.argsort(-scores, kind="stable")[:PLANTED]}
