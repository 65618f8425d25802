"""What every answer of the REST interface is wrapped in."""

from __future__ import annotations

import json
from typing import Generic, Literal, TypeVar

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError, to_json, to_jsonable_python
from qdrant_client import models

R = TypeVar("R")


class Envelope(BaseModel, Generic[R]):
    """A successful answer; `time` in seconds."""

    result: R
    status: Literal["ok"]
    time: float


class Failure(BaseModel):
    """What went wrong."""

    error: str


class FailureEnvelope(BaseModel):
    """A refusal; `time` in seconds."""

    status: Failure
    time: float


def success(result: object, seconds: float) -> bytes:
    """Return a result as JSON. What was not asked for is absent, nulls in payloads stay."""
    if isinstance(result, models.ScrollResult):
        result = dict(result)  # so that the last page says that there is no next one
    answer = {"result": result, "status": "ok", "time": seconds}
    try:
        return to_json(answer, exclude_none=True, inf_nan_mode="null")
    except PydanticSerializationError:  # half of a surrogate pair, which takes an escape
        plain = to_jsonable_python(answer, exclude_none=True, inf_nan_mode="null")
        return json.dumps(plain, separators=(",", ":")).encode("ascii")


def failure(text: str, seconds: float) -> bytes:
    """Return a refusal as JSON."""
    return to_json({"status": {"error": text}, "time": seconds})
