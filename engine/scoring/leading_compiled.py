"""The compiled part of `leading`; importing this compiles it, or loads what was compiled before.

Nearly all values stay below the bar of their row. So 64 of them are compared at a time and become
the bits of one number, whose few ones are then visited: written as plain vector code, which LLVM
turns into whatever the processor has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]  # comes with numba, has no types
from numba.extending import intrinsic

from engine.index.compiled.compiling import loop, part, types
from engine.index.compiled.intrinsics import borrowed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Singles = NDArray[np.float32]
    Columns = NDArray[np.int32]

WIDTH = 64
_LINE = ir.VectorType(ir.FloatType(), WIDTH)
_LONG, _INT, _BIT = (ir.IntType(bits) for bits in (64, 32, 1))
_ONE = np.uint64(1)
_SINGLES, _COLUMNS = types.float32[:, ::1], types.int32[:, ::1]
_BARS, _COUNTS = types.float32[::1], types.int32[::1]


def _line(builder: Any, address: Any) -> Any:
    loaded = builder.load(builder.inttoptr(address, _LINE.as_pointer()))
    loaded.align = 4
    return loaded


def _everywhere(builder: Any, value: Any) -> Any:
    nothing = ir.Constant(_LINE, ir.Undefined)
    first = builder.insert_element(nothing, value, _INT(0))
    return builder.shuffle_vector(first, nothing, ir.Constant(ir.VectorType(_INT, WIDTH), None))


def _reaching(context: Any, values: Any, bar: Any) -> Any:  # noqa: ARG001 - the shape numba asks for
    """Return bits: which of 64 values, from an address on, reach a bar."""

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        bars = _everywhere(builder, arguments[1])
        found = builder.fcmp_ordered(">=", _line(builder, arguments[0]), bars)
        return builder.bitcast(found, _LONG)

    return types.uint64(types.intp, types.float32), generate


def _reaching_each(context: Any, values: Any, bars: Any) -> Any:  # noqa: ARG001 - as above
    """Return bits: which of 64 values reach their own of 64 bars, both from an address on."""

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        values, bars = (_line(builder, address) for address in arguments)
        return builder.bitcast(builder.fcmp_ordered(">=", values, bars), _LONG)

    return types.uint64(types.intp, types.intp), generate


def _lowest(context: Any, bits: Any) -> Any:  # noqa: ARG001 - as above
    """Return the place of the lowest one among bits that have one."""

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(_BIT, 1))

    return types.uint64(types.uint64), generate


reaching: Any = intrinsic(_reaching)
reaching_each: Any = intrinsic(_reaching_each)
lowest: Any = intrinsic(_lowest)


@part
def select(values: Singles, columns: Columns, row: np.uint64, size: int, limit: int) -> None:
    """Bring the first `limit` of a row's `size` values to its front, the last of them at its end.

    The largest come first, of equal ones those of lower columns. Hoare's Find (1961).
    """
    low, high, wanted = 0, size - 1, limit - 1
    while low < high:
        middle = np.uint64((low + high) >> 1)
        value, column = values[row, middle], columns[row, middle]
        left, right = low, high
        while left <= right:
            i, j = np.uint64(left), np.uint64(right)
            if values[row, i] > value or (values[row, i] == value and columns[row, i] < column):
                left += 1
            elif values[row, j] < value or (values[row, j] == value and columns[row, j] > column):
                right -= 1
            else:
                values[row, i], values[row, j] = values[row, j], values[row, i]
                columns[row, i], columns[row, j] = columns[row, j], columns[row, i]
                left, right = left + 1, right - 1
        if wanted <= right:
            high = right
        elif wanted >= left:
            low = left
        else:
            return


@part
def _append(
    row: np.uint64,
    column: np.int64,
    value: np.float32,
    values: Singles,
    columns: Columns,
    counts: Columns,
    bars: Singles,
    limit: int,
) -> None:
    """Add a value to a row; when there is no more room, drop all but the largest."""
    place = counts[row]
    values[row, np.uint64(place)], columns[row, np.uint64(place)] = value, column
    place += 1
    if place == values.shape[1]:
        select(values, columns, row, place, limit)
        bars[row] = max(bars[row], values[row, np.uint64(limit - 1)])
        place = limit
    counts[row] = place


@loop(
    types.void(
        _SINGLES,
        types.int64,
        types.int64,
        _SINGLES,
        _COLUMNS,
        _COUNTS,
        _BARS,
        types.int64,
        types.boolean,
    )
)
def gather(
    tile: Singles,
    top: int,
    left: int,
    values: Singles,
    columns: Columns,
    counts: Columns,
    bars: Singles,
    limit: int,
    is_mirrored: bool,
) -> None:
    """Take in the values of a tile that may lead.

    Args:
        tile: float32 (h, w): the values of rows `top`... in columns `left`...
        top: row of its first line.
        left: column of its first value.
        values: float32 (n, room), what each row has so far, room above limit.
        columns: int32 (n, room), theirs.
        counts: int32 (n,), how many each row has.
        bars: float32 (n,), which values reach that may lead their row; above minus infinity.
        limit: how many lead.
        is_mirrored: whether each value counts for the row of its column too, the tile lying beside
            the diagonal of a symmetric matrix.

    """
    tile, values, columns, counts, bars = borrowed((tile, values, columns, counts, bars))
    height, width = tile.shape
    whole = width - width % WIDTH
    for number in range(height):
        row, line = np.uint64(top + number), np.uint64(number)
        start_of_line = tile.ctypes.data + 4 * number * width
        for start in range(0, whole, WIDTH):
            found = reaching(start_of_line + 4 * start, bars[row])
            while found:
                place = np.uint64(start) + lowest(found)
                found &= found - _ONE
                if tile[line, place] >= bars[row]:
                    column = left + np.int64(place)
                    _append(row, column, tile[line, place], values, columns, counts, bars, limit)
            if is_mirrored:
                own_bars = bars.ctypes.data + 4 * (left + start)
                found = reaching_each(start_of_line + 4 * start, own_bars)
                while found:
                    place = np.uint64(start) + lowest(found)
                    found &= found - _ONE
                    other = np.uint64(left) + place
                    value = tile[line, place]
                    _append(
                        other, np.int64(top + number), value, values, columns, counts, bars, limit
                    )
        for rest in range(whole, width):
            other, value = np.uint64(left + rest), tile[line, np.uint64(rest)]
            if value >= bars[row]:
                _append(row, np.int64(left + rest), value, values, columns, counts, bars, limit)
            if is_mirrored and value >= bars[other]:
                _append(other, np.int64(top + number), value, values, columns, counts, bars, limit)


@loop(types.void(_SINGLES, _BARS, _SINGLES, _COLUMNS, types.int64))
def set_bars(tile: Singles, bars: Singles, largest: Singles, spare: Columns, limit: int) -> None:
    """Give each line of a tile a bar that `limit` of its values reach, and few more.

    The columns are dealt to groups; as many groups as lead have a largest value that reaches the
    `limit`-th largest of these.

    Args:
        tile: float32 (n, m), m at least the number of groups.
        bars: float32 (n,), to be filled.
        largest: float32 (1, groups), scratch.
        spare: int32 (1, groups), scratch.
        limit: how many lead, at most the number of groups.

    """
    tile, bars, largest, spare = borrowed((tile, bars, largest, spare))
    groups, width = largest.shape[1], tile.shape[1]
    for number in range(tile.shape[0]):
        line = np.uint64(number)
        for group in range(groups):
            largest[0, np.uint64(group)] = tile[line, np.uint64(group)]
        for start in range(groups, width - groups + 1, groups):
            for group in range(groups):
                value = tile[line, np.uint64(start + group)]
                largest[0, np.uint64(group)] = max(largest[0, np.uint64(group)], value)
        select(largest, spare, np.uint64(0), groups, limit)
        bars[line] = max(bars[line], largest[0, np.uint64(limit - 1)])


@loop(types.void(_SINGLES, _COLUMNS, _COUNTS, types.int64))
def settle(values: Singles, columns: Columns, counts: Columns, limit: int) -> None:
    """Bring what leads each row to its front, in no order."""
    for row in range(values.shape[0]):
        if counts[row] > limit:
            select(values, columns, np.uint64(row), counts[row], limit)
