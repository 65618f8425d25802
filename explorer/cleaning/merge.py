"""One point out of several, and another label for a point: what changes in the payload."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from engine.payload.key_path import parse_key_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from explorer.findings import Label

RULE = (
    "The kept point's values stay. Fields that it lacks, or that are empty there, come from the "
    "others in the order shown. Lists are joined, each element once."
)
"""How payloads are merged, for people."""


def merged_fields(kept: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the fields of the kept point that get another value by `RULE`."""
    fields: dict[str, Any] = {}
    for other in others:
        for name, theirs in other.items():
            ours = fields.get(name, kept.get(name))
            united = _united(ours, theirs)
            if name not in kept or united != ours:
                fields[name] = united
    return fields


def relabelled(payload: Mapping[str, Any], field: str, label: Label) -> dict[str, Any] | None:
    """Return the field at the top of the payload that changes when the label at a path does.

    Of a list of labels the first one changes. None where the path leads nowhere in this payload, or
    through a list of objects.
    """
    *way, last = parse_key_path(field).steps
    changed = deepcopy(dict(payload))
    inner: Any = changed
    for step in way:
        if not isinstance(inner, dict) or step not in inner:
            return None
        inner = inner[step]
    if not isinstance(inner, dict) or last not in inner:
        return None
    first_of_list = isinstance(inner[last], list) and inner[last]
    inner[last] = [label, *inner[last][1:]] if first_of_list else label
    top = str((*way, last)[0])
    return {top: changed[top]}


def _united(ours: Any, theirs: Any) -> Any:
    if ours in (None, "", [], {}):
        return theirs
    if isinstance(ours, list) and isinstance(theirs, list):
        return ours + [element for element in theirs if element not in ours]
    return ours
