"""Rows, queries and the plain readings that tests of the graph and the scan hold them to."""

from __future__ import annotations

import numpy as np
from qdrant_client import models

from engine.index.quantised import FINER, LARGEST_CODE, quantise
from engine.index.scorer import ask
from engine.schema import VectorKind, VectorSpec
from engine.scoring.feedback import Feedback, feedback_strategy
from engine.scoring.registry import STRATEGIES
from engine.scoring.strategy import Similarities
from engine.vectors import DenseRows, encode_dense

KINDS = {
    f"{strategy.name}, {convention}": strategy
    for convention, strategies in STRATEGIES.items()
    for strategy in strategies.values()
    if strategy.name != "average_vector"
} | {"feedback": feedback_strategy(Feedback((0.9, 0.1, 0.4), 1.2, 0.7, 0.8))}
DATATYPES = (models.Datatype.FLOAT32, models.Datatype.FLOAT16, models.Datatype.UINT8)


def stored(vectors, distance, datatype=models.Datatype.FLOAT32):
    spec = VectorSpec("", VectorKind.DENSE, vectors.shape[1], distance, datatype)
    return DenseRows(spec, encode_dense(spec, vectors), np.ones(len(vectors), np.bool_))


class Case:
    """A query of one kind over stored rows: as the strategies see it, and as loops do."""

    def __init__(self, rows, strategy, examples):
        self.rows, self.strategy = rows, strategy
        compared = rows.encoded(list(examples))
        if strategy.name == "nearest":
            counts = (1, 0, 0)
        elif strategy.name == "relevance_feedback":
            counts = (1, 3, 0)
        else:
            counts = (int("target" in strategy.sides), 2, 2)
        self.counts = counts
        self.examples = compared[: sum(counts)]
        self.quantised = quantise(rows.spec.distance, rows.data)
        self.asked = ask(strategy, self.quantised, self.examples, *counts[1:])

    def exactly(self):
        """Scores of the stored rows, as a plain scan computes them."""
        return self.score(self.rows.similarities(list(self.examples)))

    def roughly(self):
        """Scores of the rows that the codes stand for, in float64 up to the strategy."""
        return self.score(self.coded_similarities())

    def guided(self):
        """What a walk goes by: the scores, but for discover a slope towards the best zone."""
        if self.strategy.name != "discover":
            return self.roughly()
        found, pairs = self.coded_similarities(), self.counts[1]
        margins = found[1 : 1 + pairs] - found[1 + pairs :]
        return found[0] + self.asked.weights[1 : 1 + pairs] @ np.minimum(margins, 0)

    def coded_similarities(self):
        """Similarities (examples, rows) of the rows that the codes stand for."""
        coded, size = self.quantised.rows, self.rows.spec.size
        rows = self.quantised.centre + coded.codes[:, :size] * coded.scale[:size].astype(float)
        examples = self.examples.astype(float)
        if self.rows.spec.distance == models.Distance.MANHATTAN:
            examples = self.rounded(examples)
        differences = examples[:, None, :] - rows[None]
        match self.rows.spec.distance:
            case models.Distance.EUCLID:
                found = -(differences**2).sum(axis=2)
            case models.Distance.MANHATTAN:
                found = -np.abs(differences).sum(axis=2)
            case _:
                found = examples @ rows.T
        if self.rows.data.dtype == np.uint8 and self.rows.spec.distance == models.Distance.COSINE:
            norms = np.linalg.norm(examples, axis=1)[:, None] * np.linalg.norm(rows, axis=1)
            found = np.divide(found, norms, out=np.zeros_like(found), where=norms > 0)
        return found.astype(np.float32)

    def rounded(self, examples):
        """The examples as they are coded under Manhattan, where they lie within the codes."""
        size, centre = self.rows.spec.size, self.quantised.centre
        step = self.quantised.rows.scale[:size].astype(float) / FINER
        codes = np.rint((examples - centre) / step)
        is_within = (codes >= -LARGEST_CODE * FINER) & (codes <= (LARGEST_CODE - 1) * FINER)
        return np.where(is_within, centre + codes * step, examples)

    def score(self, found):
        first, second = self.counts[0], self.counts[0] + self.counts[1]
        return self.strategy.score(Similarities(found[:first], found[first:second], found[second:]))
