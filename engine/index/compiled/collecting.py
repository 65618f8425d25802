"""The neighbours that a walk goes on to: all, or those that may be found.

They are added to a batch, which is scored together. Whether a row is new cannot be foreseen, so
nothing branches on it: each is written behind the batch, and counted if it belongs there.
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

_ENOUGH = 4
"""Of so many neighbours one that may be found is enough to leave the others unscored."""


@part
def collect_new(
    links: Links,
    owner: np.uint64,
    marks: NDArray[np.uint8],
    mark: np.uint8,
    batch: NDArray[np.uint32],
    count: int,
) -> int:
    """Add the neighbours that have no mark yet to a batch of `count`; returns how many it has.

    A place without a link holds the owner, which has a mark. Whether a row has one cannot be
    foreseen, so nothing branches on it.
    """
    for place in range(links.lowest.shape[1]):
        row = links.lowest[owner, np.uint64(place)]
        batch[count] = row
        count += marks[row] != mark
        marks[row] = mark
    return count


@part
def collect_allowed(
    links: Links,
    owner: np.uint64,
    allowed: NDArray[np.bool_],
    marks: NDArray[np.uint8],
    mark: np.uint8,
    batch: NDArray[np.uint32],
    count: int,
) -> int:
    """Do the same with those only that may be found, where they are enough to go on by."""
    width, neighbours, may_be = links.lowest.shape[1], 0, 0
    for place in range(width):
        row = links.lowest[owner, np.uint64(place)]
        neighbours += row != owner
        may_be += allowed[row] & (row != owner)
    if _ENOUGH * may_be < neighbours:
        return collect_new(links, owner, marks, mark, batch, count)
    for place in range(width):
        row = links.lowest[owner, np.uint64(place)]
        batch[count] = row
        is_new = allowed[row] & (marks[row] != mark)
        count += is_new
        marks[row] = mark if is_new else marks[row]
    return count


@part
def collect_past(
    links: Links,
    owner: np.uint64,
    allowed: NDArray[np.bool_],
    marks: NDArray[np.uint8],
    mark: np.uint8,
    batch: NDArray[np.uint32],
    count: int,
) -> int:
    """Do the same with those that may be found and, past the others, with their neighbours.

    The end of the batch is for the others, whose links are asked for before they are read.
    """
    lowest, width = links.lowest, links.lowest.shape[1]
    address, links_bytes, others = lowest.ctypes.data, 4 * np.intp(width), batch.size
    for place in range(width):
        row = lowest[owner, np.uint64(place)]
        is_new, may_be = marks[row] != mark, allowed[row]
        batch[count] = row
        count += is_new & may_be
        batch[others - 1] = row
        others -= is_new & (not may_be)
        marks[row] = mark
    for place in range(others, batch.size):
        ask_for_links(address, links_bytes, batch[place])
    for other in range(others, batch.size):
        line = np.uint64(batch[other])
        for place in range(width):
            row = lowest[line, np.uint64(place)]
            batch[count] = row
            is_new = allowed[row] & (marks[row] != mark)
            count += is_new
            marks[row] = mark if is_new else marks[row]
    return count


@part
def collect_all(
    links: Links,
    owner: np.uint64,
    _: NDArray[np.bool_],
    marks: NDArray[np.uint8],
    mark: np.uint8,
    batch: NDArray[np.uint32],
    count: int,
) -> int:
    """Do what `collect_new` does; where every row may be found."""
    return collect_new(links, owner, marks, mark, batch, count)


@part
def ask_for_links(lowest: int, width: np.intp, row: np.uint32) -> None:
    """Prefetch the links of a row; `lowest` is their address, `width` a row's bytes."""
    first = lowest + np.intp(row) * width
    for offset in range(0, width, LANES):
        prefetch(first + offset)
