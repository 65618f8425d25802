"""What numba has no words for: sums over whole registers, prefetching, borrowed arrays.

The dot product is written as plain vector code, so every processor can run it. On x86 with VNNI,
LLVM turns each step into one instruction for 32 products (`vpdpwssd`), three times faster than
what it makes of a loop in Python. So is the sum of absolute differences: of loops numba makes half
registers where a processor has AVX-512.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba.core.cgutils
from llvmlite import ir  # type: ignore[import-untyped]  # comes with numba, has no types
from numba.extending import intrinsic

from engine.index.compiled.compiling import types
from engine.index.quantised import LANES

if TYPE_CHECKING:
    from collections.abc import Callable

cgutils: Any = numba.core.cgutils  # typed only in part

_HALF = LANES // 2
_BYTE, _SHORT, _INT, _LONG = (ir.IntType(bits) for bits in (8, 16, 32, 64))
_SUMS = ir.VectorType(_INT, _HALF)
_SINGLE = ir.FloatType()
_SINGLES = ir.VectorType(_SINGLE, LANES // 4)


def _prefetch(context: Any, address: Any) -> Any:  # noqa: ARG001 - the shape numba asks for
    """Ask for the cache line at an address, which is wanted soon."""

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        pointer = builder.inttoptr(arguments[0], _BYTE.as_pointer())
        kind = ir.FunctionType(ir.VoidType(), [_BYTE.as_pointer(), _INT, _INT, _INT])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(function, [pointer, _INT(0), _INT(3), _INT(1)])  # to read, keep, data

    return types.void(types.intp), generate


def _move(context: Any, target: Any, source: Any, size: Any) -> Any:  # noqa: ARG001 - as above
    """Copy bytes from one address to another; the two may overlap."""

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        to, source, size = arguments
        pointers = [builder.inttoptr(place, _BYTE.as_pointer()) for place in (to, source)]
        cgutils.raw_memmove(builder, *pointers, size, 1)

    return types.void(types.intp, types.intp, types.intp), generate


def _borrowed(context: Any, value: Any) -> Any:  # noqa: ARG001 - the shape numba asks for
    """Return an array, or a tuple with its arrays, without the counts of references to them.

    Counting is atomic and happens whenever an array is handed to a function: with many small calls
    it costs more than the work. Only for arguments of a compiled function, which its caller keeps.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _borrow(context, builder, signature.return_type, arguments[0])

    return value(value), generate


def _borrow(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    if isinstance(kind, types.BaseTuple):
        members = cgutils.unpack_tuple(builder, value)
        lent = [
            _borrow(context, builder, member_kind, member)
            for member_kind, member in zip(kind.types, members, strict=True)
        ]
        return context.make_tuple(builder, kind, lent)
    if not isinstance(kind, types.Array):
        return value
    array = context.make_array(kind)(context, builder, value)
    array.meminfo = cgutils.get_null_value(array.meminfo.type)
    array.parent = cgutils.get_null_value(array.parent.type)
    return array._getvalue()  # noqa: SLF001 - the way to get the value of a struct of numba's


def _dots(count: int) -> Any:
    """Return a function for the inner products of one row of codes with `count` coded vectors.

    It takes four addresses and sizes: of the row (int8), of the first vector (int16), bytes from
    one vector to the next, and the codes in each, a multiple of LANES. It returns int32 sums.
    """

    def dots(context: Any, row: Any, vectors: Any, stride: Any, width: Any) -> Any:  # noqa: ARG001
        result = types.UniTuple(types.int32, count)
        return result(types.intp, types.intp, types.intp, types.intp), _dots_code(count)

    return intrinsic(dots)


def _dots_code(count: int) -> Callable[..., Any]:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        row, first, stride, width = arguments
        vectors = [builder.add(first, builder.mul(stride, _LONG(k))) for k in range(count)]
        before = builder.block
        loop, done = builder.append_basic_block("dots"), builder.append_basic_block("dots_done")
        builder.branch(loop)
        builder.position_at_end(loop)
        place = builder.phi(_LONG)
        place.add_incoming(_LONG(0), before)
        sums = [builder.phi(_SUMS) for _ in range(count)]
        codes = _load(builder, row, place, _BYTE)
        added = [
            builder.add(total, _pairwise(builder, codes, _load(builder, vector, place, _SHORT)))
            for total, vector in zip(sums, vectors, strict=True)
        ]
        for total, larger in zip(sums, added, strict=True):
            total.add_incoming(ir.Constant(_SUMS, [0] * _HALF), before)
            total.add_incoming(larger, loop)
        following = builder.add(place, _LONG(LANES))
        place.add_incoming(following, loop)
        builder.cbranch(builder.icmp_signed("<", following, width), loop, done)
        builder.position_at_end(done)
        totals = [_total(builder, lanes) for lanes in added]
        return context.make_tuple(builder, signature.return_type, totals)

    return generate


def _spans(count: int) -> Any:
    """Return a function for the sums of absolute differences of a coded row from `count` vectors.

    It takes five addresses and sizes: of the row (int8), of the scale of its codes, of the first
    vector (both float32), bytes from one vector to the next, and the elements in each, a multiple
    of LANES. It returns float32 sums.
    """

    def spans(context: Any, row: Any, scale: Any, vectors: Any, stride: Any, width: Any) -> Any:  # noqa: ARG001
        result = types.UniTuple(types.float32, count)
        return result(*[types.intp] * 5), _spans_code(count)

    return intrinsic(spans)


def _spans_code(count: int) -> Callable[..., Any]:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        row, scale, first, stride, width = arguments
        vectors = [builder.add(first, builder.mul(stride, _LONG(k))) for k in range(count)]
        before = builder.block
        loop, done = builder.append_basic_block("spans"), builder.append_basic_block("spans_done")
        builder.branch(loop)
        builder.position_at_end(loop)
        place = builder.phi(_LONG)
        place.add_incoming(_LONG(0), before)
        sums = [builder.phi(_SINGLES) for _ in range(count)]
        codes = _read(builder, row, place, ir.VectorType(_BYTE, _SINGLES.count))
        elements = builder.fmul(
            builder.sitofp(codes, _SINGLES), _read(builder, scale, place, _SINGLES)
        )
        added = []
        for total, vector in zip(sums, vectors, strict=True):
            apart = builder.fsub(elements, _read(builder, vector, place, _SINGLES))
            added.append(builder.fadd(total, builder.call(_fabs(builder), [apart])))
        for total, larger in zip(sums, added, strict=True):
            total.add_incoming(ir.Constant(_SINGLES, [0.0] * _SINGLES.count), before)
            total.add_incoming(larger, loop)
        following = builder.add(place, _LONG(_SINGLES.count))
        place.add_incoming(following, loop)
        builder.cbranch(builder.icmp_signed("<", following, width), loop, done)
        builder.position_at_end(done)
        totals = [_sum(builder, lanes) for lanes in added]
        return context.make_tuple(builder, signature.return_type, totals)

    return generate


def _fabs(builder: Any) -> Any:
    kind = ir.FunctionType(_SINGLES, [_SINGLES])
    name = f"llvm.fabs.v{_SINGLES.count}f32"
    return cgutils.get_or_insert_function(builder.module, kind, name)


def _sum(builder: Any, lanes: Any) -> Any:
    """Return the sum of the lanes, added in pairs of halves."""
    while lanes.type.count > 1:
        half = lanes.type.count // 2
        nothing = ir.Constant(lanes.type, ir.Undefined)
        low, high = (
            builder.shuffle_vector(
                lanes,
                nothing,
                ir.Constant(ir.VectorType(_INT, half), list(range(start, start + half))),
            )
            for start in (0, half)
        )
        lanes = builder.fadd(low, high)
    return builder.extract_element(lanes, _INT(0))


def _read(builder: Any, address: Any, place: Any, kind: Any) -> Any:
    """Return a vector of elements from `place` on."""
    size = 4 if kind.element == _SINGLE else kind.element.width // 8
    start = builder.add(address, builder.mul(place, _LONG(size)))
    loaded = builder.load(builder.inttoptr(start, kind.as_pointer()))
    loaded.align = size
    return loaded


def _load(builder: Any, address: Any, place: Any, element: ir.IntType) -> Any:
    """Return LANES elements from `place` on, widened to int32."""
    loaded = _read(builder, address, place, ir.VectorType(element, LANES))
    return builder.sext(loaded, ir.VectorType(_INT, LANES))


def _pairwise(builder: Any, codes: Any, vector: Any) -> Any:
    """Return products, neighbours added: the form that LLVM knows as one instruction."""
    products = builder.mul(codes, vector)
    even, odd = (
        builder.shuffle_vector(
            products,
            ir.Constant(products.type, ir.Undefined),
            ir.Constant(_SUMS, list(range(start, LANES, 2))),
        )
        for start in (0, 1)
    )
    return builder.add(even, odd)


def _total(builder: Any, lanes: Any) -> Any:
    name = f"llvm.vector.reduce.add.v{_HALF}i32"
    function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(_INT, [_SUMS]), name)
    return builder.call(function, [lanes])


borrowed: Any = intrinsic(_borrowed)
move: Any = intrinsic(_move)
prefetch: Any = intrinsic(_prefetch)
one_dot = _dots(1)
four_dots = _dots(4)
one_span = _spans(1)
four_spans = _spans(4)
