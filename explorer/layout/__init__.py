"""Layouts of a collection: PCA at once, UMAP in the background, the payload's own; then stored."""

from explorer.layout.coordinates import coordinates_layout
from explorer.layout.expectation import expected_seconds
from explorer.layout.layout import Layout, LayoutError, Method, Quality, Standing
from explorer.layout.methods import pca_layout, umap_layout
from explorer.layout.recipe import Recipe
from explorer.layout.settings import Settings
from explorer.layout.stored import forget, lay_out, layout_for, store
from explorer.layout.tint import Tint, tint_values, tints
from explorer.layout.vectors import VectorTable, read_vectors, vector_names, vectors_of

__all__ = [
    "Layout",
    "LayoutError",
    "Method",
    "Quality",
    "Recipe",
    "Settings",
    "Standing",
    "Tint",
    "VectorTable",
    "coordinates_layout",
    "expected_seconds",
    "forget",
    "lay_out",
    "layout_for",
    "pca_layout",
    "read_vectors",
    "store",
    "tint_values",
    "tints",
    "umap_layout",
    "vector_names",
    "vectors_of",
]
