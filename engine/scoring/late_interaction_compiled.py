"""The compiled part of `late_interaction`.

Eight vectors of a row meet sixteen of the query at once: these lie column by column, so that sums
stay in registers until they are complete, and none is taken across a register. Written as plain
vector code, which LLVM turns into whatever the processor has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba.core.cgutils
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]  # comes with numba, has no types
from numba.extending import intrinsic

from engine.index.compiled.compiling import loop, part, read_only, types
from engine.index.compiled.intrinsics import borrowed, prefetch
from engine.index.quantised import LANES as LINE

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Singles = NDArray[np.float32]

cgutils: Any = numba.core.cgutils  # typed only in part

LANES = 16
"""Vectors of the query that are compared in one step."""

TOKENS = 8
"""Vectors of a row that are, each with a register for its sums."""

_SINGLE, _LONG, _INT = ir.FloatType(), ir.IntType(64), ir.IntType(32)
_SUMS = ir.VectorType(_SINGLE, LANES)
_FUSED = ("contract", "nsz")


def _raising(*, each: bool) -> Any:
    """Return a function that raises best similarities to those of a row with the query.

    It takes the metric, and addresses and sizes: of the first vector of the row, how many there are
    (of more than TOKENS the first ones are taken), how many columns, of the vectors of the query,
    float32 (columns, LANES), and of the best, float32 (LANES,) or, for each vector of the row its
    own, (TOKENS, LANES).
    """

    def raising(
        context: Any,  # noqa: ARG001 - the shape numba asks for
        metric: Any,  # noqa: ARG001 - as above, as all below
        tokens: Any,  # noqa: ARG001
        count: Any,  # noqa: ARG001
        columns: Any,  # noqa: ARG001
        asked: Any,  # noqa: ARG001
        best: Any,  # noqa: ARG001
    ) -> Any:
        return types.void(types.int64, *[types.intp] * 5), _raising_code(each=each)

    return intrinsic(raising)


def _raising_code(*, each: bool) -> Callable[..., Any]:
    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        metric, first, count, columns, asked, best = arguments
        stride = builder.mul(columns, _LONG(4))
        last = builder.sub(count, _LONG(1))
        rows = [
            builder.add(first, builder.mul(stride, _least(builder, _LONG(token), last)))
            for token in range(TOKENS)
        ]
        done = builder.append_basic_block("compared")
        ways = [builder.append_basic_block(f"metric{number}") for number in range(len(_TERMS))]
        choice = builder.switch(metric, ways[0])
        for number, way in enumerate(ways[1:], 1):
            choice.add_case(_LONG(number), way)
        for way, term in zip(ways, _TERMS, strict=True):
            builder.position_at_end(way)
            found = _compared(builder, term, rows, asked, columns)
            for place, sums in enumerate(found if each else [_largest(builder, found)]):
                pointer = _place(builder, best, _LONG(place * LANES), _SUMS)
                held = _load(builder, pointer)
                builder.store(_largest(builder, [held, sums]), pointer, align=4)
            builder.branch(done)
        builder.position_at_end(done)

    return generate


def _largest(builder: Any, values: list[Any]) -> Any:
    largest = values[0]
    for value in values[1:]:
        above = builder.fcmp_ordered(">", value, largest)
        largest = builder.select(above, value, largest)
    return largest


def _place(builder: Any, address: Any, number: Any, kind: Any) -> Any:
    """Return a pointer to the float32 of this number from an address on."""
    start = builder.add(address, builder.mul(number, _LONG(4)))
    return builder.inttoptr(start, kind.as_pointer())


def _across(context: Any, values: Any) -> Any:  # noqa: ARG001 - the shape numba asks for
    """Return the largest of LANES numbers from an address on."""

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        values = _load(builder, builder.inttoptr(arguments[0], _SUMS.as_pointer()))
        name = f"llvm.vector.reduce.fmax.v{LANES}f32"
        kind = ir.FunctionType(_SINGLE, [_SUMS])
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [values])

    return types.float32(types.intp), generate


def _compared(builder: Any, term: Any, rows: list[Any], asked: Any, columns: Any) -> list[Any]:
    """Return the similarities of each row to the vectors of the query, in a loop over columns."""
    before, around = builder.block, builder.append_basic_block("columns")
    after = builder.append_basic_block("sums")
    builder.branch(around)
    builder.position_at_end(around)
    column = builder.phi(_LONG)
    column.add_incoming(_LONG(0), before)
    sums = [builder.phi(_SUMS) for _ in rows]
    wanted = _load(builder, _place(builder, asked, builder.mul(column, _LONG(LANES)), _SUMS))
    added = [
        term(builder, total, _everywhere(builder, row, column), wanted)
        for total, row in zip(sums, rows, strict=True)
    ]
    for total, larger in zip(sums, added, strict=True):
        total.add_incoming(ir.Constant(_SUMS, [0.0] * LANES), before)
        total.add_incoming(larger, around)
    following = builder.add(column, _LONG(1))
    column.add_incoming(following, around)
    builder.cbranch(builder.icmp_signed("<", following, columns), around, after)
    builder.position_at_end(after)
    return added


def _product(builder: Any, total: Any, element: Any, wanted: Any) -> Any:
    return builder.fadd(total, builder.fmul(element, wanted, flags=_FUSED), flags=_FUSED)


def _negated_square(builder: Any, total: Any, element: Any, wanted: Any) -> Any:
    apart = builder.fsub(element, wanted)
    return builder.fsub(total, builder.fmul(apart, apart, flags=_FUSED), flags=_FUSED)


def _negated_absolute(builder: Any, total: Any, element: Any, wanted: Any) -> Any:
    kind = ir.FunctionType(_SUMS, [_SUMS])
    size = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fabs.v{LANES}f32")
    return builder.fsub(total, builder.call(size, [builder.fsub(element, wanted)]))


_TERMS = (_product, _negated_square, _negated_absolute)
"""What a column adds, as `kernels.METRIC` numbers the distances."""


def _least(builder: Any, one: Any, other: Any) -> Any:
    return builder.select(builder.icmp_signed("<", one, other), one, other)


def _load(builder: Any, pointer: Any) -> Any:
    loaded = builder.load(pointer)
    loaded.align = 4
    return loaded


def _everywhere(builder: Any, row: Any, column: Any) -> Any:
    """Return one element of a row in every lane."""
    element = _load(builder, _place(builder, row, column, _SINGLE))
    nothing = ir.Constant(_SUMS, ir.Undefined)
    lane = builder.insert_element(nothing, element, _INT(0))
    return builder.shuffle_vector(lane, nothing, ir.Constant(ir.VectorType(_INT, LANES), None))


raise_best = _raising(each=False)
raise_each = _raising(each=True)
across: Any = intrinsic(_across)


@part
def _ask_for(data: Singles, place: int, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> None:
    """Prefetch the vectors of a row, if there is such a one."""
    if place < starts.size:
        size = 4 * data.shape[1]
        first = data.ctypes.data
        for line in range(first + size * starts[place], first + size * ends[place], LINE):
            prefetch(line)


@loop(
    types.void(
        types.int64,
        read_only(types.float32, 2),
        read_only(types.float32, 3),
        types.int64,
        read_only(types.int64, 1),
        read_only(types.int64, 1),
        types.float32[:, ::1],
        types.float32[::1],
    )
)
def max_sim(
    metric: int,
    data: Singles,
    asked: Singles,
    count: int,
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    best: Singles,
    out: Singles,
) -> None:
    """Fill `out` with the sums of best similarities; 0 for a row without vectors.

    Args:
        metric: as `kernels.METRIC` numbers the distances.
        data: float32 (all vectors, size).
        asked: float32 (groups, size, LANES), the query: LANES vectors a group, column by column.
        count: how many vectors the query has; the lanes behind them do not count.
        starts: int64 (n,), the first vector of each row.
        ends: int64 (n,), the vector behind its last one.
        best: float32 (groups, LANES), scratch.
        out: float32 (n,).

    """
    data, asked, starts, ends = borrowed((data, asked, starts, ends))
    best, out = borrowed((best, out))
    size, first_vector, first_asked = data.shape[1], data.ctypes.data, asked.ctypes.data
    first_best, flat = best.ctypes.data, best.ravel()
    for place in range(starts.size):
        start, end = starts[place], ends[place]
        _ask_for(data, place + 1, starts, ends)
        flat[:] = -np.inf
        for group in range(asked.shape[0]):
            queries = first_asked + 4 * LANES * size * group
            for token in range(start, end, TOKENS):
                tokens = first_vector + 4 * size * token
                raise_best(
                    metric, tokens, end - token, size, queries, first_best + 4 * LANES * group
                )
        total = np.float32(0)
        if start < end:
            for number in range(count):
                total += flat[number]
        out[place] = total


@loop(
    types.void(
        types.int64,
        read_only(types.float32, 2),
        read_only(types.float32, 3),
        read_only(types.int64, 1),
        read_only(types.int64, 1),
        types.float32[:, ::1],
        types.float32[::1],
    )
)
def sum_max(
    metric: int,
    data: Singles,
    asked: Singles,
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    best: Singles,
    out: Singles,
) -> None:
    """Fill `out` with what `max_sim` gives when each row asks and the query is what it asks.

    Args:
        metric: as of `max_sim`, as are all that are not told of.
        data: the rows' vectors.
        asked: every lane holds a vector, be it one of them again.
        starts: of the rows.
        ends: of the rows.
        best: float32 (TOKENS, LANES), scratch.
        out: float32 (n,).

    """
    data, asked, starts, ends = borrowed((data, asked, starts, ends))
    best, out = borrowed((best, out))
    size, first_vector, first_asked = data.shape[1], data.ctypes.data, asked.ctypes.data
    for place in range(starts.size):
        _ask_for(data, place + 1, starts, ends)
        total = np.float32(0)
        for token in range(starts[place], ends[place], TOKENS):
            left = ends[place] - token
            best[:] = -np.inf
            for group in range(asked.shape[0]):
                queries = first_asked + 4 * LANES * size * group
                tokens = first_vector + 4 * size * token
                raise_each(metric, tokens, left, size, queries, best.ctypes.data)
            for number in range(min(left, TOKENS)):
                total += across(best.ctypes.data + 4 * LANES * number)
        out[place] = total
