"""The vectors of a query, coded for comparison with coded rows, and the bounds that go with them.

Elements are summed in float64, whose rounding is far below every bound; `ROUNDING` stands for what
float32 may lose where stored rows are compared, and where products of codes become similarities.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.index.compiled.compiling import loop, part, read_only, summing, types
from engine.index.quantised import (
    ABSOLUTE,
    ANGLE,
    FINER,
    LARGEST_CODE,
    SQUARE,
    TOO_LARGE,
    unit_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

_ROUNDING = 2.0**-24
_LARGEST_SHORT = 32767
_LARGEST_SUM = 0.99 * 2**31
_SIZE = 2**63 - 1  # the bits of a float64 but its sign
_unit = part(unit_of)


@part
def _prepare(
    metric: int,
    centre: NDArray[np.float32],
    examples: NDArray[np.float32],
    prepared: Numbers,
    lengths: Numbers,
) -> None:
    """Write the examples as they are added up, and how long they are.

    Distances are taken from the centre; angles are between vectors of length one.
    """
    prepared[:] = examples
    for number in range(lengths.size):
        if metric in (SQUARE, ABSOLUTE):
            prepared[number] -= centre
        lengths[number] = _length(prepared[number])
        if metric == ANGLE and lengths[number] > 0:
            prepared[number] /= lengths[number]


@summing
def _length(vector: Numbers) -> float:
    squares = 0.0
    for column in range(vector.size):
        squares += vector[column] ** 2
    return float(np.sqrt(squares))


@part
def _combine(weights: Numbers, prepared: Numbers, vector: Numbers) -> None:
    """Write the weighted sum of examples."""
    vector[:] = 0
    for number in range(weights.size):
        weight = weights[number]
        if weight != 0:
            for column in range(vector.size):
                vector[column] += weight * prepared[number, column]


@summing
def _code(
    vector: Numbers, scale: NDArray[np.float32], codes: NDArray[np.int16]
) -> tuple[float, float]:
    """Write vector * scale in whole numbers; returns their factor and the norm of what is lost.

    The factor leaves room for 32-bit sums of products with codes of rows. The vector is scaled.
    """
    total = 0.0
    for column in range(vector.size):
        vector[column] *= scale[column]
        total += abs(vector[column])
    least = max(_largest(vector) / _LARGEST_SHORT, total * LARGEST_CODE / _LARGEST_SUM)
    factor = np.float64(np.float32(least * (1 + 1e-6)))
    if factor < 1e-37:  # nothing to tell apart in float32
        codes[:] = 0
        return 0.0, total
    lost = 0.0
    for column in range(vector.size):
        code = np.rint(vector[column] / factor)
        codes[column] = np.int16(code)
        lost += (vector[column] - code * factor) ** 2
    return factor, np.sqrt(lost) * (1 + 1e-6)


@part
def _largest(vector: Numbers) -> float:
    """Return the largest absolute value.

    Positive floats sort as their bits do, and LLVM compares several integers at a time, but floats
    one by one.
    """
    most = np.int64(0)
    for bits in vector.view(np.int64):
        most = max(most, bits & _SIZE)
    return float(np.int64(most).view(np.float64))


@summing
def _product_terms(
    vector: Numbers,
    centre: NDArray[np.float32],
    weights: Numbers,
    lengths: Numbers,
    longest: float,
    operations: float,
) -> tuple[float, float, float, float]:
    """Return the terms of x·v with x = centre + y, but for the factor and what coding v lost."""
    constant = from_origin = reach = 0.0
    for column in range(vector.size):
        constant += centre[column] * vector[column]
        from_origin += np.float64(centre[column]) ** 2
    for number in range(weights.size):
        reach += abs(weights[number]) * lengths[number]
    length = _length(vector)
    bound = 2 * _ROUNDING * operations * (longest + np.sqrt(from_origin)) * reach
    return constant, 0.0, length, bound + 4 * _ROUNDING * (abs(constant) + 2 * longest * length)


@summing
def _square_terms(
    vector: Numbers, weights: Numbers, lengths: Numbers, longest: float, operations: float
) -> tuple[float, float, float, float]:
    """Return the terms of Σ w·-|y - q|² = 2·y·v - (Σ w)·|y|² - Σ w·|q|² with v = Σ w·q.

    The third is |v|², from which `rows.error` works out the factor of a row's error.
    """
    constant = count = reach = 0.0
    for number in range(weights.size):
        constant -= weights[number] * lengths[number] ** 2
        count += weights[number]
        reach += abs(weights[number]) * (longest + lengths[number]) ** 2
    length = _length(vector)
    rest = abs(constant) + 4 * longest * (length + abs(count) * longest)
    bound = _ROUNDING * (2 * operations * reach + 8 * rest)
    safely = length**2 * (1 + 1e-5) + 4e-5 * (count * longest) ** 2 + abs(count) * bound
    return constant, count, safely, bound


@summing
def _angle_terms(
    vector: Numbers, centre: NDArray[np.float32], weights: Numbers, operations: float
) -> tuple[float, float, float, float]:
    """Return the terms of (c + centre)·v / |x|, c the codes of a row; its error is |c| / |x|."""
    constant = reach = 0.0
    for column in range(vector.size):
        constant += centre[column] * vector[column]
    for number in range(weights.size):
        reach += abs(weights[number])
    rounded = 8 * _ROUNDING * _length(vector)
    return constant, 0.0, rounded, rounded + 2 * _ROUNDING * operations * reach


@part
def _code_absolutely(
    vector: Numbers, scale: NDArray[np.float32], codes: NDArray[np.int16]
) -> tuple[float, float]:
    """Write the vector in codes FINER than those of rows; returns what is beyond, and what is lost.

    No code of a row lies beyond the least and the largest, so that part of a distance is the same
    for all rows. The rest is rounded.
    """
    least, most = np.float64(-LARGEST_CODE * FINER), np.float64((LARGEST_CODE - 1) * FINER)
    beyond = lost = 0.0
    for column in range(vector.size):
        step = np.float64(scale[column]) / FINER
        wanted = vector[column] / step
        within = min(max(wanted, least), most)
        code = np.rint(within)
        codes[column] = np.int16(code)
        beyond, lost = beyond + abs(wanted - within) * step, lost + abs(within - code) * step
    return beyond, lost


@part
def _absolute_terms(
    vector: Numbers,
    beyond: float,
    lost: float,
    longest: float,
    operations: float,
) -> tuple[float, float, float, float]:
    """Return the terms of -Σ |y - q|."""
    farthest = np.sqrt(vector.size) * (2 * longest + _length(vector))
    bound = 4 * _ROUNDING * operations * farthest + lost * (1 + 1e-6)
    return -beyond, 0.0, 1.0, bound


@loop(
    types.boolean(
        types.int64,
        read_only(types.float32, 1),
        read_only(types.float32, 1),
        types.float64,
        types.float64,
        read_only(types.float32, 2),
        read_only(types.float64, 2),
        types.int16[:, ::1],
        types.int16[::1],
        types.float32[:, ::1],
        types.float32[::1],
    )
)
def code_vectors(
    metric: int,
    scale: NDArray[np.float32],
    centre: NDArray[np.float32],
    longest: float,
    longest_code: float,
    examples: NDArray[np.float32],
    weights: Numbers,
    codes: NDArray[np.int16],
    steps: NDArray[np.int16],
    terms: NDArray[np.float32],
    lengths: NDArray[np.float32],
) -> bool:
    """Write the fields of `Asked` of these names; returns False where floats could overflow.

    Args:
        metric: of the rows.
        scale: float32 (width,), of the rows.
        centre: float32 (size,), of the rows.
        longest: largest norm of a row less the centre.
        longest_code: largest norm of the codes of a row.
        examples: float32 (n, size).
        weights: float64 (vectors, n); each vector is a weighted sum of examples.
        codes: int16 (vectors, width).
        steps: int16 (width,), written to under ABSOLUTE.
        terms: float32 (vectors, 5).
        lengths: float32 (vectors,), for the norms of the vectors.

    """
    size, fits = centre.size, True
    operations = size + examples.shape[0] + 16.0
    vector, own, unit = np.empty(size), np.empty(examples.shape[0]), 1.0
    if metric == ABSOLUTE:
        unit = _unit(scale)
        for column in range(steps.size):
            steps[column] = np.int16(scale[column] / unit)
    prepared = np.empty((own.size, size))
    _prepare(metric, centre, examples, prepared, own)
    for place in range(codes.shape[0]):
        used = weights[place]
        _combine(used, prepared, vector)
        lengths[place] = np.float32(_length(vector))
        factor, lost = 1.0, 0.0
        if metric == ABSOLUTE:
            factor = -unit / FINER
            beyond, away = _code_absolutely(vector, scale, codes[place])
            rest = _absolute_terms(vector, beyond, away, longest, operations)
        elif metric == SQUARE:
            rest = _square_terms(vector, used, own, longest, operations)
            vector *= 2
            factor, lost = _code(vector, scale, codes[place])
        else:
            if metric == ANGLE:
                rest = _angle_terms(vector, centre, used, operations)
            else:
                rest = _product_terms(vector, centre, used, own, longest, operations)
            factor, lost = _code(vector, scale, codes[place])
        terms[place, 0], terms[place, 1], terms[place, 2] = factor, rest[0], rest[1]
        terms[place, 3] = rest[2] + (lost if metric == ANGLE else 0.0)
        terms[place, 4] = rest[3] + (0.0 if metric == ANGLE else lost * longest_code)
        for column in range(terms.shape[1]):
            fits = fits and abs(terms[place, column]) < TOO_LARGE * TOO_LARGE
    return fits
