"""Walks from many rows, each to the rows most like itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.index.compiled.asking import code_vectors
from engine.index.compiled.compiling import CODED_ROWS, LINKS, loop, read_only, types
from engine.index.compiled.walking import walk
from engine.index.scorer import Asked
from engine.scoring.strategy import Formula

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.index.graph import Links
    from engine.index.quantised import CodedRows

_WEIGHTED_SUM = int(Formula.WEIGHTED_SUM)
_ANY = 1 << 40  # a walk that starts where it wants to arrive needs no budget


@loop(
    types.void(
        types.int64,
        CODED_ROWS,
        read_only(types.float32, 1),
        types.float64,
        types.float64,
        LINKS,
        read_only(types.int64, 1),
        read_only(types.float32, 2),
        read_only(types.uint64, 1),
        types.int64[:, ::1],
    )
)
def join(
    metric: int,
    rows: CodedRows,
    centre: NDArray[np.float32],
    longest: float,
    longest_code: float,
    links: Links,
    starts: NDArray[np.int64],
    examples: NDArray[np.float32],
    allowed: NDArray[np.uint64],
    found: NDArray[np.int64],
) -> None:
    """Find rows most like each of some rows, which are among them; each walk starts at its row.

    Args:
        metric: of the rows.
        rows: the coded rows.
        centre: float32 (size,), of the rows.
        longest: largest norm of a row less the centre.
        longest_code: largest norm of the codes of a row.
        links: the graph.
        starts: int64 (n,), the rows; each has links.
        examples: float32 (n, size), the same rows as they are stored.
        allowed: uint64 (at least rows / 64,), which rows may be found, a bit for each; empty for
            all.
        found: int64 (n, ef), for the rows, best first; -1 behind the last.

    """
    codes, steps = np.empty((1, rows.scale.size), np.int16), np.empty(rows.scale.size, np.int16)
    terms, lengths = np.empty((1, 5), np.float32), np.empty(1, np.float32)
    alone, weights = np.ones((1, 1)), np.ones(1, np.float32)
    scores, entry = np.empty(found.shape[1], np.float32), np.empty(1, np.int64)
    for place in range(starts.size):
        codes[:] = 0
        entry[0] = starts[place]
        code_vectors(
            metric,
            rows.scale,
            centre,
            longest,
            longest_code,
            examples[place : place + 1],
            alone,
            codes,
            steps,
            terms,
            lengths,
        )
        vector = codes, steps, terms
        asked = Asked(_WEIGHTED_SUM, _WEIGHTED_SUM, 0, metric, 1, *vector, weights, 0.0)
        mine = found[place]
        count, _ = walk(asked, rows, links, entry, allowed, False, _ANY, mine, scores)
        mine[count:] = -1
