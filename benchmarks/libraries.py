"""Libraries that find nearest vectors, and nothing else: each as a function from a vector to rows.

All that have a graph get m 16 and ef_construct 100, and keep 100 candidates; each answers in one
thread. They carry no ids, payloads or results, so what they take is a search alone.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]
    Find = Callable[[NDArray[np.float32]], Iterable[int]]

M, EF = 16, 100


def hnswlib(vectors: Vectors, limit: int) -> Find:
    """Build with all processors and return the search."""
    index = import_module("hnswlib").Index("ip", vectors.shape[1])
    index.init_index(len(vectors), M=M, ef_construction=EF)
    index.add_items(vectors)
    index.set_ef(EF)
    index.set_num_threads(1)
    return lambda query: index.knn_query(query, k=limit)[0][0]


def faiss(vectors: Vectors, limit: int) -> Find:
    """Build with all processors and return the search."""
    module = import_module("faiss")
    index = module.IndexHNSWFlat(vectors.shape[1], M, module.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction, index.hnsw.efSearch = EF, EF
    index.add(vectors)
    return lambda query: index.search(query[None], limit)[1][0]


def usearch(vectors: Vectors, limit: int) -> Find:
    """Build with all processors and return the search."""
    index = import_module("usearch.index").Index(
        ndim=vectors.shape[1], metric="ip", connectivity=M, expansion_add=EF, expansion_search=EF
    )
    index.add(None, vectors)
    return lambda query: index.search(query, limit, threads=1).keys


def faiss_exact(vectors: Vectors, limit: int) -> Find:
    """Return the search that compares all vectors."""
    index = import_module("faiss").IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    return lambda query: index.search(query[None], limit)[1][0]


LIBRARIES: dict[str, Callable[[Vectors, int], Find]] = {
    "hnswlib": hnswlib,
    "faiss": faiss,
    "usearch": usearch,
    "faiss, exact": faiss_exact,
}
