"""Two-dimensional layouts of a collection: PCA at once, UMAP in the background, then stored."""

from explorer.layout.layout import Layout, LayoutError, Method
from explorer.layout.stored import layout_for, pca_layout
from explorer.layout.vectors import VectorTable, read_vectors, vector_names

__all__ = [
    "Layout",
    "LayoutError",
    "Method",
    "VectorTable",
    "layout_for",
    "pca_layout",
    "read_vectors",
    "vector_names",
]
