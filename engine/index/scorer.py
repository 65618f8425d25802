"""A query in the form that coded rows are compared with: integers, and a bound on the difference.

Where a score is a weighted sum of inner products or of squared distances, all examples become one
vector, x·(Σ w·q), with the square of x counted Σ w times. Other strategies keep a vector for each
example. Vectors have 16 bits against the rows' 8, so the sums of products are exact integers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from engine.index import loops
from engine.index.quantised import ABSOLUTE, TOO_LARGE
from engine.scoring.strategy import Formula

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.index.quantised import Quantised
    from engine.scoring.strategy import Strategy

_ROUNDING = 2.0**-24  # what one float32 operation may lose, relative


class Asked(NamedTuple):
    """A query as the compiled loops take it; its arrays are not to be changed.

    Attributes:
        formula: how similarities become a score, a value of Formula.
        metric: as of the rows.
        positives: how many vectors are positives; of pairs, how many pairs.
        codes: int16 (vectors, width).
        plain: float32 (vectors, width), vectors less the centre; only under ABSOLUTE, else empty.
        terms: float32 (vectors, 5): factor of the product of codes, constant, how often the row's
            square counts, factor of the row's error, and a bound on all other differences.
        weights: float32 (vectors,), of a weighted sum; of other formulas the sign with which the
            score grows with each similarity.
        margin: what the formula's own rounding may add to a score.

    """

    formula: int
    metric: int
    positives: int
    codes: NDArray[np.int16]
    plain: NDArray[np.float32]
    terms: NDArray[np.float32]
    weights: NDArray[np.float32]
    margin: float


def ask(
    strategy: Strategy,
    rows: Quantised,
    examples: NDArray[np.float32],
    positives: int = 0,
    negatives: int = 0,
) -> Asked | None:
    """Return a query for coded rows.

    None without examples, where 32-bit floats could overflow, and until the loops are compiled.

    Args:
        strategy: how points are scored.
        rows: in 8 bits.
        examples: float32 (n, size), as stored vectors are compared, normalised and rounded: the
            target if there is one, then positives, then negatives.
        positives: how many.
        negatives: how many.

    """
    compiled = loops.ready()
    if compiled is None or not len(examples):
        return None
    weights = _weights(strategy, len(examples) - negatives, positives, negatives)
    is_sum, is_plain = strategy.compiled == Formula.WEIGHTED_SUM, rows.metric == ABSOLUTE
    is_one = is_sum and not is_plain
    vectors, width = 1 if is_one else len(examples), rows.rows.codes.shape[1]
    codes = np.zeros((vectors, width), np.int16)
    plain = np.zeros((vectors, width if is_plain else 0), np.float32)
    terms = np.empty((vectors, 5), np.float32)
    fits = compiled.code_vectors(
        rows.metric,
        rows.rows,
        rows.centre,
        rows.longest,
        rows.longest_code,
        examples,
        weights if is_one else np.ones(len(weights)),
        codes,
        plain,
        terms,
    )
    if not fits or not np.abs(weights).max() < TOO_LARGE:
        return None
    own = np.ones(1, np.float32) if is_one else weights.astype(np.float32)
    margin = 0.0 if is_sum else 4 * _ROUNDING * (len(examples) + 2) ** 2
    parts = codes, plain, terms, own
    return Asked(int(strategy.compiled), rows.metric, positives, *parts, margin)


def is_monotone(asked: Asked) -> bool:
    """Return whether the score only grows, or only falls, with each similarity.

    Then bounds on similarities are bounds on scores.
    """
    return asked.formula != Formula.BEST_SCORE_DOCUMENTED


def _weights(strategy: Strategy, likes: int, positives: int, negatives: int) -> NDArray[np.float64]:
    if strategy.weights is not None:
        return strategy.weights(positives, negatives).astype(np.float64)
    return np.repeat([1.0, -1.0], [likes, negatives])
