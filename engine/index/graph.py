"""A graph of near neighbours in layers (Malkov and Yashunin, 2016), as hnswlib builds it.

hnswlib only builds. What its `save_index` writes is read here once, renumbered from hnswlib's own
order to the rows of the collection, and kept in plain arrays. A place without a link holds the row
itself: links end there, and a walk that reads on has seen that row already.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from engine.errors import CollectionCorrupt
from engine.index.quantised import aligned_zeros

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

_HEADER = np.dtype(  # of hnswlib 0.8, 96 bytes
    {
        "names": ["count", "size", "label", "vector", "top_level", "entry", "m"],
        "formats": ["<u8", "<u8", "<u8", "<u8", "<i4", "<u4", "<u8"],
        "offsets": [16, 24, 32, 40, 48, 52, 72],
        "itemsize": 96,
    }
)
_COUNT = 0xFFFF  # the bits of the first word of a node that tell how many links follow
_LINE = 16  # links in a cache line
_BLOCK = 1 << 16


class Links(NamedTuple):
    """The graph as the compiled loops take it; read-only arrays.

    Attributes:
        lowest: uint32 (rows, width): neighbours on the lowest level, which holds all rows.
        upper: uint32 (n, m): neighbours on higher levels, the levels of a row one after another.
        first_upper: int32 (rows,): where in `upper` a row's level 1 is; -1 for rows without one.
        entry: the row at which a walk starts.
        top_level: the highest level of that row.

    """

    lowest: NDArray[np.uint32]
    upper: NDArray[np.uint32]
    first_upper: NDArray[np.int32]
    entry: int
    top_level: int


@dataclass(frozen=True, eq=False)
class Graph:
    """Neighbours of rows; rows that were not indexed have none and are never reached."""

    links: Links

    def __len__(self) -> int:
        return len(self.links.lowest)

    @cached_property
    def damage(self) -> str:
        """Why the graph must not be walked, empty where it may be.

        Compiled walks do not look where they step. Every link is read when this is first asked.
        """
        links, rows = self.links, len(self)
        if links.first_upper.shape != (rows,):
            return f"{len(links.first_upper)} rows have upper levels, there are {rows}"
        farthest = max(
            links.entry, int(links.lowest.max(initial=0)), int(links.upper.max(initial=0))
        )
        if links.entry < 0 or farthest >= max(1, rows):
            return f"links lead from row {links.entry} to row {farthest}, there are {rows}"
        return _upper_damage(links) if rows else ""

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """Return all there is to save, by name."""
        top = np.array([self.links.entry, self.links.top_level], np.int64)
        return {
            "lowest": self.links.lowest,
            "upper": self.links.upper,
            "first_upper": self.links.first_upper,
            "top": top,
        }

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Graph:
        """Return what was saved; memory maps stay memory maps, and are not read."""
        entry, top_level = arrays["top"].tolist()
        names = ("lowest", "upper", "first_upper")
        parts = [np.asarray(arrays[name]).view() for name in names]
        for part in parts:
            part.setflags(write=False)
        return cls(Links(parts[0], parts[1], parts[2], entry, top_level))


def _upper_damage(links: Links) -> str:
    """Return why a walk down the upper levels would end outside of them, empty where it would not.

    The levels of a row are the blocks up to where another row's begin. Links of a level must lead
    to rows that have it.
    """
    blocks = len(links.upper)
    owners = np.flatnonzero(links.first_upper != -1)
    owners = owners[np.argsort(links.first_upper[owners])]
    starts = links.first_upper[owners].astype(np.int64)
    counts = np.diff(starts, append=blocks)
    if (counts < 1).any() or (starts[0] if len(starts) else blocks):
        return f"upper levels do not fill the {blocks} blocks of links that there are"
    levels = np.zeros(len(links.first_upper), np.int64)
    levels[owners] = counts
    if links.top_level > levels[links.entry]:
        return f"row {links.entry} has {levels[links.entry]} upper levels, not {links.top_level}"
    level = np.arange(blocks) - np.repeat(starts, counts) + 1
    astray = np.argwhere(levels[links.upper] < level[:, None])
    if len(astray):
        block, place = astray[0]
        row = links.upper[block, place]
        return f"links of upper level {level[block]} lead to row {row}, which has {levels[row]}"
    return ""


def read_hnswlib(path: Path, rows: int) -> Graph:
    """Return the graph that hnswlib's `save_index` wrote; the label of each item is its row.

    Args:
        path: of the file.
        rows: of the collection; labels are below.

    Raises:
        CollectionCorrupt: the file is cut short, or is of another making.

    """
    if path.stat().st_size < _HEADER.itemsize:
        raise CollectionCorrupt(f"{path} is no index of hnswlib: it has no header")
    file = np.memmap(path, np.uint8, mode="r")
    header = file[: _HEADER.itemsize].view(_HEADER)[0]
    count, size = int(header["count"]), int(header["size"])
    end = _HEADER.itemsize + count * size
    if not size or end > file.size or int(header["label"]) + 8 != size:
        raise CollectionCorrupt(f"{path} is cut short or of another version of hnswlib")
    nodes = file[_HEADER.itemsize : end].reshape(count, size)
    labels = nodes[:, int(header["label"]) :].copy().view(np.uint64)[:, 0].astype(np.int64)
    if count and labels.max() >= rows:
        raise CollectionCorrupt(f"{path} has row {labels.max()}, but there are {rows}")
    words = file[end : end + (file.size - end) // 4 * 4].view(np.uint32)
    try:
        upper, first_upper = _upper(words, labels, rows, int(header["m"]))
    except IndexError:
        raise CollectionCorrupt(
            f"{path} is cut short: links of higher levels are missing"
        ) from None
    lowest = _lowest(nodes, labels, rows, int(header["m"]))
    entry = int(labels[int(header["entry"])]) if count else 0
    return Graph.of_arrays(
        {
            "lowest": lowest,
            "upper": upper,
            "first_upper": first_upper,
            "top": np.array([entry, max(0, int(header["top_level"]))]),
        }
    )


def _lowest(
    nodes: NDArray[np.uint8], labels: NDArray[np.int64], rows: int, m: int
) -> NDArray[np.uint32]:
    width = -(-2 * m // _LINE) * _LINE
    links = aligned_zeros((rows, width), np.uint32)
    links[:] = np.arange(rows, dtype=np.uint32)[:, None]
    for start in range(0, len(nodes), _BLOCK):
        part = slice(start, start + _BLOCK)
        words = nodes[part, : 4 * (2 * m + 1)].copy().view(np.uint32)
        links[labels[part], : 2 * m] = _renumbered(words, labels, labels[part])
    return links


def _upper(
    words: NDArray[np.uint32], labels: NDArray[np.int64], rows: int, m: int
) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
    first_upper = np.full(rows, -1, np.int32)
    starts: list[int] = []
    owners: list[int] = []
    for node, start, levels in _lists(words, len(labels), m):
        first_upper[labels[node]] = len(starts)
        starts.extend(range(start, start + levels * (m + 1), m + 1))
        owners.extend([int(labels[node])] * levels)
    if not starts:
        return np.zeros((0, m), np.uint32), first_upper
    blocks = words[np.array(starts)[:, None] + np.arange(m + 1)]
    return _renumbered(blocks, labels, np.array(owners)), first_upper


def _lists(words: NDArray[np.uint32], count: int, m: int) -> Iterator[tuple[int, int, int]]:
    """Yield each node that has upper levels, where they begin, and how many there are."""
    place, all_words = 0, words.tolist()
    for node in range(count):
        levels = all_words[place] // (4 * (m + 1))
        place += 1
        if levels:
            yield node, place, levels
        place += levels * (m + 1)


def _renumbered(
    words: NDArray[np.uint32], labels: NDArray[np.int64], owners: NDArray[np.int64]
) -> NDArray[np.uint32]:
    """Return the rows that blocks (n, 1 + links) link to; places without a link hold the owner."""
    counts = words[:, :1] & _COUNT
    linked = np.arange(words.shape[1] - 1) < counts
    nodes = np.where(linked, words[:, 1:], 0)
    return np.where(linked, labels[nodes], owners[:, None]).astype(np.uint32)
