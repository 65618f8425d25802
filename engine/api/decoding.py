"""Bodies of requests become qdrant_client models, once; what does not fit is told in a sentence."""

from __future__ import annotations

from functools import cache, reduce
from operator import or_
from textwrap import shorten
from typing import Any, get_args

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import SchemaValidator, from_json
from qdrant_client import models

from engine.errors import FormatError

_NO_QUERY = "Expected some form of vector, id, or a type of query"
_NOT_JSON = (b"NaN", b"Infinity")
_NO_FORM = "none of the forms that may stand here fits"
_FILTER = f"{models.Filter.__module__}.{models.Filter.__name__}:"
_SMALL = 100_000  # bytes of a body whose errors are told in detail


def decode(expected: Any, body: bytes) -> Any:
    """Return the body as a value of `expected`, a model or a union of models.

    Fields that no server knows are ignored at the top of a request and refused within it. Numbers
    stay numbers: "5" is no limit, null is no element of a vector.

    Raises:
        FormatError: not JSON, nested too deeply, or not of the shape that is expected.

    """
    try:
        if any(word in body for word in _NOT_JSON):
            from_json(body, allow_inf_nan=False)
        return _validator(expected, terse=len(body) > _SMALL).validate_json(body, strict=True)
    except ValidationError as error:
        raise FormatError(_reason(error)) from None
    except ValueError as error:
        raise FormatError(str(error)) from None


@cache
def _validator(expected: Any, *, terse: bool) -> SchemaValidator:
    """Return what checks a body.

    Pydantic's own validators collect every error, each with a copy of what it is about: gigabytes
    for a hostile body. This one gives up on a list at its first wrong element; a terse one also
    tells a single error where none of several forms fits. The validators that the models carry are
    therefore not used, but built anew from their schemas. The first form that fits is taken: no
    two fit the same, and trying the others costs an error, with a copy of the vector, for each.
    """
    members = [_tolerant(model) for model in get_args(expected) or (expected,)]
    schema = TypeAdapter[Any](reduce(or_, members)).core_schema
    return SchemaValidator(_frugal(schema, terse=terse), _use_prebuilt=False)


def _frugal(schema: Any, *, terse: bool) -> Any:
    """Return a core schema that makes few errors."""
    if isinstance(schema, (list, tuple)):
        return type(schema)(_frugal(part, terse=terse) for part in schema)
    if not isinstance(schema, dict):
        return schema
    parts = {key: _frugal(part, terse=terse) for key, part in schema.items()}
    if parts.get("type") == "list":
        parts["fail_fast"] = True
    if parts.get("type") == "union":
        parts["mode"] = "left_to_right"
        parts["choices"] = sorted(parts["choices"], key=_is_other_than_filter)
    if terse and parts.get("type") == "union":
        parts |= {"custom_error_type": "no_form", "custom_error_message": _NO_FORM}
    if parts.get("cls") is models.DiscoverInput:  # a target alone may say null, unlike the model
        context = parts["schema"]["fields"]["context"]
        context["schema"] = {"type": "nullable", "schema": context["schema"]}
    return parts


def _is_other_than_filter(choice: Any) -> bool:
    """Tell of the forms of a condition which is not a filter, the one that others stand within.

    It is tried first: each form that does not fit makes an error with a copy of all that is within.
    """
    return not str(isinstance(choice, dict) and choice.get("schema_ref")).startswith(_FILTER)


@cache
def _tolerant(model: type[BaseModel]) -> type[BaseModel]:
    """Return a request model that ignores unknown fields, and knows `with_vectors` too."""
    namespace: dict[str, Any] = {
        "model_config": ConfigDict(extra="ignore"),
        "__module__": model.__module__,
        "__annotations__": {},
    }
    if "with_vector" in model.model_fields:
        namespace["__annotations__"]["with_vector"] = model.model_fields["with_vector"].annotation
        names = AliasChoices("with_vector", "with_vectors")
        namespace["with_vector"] = Field(default=None, validation_alias=names)
    if "searches" in model.model_fields:
        (one,) = get_args(model.model_fields["searches"].annotation)
        namespace["__annotations__"]["searches"] = list[_tolerant(one)]  # type: ignore[misc]
    return type(model.__name__, (model,), namespace)


def _reason(error: ValidationError) -> str:
    """Return what is wrong, with its path: of a union, the member that fitted furthest."""
    found = error.errors(include_url=False, include_context=False)
    worst = max(found, key=lambda one: len(one["loc"]))
    fields = [part for part in worst["loc"] if _is_field(part)]
    told = f"{'.'.join(map(str, fields))}: {worst['msg']}" if fields else worst["msg"]
    if isinstance(worst["input"], (str, int, float)) and worst["type"] != "json_invalid":
        told += f", not {shorten(repr(worst['input']), 80)}"
    return f"{_NO_QUERY}; {told}" if "query" in fields[:3] else told


def _is_field(part: int | str) -> bool:
    """Whether a step of pydantic's path is a field or a place, not a member of a union."""
    if isinstance(part, int):
        return True
    return part.isidentifier() and part.islower() and part not in {"int", "str", "float", "bool"}
