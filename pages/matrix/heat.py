"""The heat map of the Matrix page, and what a block drawn on it selects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explorer.colours import RAMP
from pages import startup, visit
from pages.components import mount
from pages.serving import routes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.matrix import Matrix
    from explorer.points import PointMap


def show(matrix: Matrix, points: PointMap, scale: str, height: str) -> None:
    """Draw the heat map.

    Args:
        matrix: what it shows.
        points: the map beside it, which has the points' cards.
        scale: how scores become shades: rank, linear or log.
        height: any CSS length.

    """
    mount(
        "heatmap",
        {
            "cells": {"url": routes.matrix_url(matrix, points), "version": matrix.version},
            "larger_is_better": matrix.neighbours.larger_is_better,
            "scale": scale,
            "ramp": RAMP,
            "details_url": routes.details_url(points),
            "height": height,
        },
        points,
        channel="matrix.heat",
        apply=_take,
    )


def _take(event: Mapping[str, Any], points: PointMap) -> None:
    """Select the points of a block: those of its rows and those of its columns."""
    if event["kind"] != "block":
        return
    matrices = startup.connection().matrices
    matrix = matrices.of_version(points.collection, str(event.get("version")))
    if matrix is None:  # drawn on a matrix before this one: it selects nothing here
        return
    visit.select(matrix.within(_range(event.get("rows")), _range(event.get("columns"))))


def _range(ends: object) -> range:
    """Return the positions that the browser named; none where it named no two numbers."""
    match ends:
        case [int(first), int(last)]:
            return range(max(first, 0), last + 1)
    return range(0)
