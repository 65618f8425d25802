"""A view as a URL query parameter, and back: its attributes as JSON, by name.

graph={"collection":"emoji","using":"text","start":{"size":500,"seed":0},"expanded":[],...}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from explorer.graph.view import View
from explorer.permalink import MAX_LENGTH, PermalinkError

if TYPE_CHECKING:
    from collections.abc import Mapping

PARAMETER = "graph"

_VIEW = TypeAdapter(View)


def encode(view: View) -> dict[str, str]:
    """Return the parameters of a link that `decode` turns into an equal view.

    Raises PermalinkError when they are longer than `MAX_LENGTH`.
    """
    written = _VIEW.dump_json(view, exclude_none=True).decode()
    _check_length(written)
    return {PARAMETER: written}


def decode(parameters: Mapping[str, str]) -> View:
    """Return the view that a link stands for; raises PermalinkError that says what is wrong."""
    written = parameters.get(PARAMETER, "")
    _check_length(written)
    try:
        view = _VIEW.validate_json(written)
        view.filter()  # the Query API knows better what a field may hold
    except ValidationError as error:
        found = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in found["loc"])
        message = f"The link's graph cannot be read: {where} {found['msg']}."
        raise PermalinkError(message) from error
    return view


def _check_length(written: str) -> None:
    if len(written) > MAX_LENGTH:
        raise PermalinkError(
            f"The link would have {len(written):,} characters; at most {MAX_LENGTH:,} travel "
            "safely. Begin with fewer points."
        )
