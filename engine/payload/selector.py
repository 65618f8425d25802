"""Which part of a payload a result shows: `with_payload` compiled to one function."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from qdrant_client import models

from engine.arguments import KINDS
from engine.payload.key_path import EVERY, Payload, Step, parse_key_path

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    PayloadSelection: TypeAlias = Callable[[Payload], Payload | None]

Steps: TypeAlias = tuple[Step, ...]


def payload_selection(
    with_payload: models.WithPayloadInterface | Sequence[str] | None,
) -> PayloadSelection:
    """Return the function from a whole payload to what the result shows of it, None for nothing.

    A list of paths includes; an element of an array is only reached by `[]`.

    Raises InvalidRequest for what is none of these, FormatError when a path cannot be parsed.
    """
    if with_payload is None or with_payload is False:
        return _nothing
    if with_payload is True:
        return everything
    KINDS["WithPayload"].check("with_payload", with_payload)
    if isinstance(with_payload, models.PayloadSelectorExclude):
        excluded = _parsed(with_payload.exclude)
        return lambda payload: _excluding(payload, excluded)
    include = with_payload
    if isinstance(include, models.PayloadSelectorInclude):
        include = include.include
    included = _parsed(include)
    return lambda payload: _including(payload, included)


def _nothing(_payload: Payload) -> None:
    return None


def everything(payload: Payload) -> Payload:
    """Show a payload as it is."""
    return payload


def _parsed(paths: Sequence[str]) -> list[Steps]:
    return [parse_key_path(path).steps for path in paths]


def _including(payload: Payload, paths: Sequence[Steps]) -> Payload:
    kept = {}
    for key, value in payload.items():
        inner = _after(paths, key)
        if inner:
            kept[key] = _included(value, inner)
    return kept


def _included(value: object, paths: Sequence[Steps]) -> object:
    """Return what of `value` lies on one of `paths`; a path that ends here takes all of it."""
    if () in paths:
        return value
    if isinstance(value, dict):
        return _including(value, paths)
    if isinstance(value, list):
        inner = _after(paths, EVERY)
        return [_included(element, inner) for element in value] if inner else []
    return value


def _excluding(payload: Payload, paths: Sequence[Steps]) -> Payload:
    kept = {}
    for key, value in payload.items():
        inner = _after(paths, key)
        if () not in inner:
            kept[key] = _remaining(value, inner)
    return kept


def _remaining(value: object, paths: Sequence[Steps]) -> object:
    if not paths:
        return value
    if isinstance(value, dict):
        return _excluding(value, paths)
    if isinstance(value, list):
        inner = _after(paths, EVERY)
        return [] if () in inner else [_remaining(element, inner) for element in value]
    return value


def _after(paths: Sequence[Steps], step: Step) -> list[Steps]:
    """Return the rest of each path that starts with `step`."""
    return [path[1:] for path in paths if path and path[0] == step]
