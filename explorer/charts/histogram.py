"""How often each score occurs: bars over equal ranges of the scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BARS = 40
COLOUR = "#2F8FD0"


def spec(scores: NDArray[np.float32], name: str) -> dict[str, Any]:
    """Return an ECharts option: how many of the scores (n,) fall into each range.

    `name` stands under the axis. Scores that are not finite are left out.
    """
    finite = scores[np.isfinite(scores)]
    counts, edges = np.histogram(finite, bins=BARS) if len(finite) else ([], np.zeros(1))
    ends = list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))
    bars = [
        {"value": count, "name": f"{low:.4g} to {high:.4g}: {count:,}"}
        for (low, high), count in zip(ends, np.asarray(counts).tolist(), strict=True)
    ]
    return {
        "animation": False,
        "grid": {"left": 56, "right": 16, "top": 12, "bottom": 44},
        "xAxis": {
            "type": "category",
            "data": [f"{(low + high) / 2:.3g}" for low, high in ends],
            "name": name,
            "nameLocation": "middle",
            "nameGap": 28,
            "axisTick": {"show": False},
            "axisLabel": {"hideOverlap": True},
        },
        "yAxis": {"type": "value", "minInterval": 1},
        "tooltip": {"trigger": "item", "formatter": "{b}"},
        "series": [
            {
                "type": "bar",
                "data": bars,
                "barCategoryGap": "8%",
                "itemStyle": {"color": COLOUR},
            }
        ],
    }
