"""Similarities of a batch of coded rows to the vectors of a query, and how wrong they are at most.

Everything is done for a batch of rows at a time: numba counts references whenever it takes an array
out of a tuple or hands it to a function, which for every single row would cost more than the row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.index.compiled.compiling import part
from engine.index.compiled.intrinsics import (
    dots_of_rows,
    dots_with_vectors,
    one_dot,
    one_span,
    prefetch,
    spans_from_vectors,
    spans_of_rows,
)
from engine.index.quantised import ABSOLUTE, ANGLE, LANES, SQUARE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.index.quantised import CodedRows
    from engine.index.scorer import Asked

    Singles = NDArray[np.float32]

_FACTOR, _CONSTANT, _SQUARES, _OF_ERROR, _BOUND = range(5)  # columns of Asked.terms
_ERROR, _FACT = range(2)  # columns of CodedRows.facts
_AHEAD = 16  # rows between the one that is compared and the one that is asked for
_ZERO, _TWO = np.float32(0), np.float32(2)


@part
def ask_for(rows: CodedRows, batch: NDArray[np.uint32], count: int) -> None:
    """Prefetch the codes of the first `count` rows of the batch."""
    codes, width = rows.codes.ctypes.data, np.intp(rows.codes.shape[1])
    for place in range(count):
        _ask_for_row(codes + np.intp(batch[place]) * width, width)


@part
def _ask_for_row(row: np.intp, width: np.intp) -> None:
    for offset in range(0, width, LANES):
        prefetch(row + offset)


@part
def compare(
    asked: Asked,
    rows: CodedRows,
    batch: NDArray[np.uint32],
    count: int,
    first: int,
    end: int,
    products: Singles,
) -> None:
    """Fill (vectors, count) with the products of codes; under ABSOLUTE, with their distances.

    Args:
        asked: the query.
        rows: the coded rows.
        batch: uint32 (at least count,), numbers of rows.
        count: how many of them.
        first: vector of the query to begin with.
        end: the vector behind the last one.
        products: float32 (vectors, at least count).

    """
    stride, number = 2 * rows.codes.shape[1], first
    vectors = asked.codes.ctypes.data
    while number + 4 <= end:
        _compare_with_four(asked, vectors + number * stride, rows, batch, count, products[number:])
        number += 4
    while number < end:
        _compare_with_one(asked, vectors + number * stride, rows, batch, count, products[number])
        number += 1


@part
def _compare_with_four(
    asked: Asked,
    vector: np.intp,
    rows: CodedRows,
    batch: NDArray[np.uint32],
    count: int,
    products: Singles,
) -> None:
    """Fill four lines, for the vector at an address and the three behind it."""
    codes, width = rows.codes.ctypes.data, np.intp(rows.codes.shape[1])
    vectors = (vector, vector + 2 * width, vector + 4 * width, vector + 6 * width)
    weights, is_absolute = asked.steps.ctypes.data, asked.metric == ABSOLUTE
    for place in range(count):
        if place + _AHEAD < count:
            _ask_for_row(codes + np.intp(batch[place + _AHEAD]) * width, width)
        row = codes + np.intp(batch[place]) * width
        if is_absolute:
            a, b, c, d = spans_from_vectors((row, weights, *vectors), width)
        else:
            a, b, c, d = dots_with_vectors((row, *vectors), width)
        products[0, place], products[1, place] = a, b
        products[2, place], products[3, place] = c, d


@part
def _compare_with_one(
    asked: Asked,
    vector: np.intp,
    rows: CodedRows,
    batch: NDArray[np.uint32],
    count: int,
    products: Singles,
) -> None:
    """Fill one line, for the vector at an address; four rows share each load of it."""
    codes, width = rows.codes.ctypes.data, np.intp(rows.codes.shape[1])
    weights, is_absolute = asked.steps.ctypes.data, asked.metric == ABSOLUTE
    fours = count - count % 4
    for place in range(0, fours, 4):
        for later in range(place + _AHEAD, min(place + _AHEAD + 4, count)):
            _ask_for_row(codes + np.intp(batch[later]) * width, width)
        four = (
            codes + np.intp(batch[place]) * width,
            codes + np.intp(batch[place + 1]) * width,
            codes + np.intp(batch[place + 2]) * width,
            codes + np.intp(batch[place + 3]) * width,
        )
        if is_absolute:
            a, b, c, d = spans_of_rows((*four, weights, vector), width)
        else:
            a, b, c, d = dots_of_rows((*four, vector), width)
        products[place], products[place + 1] = a, b
        products[place + 2], products[place + 3] = c, d
    for place in range(fours, count):
        row = codes + np.intp(batch[place]) * width
        if is_absolute:
            (products[place],) = one_span((row, weights, vector), width)
        else:
            (products[place],) = one_dot((row, vector), width)


@part
def similarities(
    asked: Asked,
    rows: CodedRows,
    batch: NDArray[np.uint32],
    count: int,
    first: int,
    end: int,
    products: Singles,
    found: Singles,
) -> None:
    """Turn products into similarities of the approximated rows; both may be the same array."""
    terms, facts = asked.terms, rows.facts
    for number in range(first, end):
        factor, constant = terms[number, _FACTOR], terms[number, _CONSTANT]
        for place in range(count):
            found[number, place] = factor * products[number, place] + constant
        if asked.metric == SQUARE:
            for place in range(count):
                found[number, place] -= terms[number, _SQUARES] * facts[batch[place], _FACT]
        elif asked.metric == ANGLE:
            for place in range(count):
                found[number, place] *= facts[batch[place], _FACT]


@part
def errors(
    asked: Asked,
    rows: CodedRows,
    batch: NDArray[np.uint32],
    count: int,
    first: int,
    end: int,
    scratch: Singles,
) -> None:
    """Fill the last of `scratch` with how far `similarities` are at most from those of stored rows.

    A row is its approximation plus what was lost, e. By Cauchy and Schwarz e·q is at most |e|·|q|;
    under SQUARE the similarity changes by 2·e·(v - w·y) - w·|e|², v the vector, y the row, w how
    often its square counts. There |v - w·y|² is |v|² - w·(2·v·y - w·|y|²), and what is in brackets
    is the similarity but for its constant.

    Args:
        asked: the query.
        rows: the coded rows.
        batch: uint32 (at least count,), numbers of rows.
        count: how many of them.
        first: vector of the query to begin with.
        end: the vector behind the last one.
        scratch: float32 (3, vectors, at least count): scratch, what `similarities` found, and what
            is to be filled.

    """
    terms, facts = asked.terms, rows.facts
    lost, middle, found = scratch[0, 0], scratch[1], scratch[2]
    if asked.metric == SQUARE:
        for place in range(count):  # else the loop below is no vector code
            lost[place] = facts[batch[place], _ERROR]
    for number in range(first, end):
        of_error, bound = terms[number, _OF_ERROR], terms[number, _BOUND]
        if asked.metric != SQUARE:
            for place in range(count):
                found[number, place] = facts[batch[place], _ERROR] * of_error + bound
            continue
        constant, times = terms[number, _CONSTANT], terms[number, _SQUARES]
        for place in range(count):
            reach = of_error - times * (middle[number, place] - constant)
            largest = _TWO * np.sqrt(max(reach, _ZERO)) + abs(times) * lost[place]
            found[number, place] = lost[place] * largest + bound
