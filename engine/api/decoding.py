"""Bodies of requests become qdrant_client models, once; what does not fit is told in a sentence."""

from __future__ import annotations

from functools import cache
from typing import Any, get_args

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import from_json
from qdrant_client import models

from engine.errors import FormatError

_NO_QUERY = "Expected some form of vector, id, or a type of query"
_NOT_JSON = (b"NaN", b"Infinity")


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
        return _adapter(expected).validate_json(body, strict=True)
    except ValidationError as error:
        raise FormatError(_reason(error)) from None
    except ValueError as error:
        raise FormatError(str(error)) from None


@cache
def _adapter(expected: Any) -> TypeAdapter[Any]:
    union = get_args(expected)
    tolerant = [_tolerant(model) for model in union or (expected,)]
    kind: Any = tolerant[0]
    for other in tolerant[1:]:
        kind |= other
    return TypeAdapter(kind)


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
    if model is models.QueryRequestBatch:
        namespace["__annotations__"]["searches"] = list[_tolerant(models.QueryRequest)]  # type: ignore[misc]
    return type(model.__name__, (model,), namespace)


def _reason(error: ValidationError) -> str:
    """Return what is wrong, with its path: of a union, the member that fitted furthest."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    worst = max(found, key=lambda one: len(one["loc"]))
    fields = [part for part in worst["loc"] if _is_field(part)]
    told = f"{'.'.join(map(str, fields))}: {worst['msg']}" if fields else worst["msg"]
    return f"{_NO_QUERY}; {told}" if "query" in fields[:3] else told


def _is_field(part: int | str) -> bool:
    """Whether a step of pydantic's path is a field or a place, not a member of a union."""
    if isinstance(part, int):
        return True
    return part.isidentifier() and part.islower() and part not in {"int", "str", "float", "bool"}
