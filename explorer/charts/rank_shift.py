"""Two rankings side by side, a line for each point from its rank in one to that in the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.ids import PointId

Ranking: TypeAlias = "tuple[str, Sequence[PointId]]"
"""What a ranking is called, and its points, best first."""

UP, DOWN, SAME = "#2F8FD0", "#D9772B", "#8894A4"
"""Rises, falls, stays: told apart by readers of all kinds of colour vision, on light and dark."""

ROW = 30  # pixels of a rank
HEAD = 56  # pixels of the names above


def height(ranks: int) -> int:
    """Return the pixels that a chart of so many ranks wants."""
    return HEAD + ROW * max(ranks, 1)


def spec(left: Ranking, right: Ranking, titles: Mapping[PointId, str]) -> dict[str, Any]:
    """Return an ECharts option: ranks of `left` and `right`, best on top, points by their titles.

    A point that only one of them has is a dot on its side.
    """
    ranks = [{point: rank for rank, point in enumerate(points, 1)} for _, points in (left, right)]
    points = list(dict.fromkeys([*ranks[0], *ranks[1]]))
    last = max((len(side) for side in ranks), default=1)
    return {
        "animation": False,
        "grid": {"left": "32%", "right": "32%", "top": HEAD - 16, "bottom": 8},
        "xAxis": {
            "type": "category",
            "data": [left[0], right[0]],
            "boundaryGap": False,
            "position": "top",
            "axisLine": {"show": False},
            "axisTick": {"show": False},
            "axisLabel": {"fontWeight": 600, "fontSize": 13, "margin": 16},
        },
        "yAxis": {"type": "value", "inverse": True, "min": 0.5, "max": last + 0.5, "show": False},
        "tooltip": {"trigger": "item", "formatter": "{a}"},
        "series": [
            _line(titles.get(point, str(point)), ranks[0].get(point), ranks[1].get(point))
            for point in points
        ],
    }


def _line(title: str, before: int | None, after: int | None) -> dict[str, Any]:
    colour = _colour(before, after)
    return {
        "type": "line",
        "name": f"{title}: {_moved(before, after)}",
        "data": [
            _end(before, f"{title}  {before}", "left"),
            _end(after, f"{after}  {title}{_sign(before, after)}", "right"),
        ],
        "symbol": "circle",
        "symbolSize": 8,
        "lineStyle": {"width": 2.5, "color": colour},
        "itemStyle": {"color": colour},
        "emphasis": {"focus": "series"},
    }


def _end(rank: int | None, label: str, position: str) -> dict[str, Any] | None:
    if rank is None:
        return None
    text = {"show": True, "formatter": label, "position": position, "distance": 8}
    return {"value": rank, "label": text | {"width": 220, "overflow": "truncate", "fontSize": 13}}


def _colour(before: int | None, after: int | None) -> str:
    if before is None or after is None or before == after:
        return SAME
    return UP if after < before else DOWN


def _sign(before: int | None, after: int | None) -> str:
    if before is None:
        return "  new"
    if after is None or after == before:
        return ""
    return f"  {'▲' if after < before else '▼'} {abs(after - before)}"


def _moved(before: int | None, after: int | None) -> str:
    if before is None or after is None:
        return f"rank {after or before} on this side only"
    return f"rank {before} → {after}"
