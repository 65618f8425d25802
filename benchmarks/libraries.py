"""Libraries that find nearest vectors: each as a function from a vector to rows.

All that have a graph get m 16 and ef_construct 100, and keep as many candidates as they are told;
each answers in one thread. But for LanceDB, a database, they carry no ids, payloads or results, so
what they take is a search alone.
"""

from __future__ import annotations

import tempfile
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]
    Kept = Mapping[str, NDArray[np.bool_]]
    Find = Callable[[NDArray[np.float32], str | None, int], Iterable[int]]
    """A search for a vector among all rows, or among those that a filter of this name keeps, with
    so many candidates."""

M, EF = 16, 100


def hnswlib(vectors: Vectors, limit: int, kept: Kept) -> Find:
    """Build with all processors and return the search; its filter is a function of Python."""
    index: Any = import_module("hnswlib").Index("ip", vectors.shape[1])
    index.init_index(len(vectors), M=M, ef_construction=EF)
    index.add_items(vectors)
    index.set_num_threads(1)

    def find(query: NDArray[np.float32], condition: str | None, ef: int) -> Iterable[int]:
        index.set_ef(ef)
        keeps = None if condition is None else kept[condition].item
        try:
            rows: Iterable[int] = index.knn_query(query, k=limit, filter=keeps)[0][0]
        except RuntimeError:  # its way to say that it met fewer than were asked for
            rows = []
        return rows

    return find


def faiss(vectors: Vectors, limit: int, _: Kept) -> Find:
    """Build with all processors and return the search."""
    module = import_module("faiss")
    index = module.IndexHNSWFlat(vectors.shape[1], M, module.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = EF
    index.add(vectors)

    def find(query: NDArray[np.float32], _: str | None, ef: int) -> Iterable[int]:
        index.hnsw.efSearch = ef
        rows: Iterable[int] = index.search(query[None], limit)[1][0]
        return rows

    return find


def usearch(vectors: Vectors, limit: int, _: Kept) -> Find:
    """Build with all processors and return the search."""
    index = import_module("usearch.index").Index(
        ndim=vectors.shape[1], metric="ip", connectivity=M, expansion_add=EF
    )
    index.add(None, vectors)

    def find(query: NDArray[np.float32], _: str | None, ef: int) -> Iterable[int]:
        index.expansion_search = ef
        rows: Iterable[int] = index.search(query, limit, threads=1).keys
        return rows

    return find


def faiss_exact(vectors: Vectors, limit: int, _: Kept) -> Find:
    """Return the search that compares all vectors."""
    index = import_module("faiss").IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    return lambda query, _, __: index.search(query[None], limit)[1][0]


def lancedb(vectors: Vectors, limit: int, kept: Kept) -> Find:
    """Write a table, with a graph over 8 bits an element and bitmaps, and return the search.

    Three times the limit are rescored by stored vectors, as ours are.
    """
    arrow, library = import_module("pyarrow"), import_module("lancedb")
    indexes = import_module("lancedb.index")
    folder = tempfile.TemporaryDirectory()
    lists = arrow.FixedSizeListArray.from_arrays(arrow.array(vectors.ravel()), vectors.shape[1])
    columns = {"id": arrow.array(range(len(vectors))), "vector": lists}
    columns |= {name: arrow.array(mask) for name, mask in kept.items()}
    table: Any = library.connect(folder.name).create_table("points", arrow.table(columns))
    graph = indexes.HnswSq(distance_type="cosine", num_partitions=1, m=M, ef_construction=EF)
    table.create_index("vector", config=graph)
    for name in kept:
        table.create_index(name, config=indexes.Bitmap())

    def find(query: NDArray[np.float32], condition: str | None, ef: int) -> Iterable[int]:
        _ = folder  # lives as long as its search
        asked = table.search(query).distance_type("cosine").ef(ef).refine_factor(3).limit(limit)
        if condition is not None:
            asked = asked.where(condition, prefilter=True)
        rows: list[int] = asked.select(["id", "_distance"]).to_arrow()["id"].to_pylist()
        return rows

    return find


LIBRARIES: dict[str, Callable[[Vectors, int, Kept], Find]] = {
    "hnswlib": hnswlib,
    "lancedb": lancedb,
    "faiss": faiss,
    "usearch": usearch,
    "faiss, exact": faiss_exact,
}

FILTERING = frozenset({"hnswlib", "lancedb"})
"""Those that look for nearest vectors among the rows that a filter keeps."""
