"""The real engine in this process, asked about payloads alone: the oracle of payload tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import qdrant_edge as edge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

Json = dict[str, Any]

_MATCHES = {
    "value": edge.MatchValue,
    "any": edge.MatchAny,
    "except": edge.MatchExcept,
    "text": edge.MatchText,
    "text_any": edge.MatchTextAny,
    "phrase": edge.MatchPhrase,
    "prefix": edge.MatchPrefix,
}


class PayloadOracle:
    """A shard with one point per payload; ids are the positions."""

    def __init__(
        self, folder: Path, payloads: Sequence[Json], indexes: Mapping[str, Any] | None = None
    ) -> None:
        params = edge.EdgeVectorParams(1, edge.Distance.Dot)
        self.shard = edge.EdgeShard.create(str(folder), edge.EdgeConfig(vectors=params))
        for field, schema in (indexes or {}).items():
            self.shard.update(edge.UpdateOperation.create_field_index(field, schema))
        points = [edge.Point(row, [1.0], payload) for row, payload in enumerate(payloads)]
        self.shard.update(edge.UpdateOperation.upsert_points(points))

    def matching(self, query_filter: Json) -> list[int]:
        """Return the ids a filter lets through."""
        request = edge.ScrollRequest(limit=10_000, filter=edge_filter(query_filter))
        points, _ = self.shard.scroll(request)
        return sorted(int(str(point.id)) for point in points)

    def facet(self, key: str, query_filter: Json) -> list[tuple[Any, int]]:
        """Return values and counts."""
        request = edge.FacetRequest(key, 1000, True, edge_filter(query_filter))
        return [(hit.value, hit.count) for hit in self.shard.facet(request).hits]

    def payload(self, row: int, selector: Any = True) -> Json:
        """Return one payload, or the selected part of it."""
        return self.shard.retrieve([row], selector, False)[0].payload or {}

    def update(self, operation: str, *arguments: Any) -> None:
        """Apply a payload operation by its name in the engine."""
        self.shard.update(getattr(edge.UpdateOperation, operation)(*arguments))

    def close(self) -> None:
        self.shard.close()


def edge_filter(query_filter: Json) -> edge.Filter:
    """Return a filter in JSON as the engine's own object."""
    clauses: dict[str, Any] = {
        name: [_condition(condition) for condition in query_filter[name]]
        for name in ("must", "should", "must_not")
        if name in query_filter
    }
    if "min_should" in query_filter:
        wanted = query_filter["min_should"]
        conditions = [_condition(condition) for condition in wanted["conditions"]]
        clauses["min_should"] = edge.MinShould(conditions, wanted["min_count"])
    return edge.Filter(**clauses)


def _condition(condition: Json) -> Any:
    match condition:
        case {"key": key, **test}:
            return edge.FieldCondition(key, **dict(_field_test(*item) for item in test.items()))
        case {"is_empty": {"key": key}}:
            return edge.IsEmptyCondition(key)
        case {"is_null": {"key": key}}:
            return edge.IsNullCondition(key)
        case {"has_id": ids}:
            return edge.HasIdCondition(set(ids))
        case {"nested": {"key": key, "filter": inner}}:
            return edge.NestedCondition(key, edge_filter(inner))
        case {"slice": {"total": total, "index": index}}:
            return edge.SliceCondition(total, index)  # type: ignore[attr-defined]  # its stub lacks it
    return edge_filter(condition)


def _field_test(name: str, test: Any) -> tuple[str, Any]:
    match name:
        case "match":
            ((kind, value),) = test.items()
            return name, _MATCHES[kind](value)
        case "range":
            of_moments = any(isinstance(bound, str) for bound in test.values())
            return name, (edge.RangeDateTime if of_moments else edge.RangeFloat)(**test)
        case "values_count":
            return name, edge.ValuesCount(**test)
        case "geo_radius":
            return name, edge.GeoRadius(_place(test["center"]), test["radius"])
        case "geo_bounding_box":
            corners = _place(test["top_left"]), _place(test["bottom_right"])
            return name, edge.GeoBoundingBox(*corners)
        case "geo_polygon":
            holes = [_ring(ring) for ring in test.get("interiors", [])]
            return name, edge.GeoPolygon(_ring(test["exterior"]), holes or None)
    return name, test


def _place(point: Json) -> Any:
    return edge.GeoPoint(float(point["lon"]), float(point["lat"]))


def _ring(ring: Json) -> list[Any]:
    return [_place(point) for point in ring["points"]]
