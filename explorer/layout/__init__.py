"""Two-dimensional layouts of a collection: PCA at once, UMAP in the background, then stored."""

from explorer.layout.geo import geo_layout
from explorer.layout.layout import Layout, LayoutError, Method
from explorer.layout.settings import Settings
from explorer.layout.stored import (
    forget,
    lay_out_by_umap,
    layout_for,
    pca_layout,
    store,
    umap_layout,
)
from explorer.layout.vectors import VectorTable, read_vectors, vector_names, vectors_of

__all__ = [
    "Layout",
    "LayoutError",
    "Method",
    "Settings",
    "VectorTable",
    "forget",
    "geo_layout",
    "lay_out_by_umap",
    "layout_for",
    "pca_layout",
    "read_vectors",
    "store",
    "umap_layout",
    "vector_names",
    "vectors_of",
]
