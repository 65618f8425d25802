"""Rows in 8 bits an element, with what that lost: the form that walks and scans read first.

A row x is approximated by `centre + scale * code`, code in -128..127. How far it is from that is
measured for every row, so a similarity to the approximation bounds the similarity to the row.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import frexp, prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from qdrant_client import models

from engine.index import loops

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

FINER = 16
"""Codes of a vector of a query for one of a row, under ABSOLUTE."""

_STEPS = 127  # from the centre to the largest element
TOO_LARGE = 1e16
"""Sums of products of such numbers may overflow 32-bit floats."""

_SAMPLE = 20_000  # rows that decide about centre and scale
_BLOCK_BYTES = 1 << 20


class CodedRows(NamedTuple):
    """Rows as the compiled loops take them; read-only arrays.

    Attributes:
        codes: int8 (rows, width); width is a multiple of 64, padded with 0.
        facts: float32 (rows, 2): the error, and what else the metric wants to know of a row.
        scale: float32 (width,); under ABSOLUTE whole multiples of `unit_of` it.

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

    def cut(self, count: int) -> Quantised:
        """Return the first `count` rows."""
        rows = CodedRows(self.rows.codes[:count], self.rows.facts[:count], self.rows.scale)
        return replace(self, rows=rows)

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """Return all there is to save, by name."""
        numbers = np.array([self.metric, self.longest, self.longest_code], np.float64)
        return {**self.rows._asdict(), "centre": self.centre, "numbers": numbers}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Quantised:
        """Return what was saved; memory maps stay memory maps.

        Raises ValueError where the arrays do not fit together.
        """
        metric, longest, longest_code = arrays["numbers"].tolist()
        rows = CodedRows(*(_read_only(arrays[name]) for name in CodedRows._fields))
        count, width = rows.codes.shape
        if int(metric) == ABSOLUTE and (rows.scale % unit_of(rows.scale)).any():
            raise ValueError("the scale is not in whole units: an earlier version coded the rows")
        if rows.facts.shape != (count, 2) or rows.scale.shape != (width,) or width % LANES:
            shapes = [array.shape for array in rows]
            raise ValueError(f"codes, facts and scale of shapes {shapes} do not fit together")
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

    None where that cannot be: no rows, or elements so large that their squares overflow. Waits
    until the loops are compiled.
    """
    loops.warm_up(wait=True)
    if not data.size:
        return None
    coder = Coder(distance, data)
    coder.extend(data)
    return coder.coded()


class Coder:
    """Codes rows as they come; the centre and the scale are chosen by the first ones.

    Later rows may lie further out: then their codes lose more, which is measured like any loss.

    Args:
        distance: how rows are compared.
        data: (n, size), n at least 1, the first rows; they are not coded yet.

    """

    def __init__(self, distance: models.Distance, data: NDArray[Any]) -> None:
        self.metric = metric_of(distance, data.dtype)
        self.chosen_by = len(data)
        width = -(-data.shape[1] // LANES) * LANES
        self._centre, scale = _grid(data)
        self._scale = np.zeros(width, np.float32)
        self._scale[: len(scale)] = scale
        if self.metric == ABSOLUTE:
            self._scale = _in_units(_in_units(self._scale))  # the largest may grow, and its unit
        self._codes, self._facts = _room(len(data), width)
        self._count = 0
        self._lengths = (0.0, 0.0)

    def __len__(self) -> int:
        return self._count

    def extend(self, data: NDArray[Any]) -> None:
        """Code all rows of `data`, which begins with those that are coded already.

        Raises RuntimeError until the loops are compiled.
        """
        compiled = loops.ready()
        if compiled is None:
            raise RuntimeError("rows cannot be coded before the loops are: see loops.warm_up")
        self._make_room(len(data))
        step = max(1, _BLOCK_BYTES // (4 * data.shape[1]))
        grid = _read_only(self._centre), _read_only(self._scale)
        for start in range(self._count, len(data), step):
            part = slice(start, min(start + step, len(data)))
            rows = np.ascontiguousarray(data[part], np.float32)
            lengths = compiled.code_rows(
                self.metric, rows, *grid, self._codes[part], self._facts[part]
            )
            self._lengths = max(self._lengths[0], lengths[0]), max(self._lengths[1], lengths[1])
        self._count = max(self._count, len(data))

    def coded(self) -> Quantised | None:
        """Return all rows so far, which stay as they are when more come; None for overflows."""
        longest, longest_code = self._lengths
        facts = self._facts[: self._count]
        if not np.isfinite(facts).all() or not np.abs(self._centre).max() + longest < TOO_LARGE:
            return None
        codes = _read_only(self._codes[: self._count])
        rows = CodedRows(codes, _read_only(facts), _read_only(self._scale))
        return Quantised(self.metric, rows, _read_only(self._centre), longest, longest_code)

    def _make_room(self, count: int) -> None:
        if count > len(self._codes):
            codes, facts = _room(max(count, 2 * len(self._codes)), self._codes.shape[1])
            codes[: self._count] = self._codes[: self._count]
            facts[: self._count] = self._facts[: self._count]
            self._codes, self._facts = codes, facts


def unit_of(scale: NDArray[np.float32]) -> float:
    """Return a power of two, of which a scale is made under ABSOLUTE.

    Differences of codes are weighed by its multiples, which are so small that 32-bit sums hold
    them: two codes are at most 2^12 apart, and all weights add up to 2^19.
    """
    _, exponent = frexp(scale.max())
    _, columns = frexp(max(LANES, scale.size - 1))
    return float(2.0 ** max(exponent + columns - 19, -126))


def _in_units(scale: NDArray[np.float32]) -> NDArray[np.float32]:
    unit = unit_of(scale)
    return (np.ceil(scale.astype(np.float64) / unit) * unit).astype(np.float32)


def aligned_zeros(shape: tuple[int, ...], dtype: type[np.generic]) -> NDArray[Any]:
    """Return zeros that begin at a cache line."""
    size, room = prod(shape), LANES // np.dtype(dtype).itemsize
    raw = np.zeros(size + room, dtype)
    start = -raw.ctypes.data % LANES * room // LANES
    return raw[start : start + size].reshape(shape)


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    view = np.asarray(array).view()
    view.setflags(write=False)
    return view


def _room(count: int, width: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    return aligned_zeros((count, width), np.int8), np.zeros((count, 2), np.float32)


def _grid(data: NDArray[Any]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return centre and scale of each element, float32 (size,) each; bytes need no rounding."""
    size = data.shape[1]
    if data.dtype == np.uint8:
        return np.full(size, 128, np.float32), np.ones(size, np.float32)
    sample = data[:: max(1, len(data) // _SAMPLE)]
    low, high = sample.min(axis=0).astype(np.float64), sample.max(axis=0).astype(np.float64)
    scale = ((high - low) / 2 / _STEPS).astype(np.float32)
    widest = scale.max() or np.float32(1)  # where all rows are alike any scale will do
    return ((low + high) / 2).astype(np.float32), np.where(scale > 0, scale, widest)
