"""Building a graph: hnswlib links the rows, and what it made is kept in our own arrays."""

from __future__ import annotations

import errno
import importlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from qdrant_client import models

from engine.index.graph import read_hnswlib
from engine.index.memory import available_memory, fits, graph_memory
from engine.index.quantised import Quantised, quantise
from engine.index.segment import Segment

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from engine.index.parameters import GraphParameters
    from engine.vectors import DenseRows

_STEP = 512  # rows between two looks at whether to stop: well below a second
_PASSES = 128
"""Rows are linked in so many passes over all of them, a part of each: of subjects that were added
one after the other, the links between the early ones would not lead to the later ones."""
_SEED = 100
_GIB = 1 << 30

# hnswlib has no Manhattan space. Neighbours under Euclid are good ways under Manhattan too, and a
# walk compares by the distance that it searches with.
_SPACE = {
    models.Distance.COSINE: "ip",  # rows are stored normalised
    models.Distance.DOT: "ip",
    models.Distance.EUCLID: "l2",
    models.Distance.MANHATTAN: "l2",
}


class BuildCancelled(Exception):
    """Raised when a build stops because it was asked to; nothing of it is left."""


class Watch(Protocol):
    """Looks on while a graph is built."""

    def __call__(self, done: int, total: int) -> None:
        """Take note that `done` of `total` rows are linked; raise BuildCancelled to stop."""


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """Which rows of a vector a segment covers, and which of those become nodes with links.

    Attributes:
        covered: int64 (rows of the segment,), ascending.
        linked: int64 (n,), places in `covered`, ascending.

    """

    covered: NDArray[np.int64]
    linked: NDArray[np.int64]

    @classmethod
    def of(cls, live: NDArray[np.bool_], present: NDArray[np.bool_], *, compact: bool) -> Members:
        """Return the members among rows, bool (rows,) each: the live ones that have the vector.

        With `compact` dead rows are not covered, so that rows have the numbers of a collection that
        was rewritten without them.
        """
        covered = np.flatnonzero(live) if compact else np.arange(len(live))
        return cls(covered, np.flatnonzero((live & present)[covered]))


def build_segment(
    vectors: DenseRows, members: Members, parameters: GraphParameters, scratch: Path, watch: Watch
) -> Segment:
    """Return the segment of some rows.

    Args:
        vectors: all rows; at least one is a member.
        members: which of them.
        parameters: of the graph.
        scratch: a folder for hnswlib's file, which is as large as the rows and their links.
        watch: is told how far it is, and may stop it.

    Raises:
        BuildCancelled: as `watch` said.
        OSError: no space for the file.
        MemoryError: the graph takes more than this process may.

    """
    _check_memory(vectors, members, parameters)
    index = _linked(vectors, members, parameters, watch)
    path = scratch / "hnswlib.bin"
    rows, linked = len(members.covered), len(members.linked)
    try:
        _save(index, path)
        del index
        watch(linked, linked)
        graph = read_hnswlib(path, rows)
    finally:
        path.unlink(missing_ok=True)
    watch(linked, linked)
    return Segment(rows, linked, parameters.shape, graph, _quantised(vectors, members))


def _check_memory(vectors: DenseRows, members: Members, parameters: GraphParameters) -> None:
    needed = graph_memory(len(members.linked), vectors.spec.size, parameters.shape.m)
    if not fits(needed):
        raise MemoryError(
            f"Linking {len(members.linked):,} vectors takes {needed / _GIB:.2g} GiB of memory, and "
            f"{(available_memory() or 0) / _GIB:.2g} GiB are free. Searches go on without the "
            "graph; allow this process more memory, then build it again."
        )


def _save(index: Any, path: Path) -> None:
    """Write hnswlib's index, which does not say when the disk is full."""
    index.save_index(str(path))
    if path.stat().st_size < index.index_file_size():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


def _linked(vectors: DenseRows, members: Members, parameters: GraphParameters, watch: Watch) -> Any:
    """Return hnswlib's index, labelled by places among the covered rows."""
    spec, total = vectors.spec, len(members.linked)
    by_angle = vectors.data.dtype == np.uint8 and spec.distance == models.Distance.COSINE
    index = importlib.import_module("hnswlib").Index(
        "cosine" if by_angle else _SPACE[spec.distance], spec.size
    )
    index.init_index(total, parameters.shape.m, parameters.shape.ef_construct, _SEED)
    order = np.concatenate([members.linked[first::_PASSES] for first in range(_PASSES)])
    threads = parameters.threads or os.cpu_count() or 1
    for start in range(0, total, _STEP):
        watch(start, total)
        nodes = order[start : start + _STEP]
        rows = vectors.data[members.covered[nodes]].astype(np.float32, copy=False)
        index.add_items(rows, nodes, threads)
    watch(total, total)
    return index


def _quantised(vectors: DenseRows, members: Members) -> Quantised | None:
    whole = quantise(vectors.spec.distance, vectors.data)
    if whole is None or len(members.covered) == len(vectors.data):
        return whole
    kept = {name: whole.arrays()[name][members.covered] for name in ("codes", "facts")}
    return Quantised.of_arrays({**whole.arrays(), **kept})
