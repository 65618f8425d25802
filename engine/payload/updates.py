"""Changes to one payload, as functions from the old dict to a new one; the old is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.payload.key_path import EVERY, Payload, Step, parse_key_path

if TYPE_CHECKING:
    from collections.abc import Sequence


def set_payload(payload: Payload, values: Payload, key: str | None = None) -> Payload:
    """Return `payload` with `values` merged into its top level, or into the objects at path `key`.

    A null removes its key. Missing objects on the path are made, other values there replaced by
    objects; `[n]` reaches existing elements only, `[]` all, and either makes of a value that is no
    array an empty one.

    Raises FormatError when `key` cannot be parsed.
    """
    steps = () if key is None else parse_key_path(key).steps
    merged = _merged_at(payload, steps, values)
    return merged if isinstance(merged, dict) else {}


def overwrite_payload(values: Payload) -> Payload:
    """Return the payload that replaces any other: `values`, nulls kept."""
    return dict(values)


def delete_payload_keys(payload: Payload, keys: Sequence[str]) -> Payload:
    """Return `payload` without what the paths `keys` name.

    `[]` at the end empties an array, `[n]` does nothing there.

    Raises FormatError when a path cannot be parsed.
    """
    for key in keys:
        remaining = _without(payload, parse_key_path(key).steps)
        payload = remaining if isinstance(remaining, dict) else payload
    return payload


def _merged_at(node: object, steps: Sequence[Step], values: Payload) -> object:
    if not steps:
        return _merged(node if isinstance(node, dict) else {}, values)
    step, inner = steps[0], steps[1:]
    if isinstance(step, str):
        owner = node if isinstance(node, dict) else {}
        return {**owner, step: _merged_at(owner.get(step), inner, values)}
    elements = node if isinstance(node, list) else []
    return [
        _merged_at(element, inner, values) if step in (EVERY, position) else element
        for position, element in enumerate(elements)
    ]


def _merged(owner: Payload, values: Payload) -> Payload:
    merged = {**owner, **values}
    return {key: merged[key] for key in merged if key not in values or values[key] is not None}


def _without(node: object, steps: Sequence[Step]) -> object:
    step, inner = steps[0], steps[1:]
    if isinstance(node, dict) and step in node:
        if not inner:
            return {key: node[key] for key in node if key != step}
        return {key: _without(node[key], inner) if key == step else node[key] for key in node}
    if isinstance(node, list) and not isinstance(step, str):
        return _elements_without(node, step, inner)
    return node


def _elements_without(array: list[object], step: Step, inner: Sequence[Step]) -> list[object]:
    if not inner:
        return [] if step is EVERY else array
    return [
        _without(element, inner) if step in (EVERY, position) else element
        for position, element in enumerate(array)
    ]
