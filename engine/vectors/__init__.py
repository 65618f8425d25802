"""Stored vectors of each kind: encoding at insert, exact similarities of rows to queries."""

from typing import TypeAlias

from engine.vectors.dense import DenseRows, encode_dense, normalised, stored_dtype
from engine.vectors.multi import MultiRows, encode_multi
from engine.vectors.sparse import SparseRows, encode_sparse
from engine.vectors.values import SparseValues, Vector, parse_vector, parse_vectors

VectorRows: TypeAlias = DenseRows | SparseRows | MultiRows
"""All rows of one named vector, each with a mask of those that have it."""

__all__ = [
    "DenseRows",
    "MultiRows",
    "SparseRows",
    "SparseValues",
    "Vector",
    "VectorRows",
    "encode_dense",
    "encode_multi",
    "encode_sparse",
    "normalised",
    "parse_vector",
    "parse_vectors",
    "stored_dtype",
]
