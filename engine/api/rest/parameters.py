"""The query strings of the REST interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

from fastapi import Query
from pydantic import BaseModel, Field, ValidationError
from qdrant_client import models  # noqa: TC002 - pydantic reads the annotations

from engine.api.errors import InvalidParameter, MalformedParameter

if TYPE_CHECKING:
    from collections.abc import Mapping


class Parameters(BaseModel):
    """What every operation may be asked with."""

    timeout: Annotated[int | None, Field(ge=1, description="seconds")] = None

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """Return the parameters that a query string gives; others are ignored.

        Raises:
            MalformedParameter: a value of another type.
            InvalidParameter: a timeout below 1.

        """
        try:
            return cls.model_validate(dict(query))
        except ValidationError as error:
            first = error.errors()[0]
        name, value = str(first["loc"][0]), first["input"]
        if first["type"] == "greater_than_equal":
            raise InvalidParameter(name, f"value {value} invalid, must be 1 or larger")
        raise MalformedParameter(f"{name} is {value!r}: {first['msg']}")


class ReadParameters(Parameters):
    """Of operations that read; consistency only concerns clusters."""

    consistency: int | str | None = None


class UpdateParameters(Parameters):
    """Of operations that change something; ordering only concerns clusters."""

    wait: Annotated[
        bool, Field(description="whether the answer tells of an update that is done")
    ] = False
    ordering: models.WriteOrdering | None = None


def declare_read(asked: Annotated[ReadParameters, Query()]) -> ReadParameters:
    """Put the parameters of reads into the OpenAPI document."""
    return asked


def declare_update(asked: Annotated[UpdateParameters, Query()]) -> UpdateParameters:
    """Put the parameters of updates into the OpenAPI document."""
    return asked
