"""How the points look that a pipeline's stages show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.results import descriptions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from engine.ids import PointId
    from explorer.client import Client
    from explorer.hints import Hints
    from explorer.pipeline.pipeline import Pipeline
    from explorer.pipeline.run import Run
    from explorer.results import Description

SHOWN = 24
"""How many candidates of a stage are shown."""


def looks(
    client: Client, pipeline: Pipeline, run: Run | None, further: Iterable[PointId], hints: Hints
) -> dict[PointId, Description]:
    """Return how the examples, the best points of every stage and some further points look, by id.

    Points that are gone are left out. Raises what the client raises.
    """
    ids = [*pipeline.examples, *further, *_best(run)]
    return descriptions(client, pipeline.collection, ids, hints)


def _best(run: Run | None) -> Iterator[PointId]:
    for report in () if run is None else run.reports.values():
        yield from (candidate.id for candidate in report.passed[:SHOWN])
