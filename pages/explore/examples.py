"""The examples of the query as chips: what each is, the role it plays, and a way to drop it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from explorer.examples import Vector
from explorer.results import describe
from pages.components import mount
from pages.map_view import roles_available

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from engine.ids import PointId
    from explorer.draft import Draft
    from explorer.examples import Played
    from explorer.hints import Hints
    from explorer.points import PointMap
    from explorer.workspace import Workspace


def show(workspace: Workspace, points: PointMap, draft: Draft, hints: Hints) -> None:
    """Draw the chips, or what to click first."""
    payloads = _payloads(workspace, draft)

    def chip(played: Played) -> dict[str, Any]:
        example = played.example
        if isinstance(example, Vector):
            looks = {"title": example.label or "a vector", "picture": {"kind": "none"}}
            return {
                "role": played.role,
                "index": None,
                "id": None,
                "pair": played.pair_number,
                **looks,
            }
        point = describe(example, payloads.get(example, {}), hints)
        return {
            "role": played.role,
            "index": points.index(example),
            "id": str(example),
            "pair": played.pair_number,
            "title": point.title if example in payloads else f"{point.title}, deleted",
            "picture": point.picture,
        }

    mount(
        "chips",
        {
            "items": [chip(played) for played in draft.played],
            "roles_available": roles_available(draft),
            "empty": draft.missing(),
        },
        points,
    )


def _payloads(workspace: Workspace, draft: Draft) -> Mapping[PointId, Mapping[str, Any]]:
    ids = list(_ids(draft.played))
    if not ids:
        return {}
    records = workspace.client.retrieve(draft.collection, ids, with_payload=True)
    return {cast("PointId", record.id): record.payload or {} for record in records}


def _ids(played: Iterable[Played]) -> Iterable[PointId]:
    return (entry.example for entry in played if not isinstance(entry.example, Vector))
