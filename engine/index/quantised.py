"""Rows in 8 bits an element, with what that lost: the form that walks and scans read first.

A row x is approximated by `centre + scale * code`, code in -128..127. How far it is from that is
measured for every row, so a similarity to the approximation bounds the similarity to the row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from qdrant_client import models

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

PRODUCT, SQUARE, ABSOLUTE, ANGLE = range(4)
"""How rows are compared: inner product, minus the squared or the absolute distance, and cosine of
bytes, which are not normalised when they are stored."""

LANES = 64
"""Codes that are compared in one step; rows are padded to a multiple of it, a cache line."""

LARGEST_CODE = 128
"""Absolute value that no code exceeds."""

_STEPS = 127  # from the centre to the largest element
TOO_LARGE = 1e16
"""Sums of products of such numbers may overflow 32-bit floats."""

_SAMPLE = 20_000  # rows that decide about centre and scale
_BLOCK_BYTES = 1 << 20
_ROUNDED_UP = 1 + 1e-6


class CodedRows(NamedTuple):
    """Rows as the compiled loops take them; read-only arrays.

    Attributes:
        codes: int8 (rows, width); width is a multiple of 64, padded with 0.
        facts: float32 (rows, 2): the error, and what else the metric wants to know of a row.
        scale: float32 (width,).

    """

    codes: NDArray[np.int8]
    facts: NDArray[np.float32]
    scale: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Quantised:
    """Rows of one dense vector in 8 bits.

    Attributes:
        metric: how they are compared.
        rows: codes, facts and scale. The error of a row is the norm of what its codes lost, the sum
            of absolute values under ABSOLUTE; under ANGLE, where nothing is lost, the norm of its
            code divided by its own. The other fact is the squared norm of scale * code under
            SQUARE, and one over the row's norm under ANGLE.
        centre: float32 (size,).
        longest: largest norm of (row - centre), rounded up.
        longest_code: largest norm of a row's codes, rounded up.

    """

    metric: int
    rows: CodedRows
    centre: NDArray[np.float32]
    longest: float
    longest_code: float

    def __len__(self) -> int:
        return len(self.rows.codes)

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """Return all there is to save, by name."""
        numbers = np.array([self.metric, self.longest, self.longest_code], np.float64)
        return {**self.rows._asdict(), "centre": self.centre, "numbers": numbers}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Quantised:
        """Return what was saved; memory maps stay memory maps."""
        metric, longest, longest_code = arrays["numbers"].tolist()
        rows = CodedRows(*(_read_only(arrays[name]) for name in CodedRows._fields))
        return cls(int(metric), rows, _read_only(arrays["centre"]), longest, longest_code)


def metric_of(distance: models.Distance, dtype: np.dtype[Any]) -> int:
    """Return how rows of this distance and stored dtype are compared."""
    if distance == models.Distance.EUCLID:
        return SQUARE
    if distance == models.Distance.MANHATTAN:
        return ABSOLUTE
    return ANGLE if distance == models.Distance.COSINE and dtype == np.uint8 else PRODUCT


def quantise(distance: models.Distance, data: NDArray[Any]) -> Quantised | None:
    """Return rows (n, size) of float32, float16 or uint8 in 8 bits.

    None where that cannot be: no rows, or elements so large that their squares overflow.
    """
    if not data.size:
        return None
    metric = metric_of(distance, data.dtype)
    centre, scale = _grid(data)
    width = -(-data.shape[1] // LANES) * LANES
    codes = aligned_zeros((len(data), width), np.int8)
    facts = np.empty((len(data), 2), np.float32)
    longest = longest_code = 0.0
    step = max(1, _BLOCK_BYTES // (8 * data.shape[1]))
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, len(data), step):
            part = slice(start, start + step)
            lengths = _quantise_block(metric, data[part], centre, scale, codes[part], facts[part])
            longest, longest_code = max(longest, lengths[0]), max(longest_code, lengths[1])
    if not np.isfinite(facts).all() or not np.abs(centre).max() + longest < TOO_LARGE:
        return None
    padded = np.zeros(width, np.float32)
    padded[: len(scale)] = scale
    rows = CodedRows(_read_only(codes), _read_only(facts), _read_only(padded))
    return Quantised(
        metric, rows, _read_only(centre), longest * _ROUNDED_UP, longest_code * _ROUNDED_UP
    )


def aligned_zeros(shape: tuple[int, ...], dtype: type[np.generic]) -> NDArray[Any]:
    """Return zeros that begin at a cache line."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    raw = np.zeros(size + LANES, np.uint8)
    start = -raw.ctypes.data % LANES
    return raw[start : start + size].view(dtype).reshape(shape)


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    view = np.asarray(array).view()
    view.setflags(write=False)
    return view


def _grid(data: NDArray[Any]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return centre and scale of each element, float32 (size,) each; bytes need no rounding."""
    size = data.shape[1]
    if data.dtype == np.uint8:
        return np.full(size, 128, np.float32), np.ones(size, np.float32)
    sample = data[:: max(1, len(data) // _SAMPLE)]
    low, high = sample.min(axis=0).astype(np.float64), sample.max(axis=0).astype(np.float64)
    scale = ((high - low) / 2 / _STEPS).astype(np.float32)
    return ((low + high) / 2).astype(np.float32), np.where(scale > 0, scale, np.float32(1))


def _quantise_block(
    metric: int,
    data: NDArray[Any],
    centre: NDArray[np.float32],
    scale: NDArray[np.float32],
    codes: NDArray[np.int8],
    facts: NDArray[np.float32],
) -> tuple[float, float]:
    """Fill `codes` and `facts` of some rows; returns the largest norms of rows and of codes."""
    rows = data.astype(np.float64)
    shifted = rows - centre
    coded = np.clip(np.rint(shifted / scale), -LARGEST_CODE, LARGEST_CODE - 1)
    codes[:, : data.shape[1]] = coded
    lost = shifted - coded * scale
    lengths, own = np.linalg.norm(coded, axis=1), np.linalg.norm(rows, axis=1)
    facts[:, 1] = 0
    match metric:
        case _ if metric == ABSOLUTE:
            error = np.abs(lost).sum(axis=1)
        case _ if metric == ANGLE:
            facts[:, 1] = np.divide(1, own, out=np.zeros_like(own), where=own > 0)
            error = lengths * facts[:, 1]
        case _:
            error = np.linalg.norm(lost, axis=1)
            facts[:, 1] = ((coded * scale) ** 2).sum(axis=1)
    facts[:, 0] = error * _ROUNDED_UP
    return float(np.linalg.norm(shifted, axis=1).max()), float(lengths.max())
