"""How well scores separate two clusters: how much closer each point is to one than the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Side: TypeAlias = "tuple[str, str, NDArray[np.float32]]"
"""The name of a cluster, its CSS colour, and how much closer each of its points is to its own."""

BINS = 40
HEIGHT = 150


def spec(left: Side, right: Side) -> dict[str, Any]:
    """Return an ECharts option: how many points of each lie where between the two centroids.

    Left of 0 a point is closer to the left cluster, right of it to the right one.
    """
    edges = np.histogram_bin_edges(np.concatenate((-left[2], right[2])), BINS)
    middles = [f"{middle:.3f}" for middle in (edges[:-1] + edges[1:]) / 2]
    return {
        "animation": False,
        "grid": {"left": 6, "right": 6, "top": 6, "bottom": 22, "containLabel": False},
        "xAxis": {
            "type": "category",
            "data": middles,
            "axisTick": {"show": False},
            "axisLabel": {"fontSize": 10, "hideOverlap": True},
        },
        "yAxis": {"type": "value", "show": False},
        "tooltip": {"trigger": "axis"},
        "series": [
            _bars(left[0], left[1], -left[2], edges),
            _bars(right[0], right[1], right[2], edges),
        ],
    }


def _bars(
    name: str, colour: str, leads: NDArray[np.float32], edges: NDArray[np.floating]
) -> dict[str, Any]:
    return {
        "type": "bar",
        "name": name,
        "data": np.histogram(leads, edges)[0].tolist(),
        "itemStyle": {"color": colour, "opacity": 0.75},
        "barGap": "-100%",
        "barCategoryGap": "0%",
    }
