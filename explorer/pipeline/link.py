"""A pipeline as a URL query parameter, and back: its attributes as JSON, by name.

    pipeline={"collection":"emoji","root":{"operation":{"using":"text","kind":"nearest"},...},...}

What is None is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from explorer.permalink import MAX_LENGTH, PermalinkError
from explorer.pipeline.pipeline import MAX_DEPTH, Pipeline
from explorer.pipeline.stage import Boost

if TYPE_CHECKING:
    from collections.abc import Mapping

PARAMETER = "pipeline"

_PIPELINE = TypeAdapter(Pipeline)


def encode(pipeline: Pipeline) -> dict[str, str]:
    """Return the parameters of a link that `decode` turns into an equal pipeline.

    Raises PermalinkError when they are longer than `MAX_LENGTH`.
    """
    written = _PIPELINE.dump_json(pipeline, exclude_none=True).decode()
    _check_length(written)
    return {PARAMETER: written}


def decode(parameters: Mapping[str, str]) -> Pipeline:
    """Return the pipeline that a link stands for.

    Raises PermalinkError that names what cannot be read.
    """
    written = parameters.get(PARAMETER, "")
    _check_length(written)
    try:
        pipeline = _PIPELINE.validate_json(written)
        for _, stage in pipeline.stages():
            boosted = stage.operation.conditions if isinstance(stage.operation, Boost) else ()
            for condition in (*stage.conditions, *boosted):
                condition.condition()  # the Query API knows better what a field may hold
    except ValidationError as error:
        raise PermalinkError(f"The link's pipeline cannot be read: {_first(error)}.") from error
    if max(len(place) for place, _ in pipeline.stages()) > MAX_DEPTH:
        raise PermalinkError(f"The link's pipeline has more than {MAX_DEPTH} stages inside stages.")
    return pipeline


def _check_length(written: str) -> None:
    if len(written) > MAX_LENGTH:
        raise PermalinkError(
            f"The link would have {len(written):,} characters; at most {MAX_LENGTH:,} travel "
            "safely. Use fewer stages, or smaller selections."
        )


def _first(error: ValidationError) -> str:
    """Return what is wrong, and where: rather a value than what another kind would have wanted."""
    errors = error.errors(include_url=False)
    found = next((e for e in errors if e["type"] == "value_error"), errors[0])
    where = ".".join(str(step) for step in found["loc"])
    return f"{where}: {found['msg']}" if where else str(found["msg"])
