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

from engine.index.compiled.compiling import loop, read_only, types
from engine.index.compiled.intrinsics import borrowed, prefetch
from engine.index.quantised import LANES as LINE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Singles = NDArray[np.float32]

cgutils: Any = numba.core.cgutils  # typed only in part

LANES = 16
"""Vectors of the query that are compared in one step."""

_TOKENS = 8  # vectors of a row that are, each with a register for its sums
_SINGLE, _LONG, _INT = ir.FloatType(), ir.IntType(64), ir.IntType(32)
_SUMS = ir.VectorType(_SINGLE, LANES)
_FUSED = ("contract", "nsz")


def _raise_best(
    context: Any,  # noqa: ARG001 - the shape numba asks for
    metric: Any,  # noqa: ARG001 - as above, as all below
    tokens: Any,  # noqa: ARG001
    count: Any,  # noqa: ARG001
    columns: Any,  # noqa: ARG001
    asked: Any,  # noqa: ARG001
    best: Any,  # noqa: ARG001
) -> Any:
    """Raise the best similarities of LANES vectors of the query to those to some of a row.

    Args of the function: the metric; addresses and sizes: of the first vector of the row, how many
    there are (of more than _TOKENS the first ones are taken), how many columns, of the vectors of
    the query, float32 (columns, LANES), and of their best, float32 (LANES,).
    """

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        metric, first, count, columns, asked, best = arguments
        stride = builder.mul(columns, _LONG(4))
        last = builder.sub(count, _LONG(1))
        rows = [
            builder.add(first, builder.mul(stride, _least(builder, _LONG(token), last)))
            for token in range(_TOKENS)
        ]
        done = builder.append_basic_block("compared")
        place = builder.inttoptr(best, _SUMS.as_pointer())
        ways = [builder.append_basic_block(f"metric{number}") for number in range(len(_TERMS))]
        choice = builder.switch(metric, ways[0])
        for number, way in enumerate(ways[1:], 1):
            choice.add_case(_LONG(number), way)
        for way, term in zip(ways, _TERMS, strict=True):
            builder.position_at_end(way)
            largest = _load(builder, place)
            for sums in _compared(builder, term, rows, asked, columns):
                above = builder.fcmp_ordered(">", sums, largest)
                largest = builder.select(above, sums, largest)
            builder.store(largest, place, align=4)
            builder.branch(done)
        builder.position_at_end(done)

    return types.void(types.int64, *[types.intp] * 5), generate


def _compared(builder: Any, term: Any, rows: list[Any], asked: Any, columns: Any) -> list[Any]:
    """Return the similarities of each row to the vectors of the query, in a loop over columns."""
    before, around = builder.block, builder.append_basic_block("columns")
    after = builder.append_basic_block("sums")
    builder.branch(around)
    builder.position_at_end(around)
    column = builder.phi(_LONG)
    column.add_incoming(_LONG(0), before)
    sums = [builder.phi(_SUMS) for _ in rows]
    start = builder.add(asked, builder.mul(column, _LONG(4 * LANES)))
    wanted = _load(builder, builder.inttoptr(start, _SUMS.as_pointer()))
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
    address = builder.add(row, builder.mul(column, _LONG(4)))
    element = _load(builder, builder.inttoptr(address, _SINGLE.as_pointer()))
    nothing = ir.Constant(_SUMS, ir.Undefined)
    lane = builder.insert_element(nothing, element, _INT(0))
    return builder.shuffle_vector(lane, nothing, ir.Constant(ir.VectorType(_INT, LANES), None))


raise_best: Any = intrinsic(_raise_best)


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
        count: how many vectors the query has; the lanes behind them may hold anything finite.
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
        if place + 1 < starts.size:
            following = first_vector + 4 * size * starts[place + 1]
            for line in range(following, first_vector + 4 * size * ends[place + 1], LINE):
                prefetch(line)
        flat[:] = -np.inf
        for group in range(asked.shape[0]):
            queries = first_asked + 4 * LANES * size * group
            for token in range(start, end, _TOKENS):
                tokens = first_vector + 4 * size * token
                raise_best(
                    metric, tokens, end - token, size, queries, first_best + 4 * LANES * group
                )
        total = np.float32(0)
        if start < end:
            for number in range(count):
                total += flat[number]
        out[place] = total
