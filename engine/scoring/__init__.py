"""Scoring strategies (similarities in, scores out) and the kernels that make the similarities."""
