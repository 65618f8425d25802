"""The neighbours that a walk goes on to: all, or those that may be found.

They are added to a batch, which is scored together. Sets of rows are bits, a row's at its number:
so few bytes that they stay in the nearest cache.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.index.compiled.compiling import part
from engine.index.compiled.intrinsics import prefetch
from engine.index.quantised import LANES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.index.graph import Links

    Bits = NDArray[np.uint64]
    Sets = tuple[Bits, Bits, Bits]
    """The rows that may be found, those that count as seen, and those as others that were seen.

    Where only some may be found, all but them count as seen, and they as others that were seen.
    """

_ENOUGH = 4
"""Of so many neighbours one that may be found is enough to leave the others unscored."""

_WORD, _WITHIN, _ONE = np.uint64(6), np.uint64(63), np.uint64(1)


@part
def is_in(row: np.uint64, rows: Bits) -> bool:
    """Return whether a row is in the set."""
    word = rows[row >> _WORD]
    return bool((word >> (row & _WITHIN)) & _ONE)


@part
def add(row: np.uint64, rows: Bits) -> None:
    """Add a row to the set."""
    rows[row >> _WORD] |= _ONE << (row & _WITHIN)


@part
def collect(
    links: Links, owner: np.uint64, seen: Bits, batch: NDArray[np.uint32], count: int
) -> int:
    """Add the neighbours that were not seen to a batch of `count`; returns how many it has.

    A place without a link holds the owner, which was seen. Whether a row was cannot be foreseen, so
    nothing branches on it: each is written behind the batch, and counted if it belongs there.
    """
    behind = np.uint64(count)
    for place in range(links.lowest.shape[1]):
        row = links.lowest[owner, np.uint64(place)]
        batch[behind] = row
        behind += np.uint64(not is_in(np.uint64(row), seen))
        add(np.uint64(row), seen)
    return int(np.int64(behind))


@part
def collect_all(
    links: Links, owner: np.uint64, sets: Sets, batch: NDArray[np.uint32], count: int
) -> int:
    """Add all neighbours that were not seen."""
    return collect(links, owner, sets[1], batch, count)


@part
def collect_allowed(
    links: Links, owner: np.uint64, sets: Sets, batch: NDArray[np.uint32], count: int
) -> int:
    """Add those only that may be found, where they are enough to go on by."""
    allowed, seen, others = sets
    neighbours, may_be = 0, 0
    for place in range(links.lowest.shape[1]):
        row = np.uint64(links.lowest[owner, np.uint64(place)])
        neighbours += row != owner
        may_be += is_in(row, allowed) and row != owner
    count = collect(links, owner, seen, batch, count)
    if _ENOUGH * may_be < neighbours:
        count = collect(links, owner, others, batch, count)
    return count


@part
def collect_past(
    links: Links, owner: np.uint64, sets: Sets, batch: NDArray[np.uint32], count: int
) -> int:
    """Add those that may be found and, past the others, the neighbours of these.

    The end of the batch is for the others, whose links are asked for before they are read.
    """
    _, seen, others = sets
    width = links.lowest.shape[1]
    passed = batch[batch.size - width - 1 :]
    count = collect(links, owner, seen, batch, count)
    ways = collect(links, owner, others, passed, 0)
    for way in range(ways):
        ask_for_links(links.lowest.ctypes.data, 4 * np.intp(width), passed[way])
    for way in range(ways):
        count = collect(links, np.uint64(passed[way]), seen, batch, count)
    return count


@part
def ask_for_links(lowest: int, width: np.intp, row: np.uint32) -> None:
    """Prefetch the links of a row; `lowest` is their address, `width` a row's bytes."""
    first = lowest + np.intp(row) * width
    for offset in range(0, width, LANES):
        prefetch(first + offset)
