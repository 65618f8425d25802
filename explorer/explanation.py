"""Why results score as they do: parts that add up, each named by the example it comes from."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, cast

from qdrant_client import models

from engine import Engine, NotFound, NotSupported
from explorer.examples import Vector
from explorer.layout import vectors_of
from explorer.results import Part, describe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from engine.ids import PointId
    from engine.query.explain import Explanation
    from engine.query.explain import Part as Share
    from explorer.client import Client
    from explorer.draft import Draft
    from explorer.examples import Example
    from explorer.hints import Hints


def score_parts(
    client: Client, draft: Draft, ids: Sequence[PointId], hints: Hints
) -> dict[PointId, tuple[Part, ...]]:
    """Return the parts of the scores that a draft gives to points, by id.

    A server does not explain its scores: the vectors of these few points and of the examples are
    fetched, and the engine here scores them by the same formulas. Empty where that cannot be, since
    the weights of a sparse vector depend on all points of the collection.

    Args:
        client: embedded or remote.
        draft: what was asked.
        ids: the points that were found.
        hints: how the examples are called.

    Points that were deleted meanwhile have no parts, and none has any once an example is gone.

    """
    request = draft.request()
    if request is None or not ids:
        return {}
    names = _Names(draft, _titles(client, draft, hints))
    return {
        explanation.point: tuple(Part(names.of(part), part.contribution) for part in shares)
        for explanation in _explanations(client, draft, request, ids)
        if (shares := explanation.parts)
    }


def _explanations(
    client: Client, draft: Draft, request: models.QueryRequest, ids: Sequence[PointId]
) -> list[Explanation]:
    if isinstance(client, Engine):
        return _of_those_left(partial(client.explain, draft.collection, request), ids)
    params = client.get_collection(draft.collection).config.params
    dense, sparse = _only(params.vectors, draft.using), _only(params.sparse_vectors, draft.using)
    if any(one.modifier is models.Modifier.IDF for one in (sparse or {}).values()):
        return []
    asked = request.model_copy(update={"filter": None, "params": None})
    wanted = list(dict.fromkeys([*ids, *_points(draft)]))
    used = [draft.using] if draft.using else True
    records = client.retrieve(draft.collection, wanted, with_payload=False, with_vectors=used)
    with Engine(":memory:", warm=False) as here:
        try:
            here.create_collection(draft.collection, dense, sparse)
        except NotSupported:  # a datatype that only servers have
            return []
        here.upsert(
            draft.collection,
            [
                models.PointStruct(id=r.id, vector=cast("models.VectorStruct", r.vector))
                for r in records
            ],
        )
        return _of_those_left(partial(here.explain, draft.collection, asked), ids)


def _of_those_left(
    explain: Callable[[Sequence[PointId]], list[Explanation]], ids: Sequence[PointId]
) -> list[Explanation]:
    """Return the explanations of the points that still exist."""
    try:
        return explain(ids)
    except NotFound:
        if len(ids) == 1:
            return []
        return [found for point in ids for found in _of_those_left(explain, [point])]


def _only(vectors: Any, name: str) -> Any:
    """Return the parameters of one named vector, or those of the unnamed one."""
    if not isinstance(vectors, dict):
        return vectors
    return {name: vectors[name]} if name in vectors else {}


class _Names:
    """What the parts of a draft's scores are called."""

    def __init__(self, draft: Draft, titles: Mapping[PointId, str]) -> None:
        self._examples = draft.examples
        self._pairs = [pair for pair in draft.examples.pairs if pair.complete]
        self._titles = titles

    def of(self, part: Share) -> str:
        match part.role:
            case "target":
                return f"near {self._title(self._examples.target)}"
            case "positive":
                return f"like {self._title(self._examples.positives[part.number])}"
            case "negative":
                return f"unlike {self._title(self._examples.negatives[part.number])}"
            case "pair":
                pair = self._pairs[part.number]
                return f"{self._title(pair.positive)} over {self._title(pair.negative)}"
            case "average":
                return "near their average"

    def _title(self, example: Example | None) -> str:
        if isinstance(example, Vector):
            return example.label or "the vector"
        return self._titles.get(cast("PointId", example), f"point {example}")


def without_vector(client: Client, draft: Draft, hints: Hints) -> tuple[str, ...]:
    """Return the titles of examples that lack the draft's vector; such a draft is refused."""
    titles = _titles(client, draft, hints)
    table = vectors_of(client, draft.collection, draft.using, tuple(titles))
    here = zip(table.ids, table.present.tolist(), strict=True)
    return tuple(titles[point] for point, present in here if not present)


def deleted(client: Client, draft: Draft, hints: Hints) -> tuple[str, ...]:
    """Return what examples are called that are points no more; such a draft is refused, too."""
    titles = _titles(client, draft, hints)
    return tuple(f"Point {point}" for point in _points(draft) if point not in titles)


def _titles(client: Client, draft: Draft, hints: Hints) -> dict[PointId, str]:
    points = _points(draft)
    if not points:
        return {}
    records = client.retrieve(draft.collection, points, with_payload=True)
    return {
        (point := cast("PointId", record.id)): describe(point, record.payload or {}, hints).title
        for record in records
    }


def _points(draft: Draft) -> list[PointId]:
    return [entry.example for entry in draft.played if not isinstance(entry.example, Vector)]
