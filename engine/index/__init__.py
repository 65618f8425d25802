"""Graphs of near neighbours, and whether this machine can build them.

An HNSW graph is built by hnswlib, which has no wheel and so wants a C++ compiler at install.
Whether it is there is told here, so that the app can say why large collections are scanned.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module


@dataclass(frozen=True, slots=True)
class GraphSupport:
    """Whether a graph could be built.

    Attributes:
        available: hnswlib can be imported.
        reason: why not and what to install, or empty.

    """

    available: bool
    reason: str = ""


@cache
def graph_support() -> GraphSupport:
    """Return whether hnswlib can be imported here."""
    try:
        import_module("hnswlib")
    except ImportError as error:
        return GraphSupport(
            available=False,
            reason=(
                f"hnswlib cannot be imported ({error}), so every search scans exactly. Install a "
                "C++ compiler and the Python headers (Debian: build-essential, python3-dev), "
                "then hnswlib."
            ),
        )
    return GraphSupport(available=True)
