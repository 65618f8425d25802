"""The same candidates fused by rank and by score, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.pipeline.events import OperationChosen
from explorer.pipeline.request import request
from explorer.pipeline.run import answer
from explorer.pipeline.stage import RankFusion, ScoreFusion

if TYPE_CHECKING:
    from qdrant_client import models

    from engine.query.trace import Place
    from explorer.client import Client
    from explorer.pipeline.pipeline import Pipeline
    from explorer.pipeline.request import Encode


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a pipeline finds when one of its stages fuses by rank (RRF) and by score (DBSF).

    Attributes:
        place: of the stage.
        by_rank: results with RRF, best first.
        by_score: results with DBSF, best first.

    """

    place: Place
    by_rank: tuple[models.ScoredPoint, ...]
    by_score: tuple[models.ScoredPoint, ...]

    @property
    def shared(self) -> int:
        """How many results both have."""
        return len({hit.id for hit in self.by_rank} & {hit.id for hit in self.by_score})


def fusion_place(pipeline: Pipeline) -> Place | None:
    """Return the place of the last fusion, or None where nothing is fused."""
    fusions = (
        place
        for place, stage in pipeline.stages()
        if isinstance(stage.operation, RankFusion | ScoreFusion)
    )
    return next(fusions, None)


def compare(client: Client, pipeline: Pipeline, place: Place, encode: Encode) -> Comparison:
    """Return what both fusions make of the stage at a place; RRF keeps its k and weights.

    Raises what `run` raises.
    """
    fusion = pipeline.at(place).operation
    by_rank = fusion if isinstance(fusion, RankFusion) else RankFusion()
    results = []
    for operation in (by_rank, ScoreFusion()):
        variant = pipeline.apply(OperationChosen(place, operation))
        results.append(answer(client, pipeline.collection, request(variant, encode))[1])
    return Comparison(place, *results)
