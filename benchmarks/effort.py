"""How hard a contender looks: as it does by itself, or as hard as it takes to find enough.

Times tell little where one finds half of what another does. So who finds too little by itself is
asked to look harder until it finds enough, as ANN-Benchmarks compare (Aumüller, Bernhardsson and
Faithfull, 2020).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from qdrant_client import models

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Requests = Sequence[models.QueryRequest]
    Ask = Callable[[models.QueryRequest], list[int]]
    Measure = Callable[[Ask, Requests], float]
    """Returns the recall of what is answered."""

ENOUGH = 0.95
EFFORTS = (
    *(models.SearchParams(hnsw_ef=candidates) for candidates in (100, 200, 400, 800, 1600, 3200)),
    models.SearchParams(exact=True),
)
"""Ever harder ways to look; the last compares all points."""


class Contender(NamedTuple):
    """One who answers a round of requests.

    Attributes:
        name: says how hard it looks, where not as by itself.
        ask: answers a request.
        requests: of the round, with the parameters that it gets.
        recall: of its answers.

    """

    name: str
    ask: Ask
    requests: Requests
    recall: float

    @property
    def finds_enough(self) -> bool:
        """Whether its times may be compared."""
        return self.recall >= ENOUGH


def looking_harder(contender: Contender, measure: Measure) -> Contender:
    """Return the contender with the least effort that finds enough, else with the best recall."""
    best = contender
    for params in EFFORTS:
        if best.finds_enough:
            break
        requests = [each.model_copy(update={"params": params}) for each in contender.requests]
        found = measure(contender.ask, requests)
        if found > best.recall:
            effort = "exact" if params.exact else f"harder, ef {params.hnsw_ef}"
            best = Contender(f"{contender.name}, {effort}", contender.ask, requests, found)
    return best
