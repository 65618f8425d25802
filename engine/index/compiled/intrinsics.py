"""What numba has no words for: sums over whole registers, prefetching, borrowed arrays.

The dot product is written as plain vector code, so every processor can run it. On x86 with VNNI,
LLVM turns each step into one instruction for 32 products (`vpdpwssd`), three times faster than
what it makes of a loop in Python. So is the sum of absolute differences.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba.core.cgutils
from llvmlite import ir  # type: ignore[import-untyped]  # comes with numba, has no types
from numba.extending import intrinsic

from engine.index.compiled.compiling import types
from engine.index.quantised import FINER, LANES

if TYPE_CHECKING:
    from collections.abc import Callable

cgutils: Any = numba.core.cgutils  # typed only in part

_BYTE, _SHORT, _INT, _LONG = (ir.IntType(bits) for bits in (8, 16, 32, 64))
_PAIRS = ir.VectorType(_INT, LANES // 2)
_SHORTS, _INTS = ir.VectorType(_SHORT, LANES), ir.VectorType(_INT, LANES)
_TOGETHER = 16  # lanes of the widest registers


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


def _either(context: Any, condition: Any, one: Any, other: Any) -> Any:  # noqa: ARG001 - as above
    """Return one number where the condition holds, else the other, without a branch.

    For conditions that no processor foresees: LLVM takes a search by halves for one that it does.
    """

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        chosen = builder.select(*arguments)
        chosen.set_metadata("unpredictable", builder.module.add_metadata([]))
        return chosen

    return types.int64(types.boolean, types.int64, types.int64), generate


def _add_atomically(context: Any, address: Any, value: Any) -> Any:  # noqa: ARG001 - as above
    """Add to the int64 at an address, which threads share, and return what it was before."""

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        pointer = builder.inttoptr(arguments[0], _LONG.as_pointer())
        return builder.atomic_rmw("add", pointer, arguments[1], "monotonic")

    return types.int64(types.intp, types.int64), generate


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


def _dots(rows: int, vectors: int) -> Any:
    """Return a function for the inner products of rows of codes with coded vectors, one of either.

    It takes the addresses of the rows (int8) and of the vectors (int16), and the codes in each, a
    multiple of LANES. It returns float32 sums, exact until they are rounded to that.
    """

    def terms(builder: Any, addresses: list[Any], place: Any) -> list[Any]:
        codes = [_load(builder, row, place, _BYTE) for row in addresses[:rows]]
        others = [_load(builder, vector, place, _SHORT) for vector in addresses[rows:]]
        return [_pairwise(builder, row, vector) for row in codes for vector in others]

    return _sums(rows + vectors, rows * vectors, terms)


def _spans(rows: int, vectors: int) -> Any:
    """Return a function for the absolute differences of rows of codes from coded vectors, weighed.

    It takes the addresses of the rows (int8), of the weights, of the vectors (both int16), and the
    codes in each. A code stands for FINER of those of a vector. It returns float32 sums.
    """
    finer = ir.Constant(_SHORTS, [FINER] * LANES)

    def terms(builder: Any, addresses: list[Any], place: Any) -> list[Any]:
        read = [_read(builder, row, place, ir.VectorType(_BYTE, LANES)) for row in addresses[:rows]]
        codes = [builder.mul(builder.sext(row, _SHORTS), finer) for row in read]
        weights, *others = (_read(builder, address, place, _SHORTS) for address in addresses[rows:])
        apart = [builder.sub(row, vector) for row in codes for vector in others]
        wide = builder.sext(weights, _INTS)
        return [
            _pairwise(builder, builder.sext(_absolute(builder, one), _INTS), wide) for one in apart
        ]

    return _sums(rows + 1 + vectors, rows * vectors, terms)


def _sums(inputs: int, count: int, terms: Callable[..., list[Any]]) -> Any:
    """Return a function that adds up `count` vectors of terms, LANES elements further each time.

    It takes a tuple of `inputs` addresses, and how many elements there are. It returns a tuple with
    the float32 sum of the lanes of each.
    """

    def sums(context: Any, addresses: Any, width: Any) -> Any:  # noqa: ARG001 - as numba asks
        result = types.UniTuple(types.float32, count)
        return result(types.UniTuple(types.intp, inputs), types.intp), generate

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        addresses, width = cgutils.unpack_tuple(builder, arguments[0]), arguments[1]
        before, loop = builder.block, builder.append_basic_block("sums")
        done = builder.append_basic_block("sums_done")
        builder.branch(loop)
        builder.position_at_end(loop)
        place, totals = builder.phi(_LONG), [builder.phi(_PAIRS) for _ in range(count)]
        added = [
            builder.add(total, term)
            for total, term in zip(totals, terms(builder, addresses, place), strict=True)
        ]
        following = builder.add(place, _LONG(LANES))
        for value, later in zip([place, *totals], [following, *added], strict=True):
            value.add_incoming(cgutils.get_null_value(value.type), before)
            value.add_incoming(later, loop)
        builder.cbranch(builder.icmp_signed("<", following, width), loop, done)
        builder.position_at_end(done)
        return context.make_tuple(builder, signature.return_type, _folded(builder, added))

    return intrinsic(sums)


def _folded(builder: Any, sums: list[Any]) -> list[Any]:
    """Return the sum of the lanes of each of one or four vectors, as float32.

    Four become one whose lanes are added for all of them together.
    """
    count = len(sums)
    sums = [_halved(builder, lanes, max(_TOGETHER, count)) for lanes in sums]
    while len(sums) > 1:
        sums = [_paired(builder, *pair) for pair in zip(sums[::2], sums[1::2], strict=True)]
    lanes = builder.sitofp(_halved(builder, sums[0], count), ir.VectorType(ir.FloatType(), count))
    return [builder.extract_element(lanes, _INT(place)) for place in range(count)]


def _halved(builder: Any, lanes: Any, count: int) -> Any:
    """Return lanes added in halves until `count` remain."""
    while lanes.type.count > count:
        half = lanes.type.count // 2
        low = _chosen(builder, lanes, lanes, list(range(half)))
        lanes = builder.add(low, _chosen(builder, lanes, lanes, list(range(half, 2 * half))))
    return lanes


def _paired(builder: Any, one: Any, other: Any) -> Any:
    """Return neighbouring lanes added: of each four, two of one vector, then two of the other."""
    count = one.type.count
    even = [
        start + lane
        for four in range(0, count, 4)
        for start in (four, count + four)
        for lane in (0, 2)
    ]
    return builder.add(
        _chosen(builder, one, other, even),
        _chosen(builder, one, other, [lane + 1 for lane in even]),
    )


def _chosen(builder: Any, one: Any, other: Any, lanes: list[int]) -> Any:
    """Return some lanes of two vectors, those of the other counted on."""
    return builder.shuffle_vector(one, other, ir.Constant(ir.VectorType(_INT, len(lanes)), lanes))


def _absolute(builder: Any, values: Any) -> Any:
    negative = builder.neg(values)
    return builder.select(builder.icmp_signed(">", values, negative), values, negative)


def _read(builder: Any, address: Any, place: Any, kind: Any) -> Any:
    """Return a vector of elements from `place` on."""
    size = kind.element.width // 8
    start = builder.add(address, builder.mul(place, _LONG(size)))
    loaded = builder.load(builder.inttoptr(start, kind.as_pointer()))
    loaded.align = size
    return loaded


def _load(builder: Any, address: Any, place: Any, element: ir.IntType) -> Any:
    """Return LANES elements from `place` on, widened to int32."""
    loaded = _read(builder, address, place, ir.VectorType(element, LANES))
    return builder.sext(loaded, _INTS)


def _pairwise(builder: Any, codes: Any, vector: Any) -> Any:
    """Return products, neighbours added: the form that LLVM knows as one instruction."""
    products = builder.mul(codes, vector)
    even, odd = (
        _chosen(builder, products, products, list(range(start, LANES, 2))) for start in (0, 1)
    )
    return builder.add(even, odd)


add_atomically: Any = intrinsic(_add_atomically)
borrowed: Any = intrinsic(_borrowed)
either: Any = intrinsic(_either)
move: Any = intrinsic(_move)
prefetch: Any = intrinsic(_prefetch)
one_dot = _dots(1, 1)
dots_of_rows = _dots(4, 1)
dots_with_vectors = _dots(1, 4)
one_span = _spans(1, 1)
spans_of_rows = _spans(4, 1)
spans_from_vectors = _spans(1, 4)
