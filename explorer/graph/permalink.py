"""A view and a look as URL query parameters, and back: their attributes as JSON, by name.

graph={"collection":"emoji","using":"text","start":{"size":500,"seed":0},"expanded":[],...}
look={"colour":"@community","size":"@occurrences"}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from explorer.graph.view import Look, View
from explorer.permalink import MAX_LENGTH, PermalinkError

if TYPE_CHECKING:
    from collections.abc import Mapping

VIEW, LOOK = PARAMETERS = ("graph", "look")

_VIEW: TypeAdapter[View] = TypeAdapter(View)
_LOOK: TypeAdapter[Look] = TypeAdapter(Look)


def encode(view: View, look: Look) -> dict[str, str]:
    """Return the parameters of a link that `decode` turns into equal values.

    Raises PermalinkError when they are longer than `MAX_LENGTH`.
    """
    written = {
        VIEW: _VIEW.dump_json(view, exclude_none=True).decode(),
        LOOK: _LOOK.dump_json(look, exclude_none=True).decode(),
    }
    _check_length(written)
    return written


def decode(parameters: Mapping[str, str]) -> tuple[View, Look]:
    """Return what a link stands for; raises PermalinkError that says what is wrong."""
    _check_length({name: parameters.get(name, "") for name in PARAMETERS})
    try:
        view = _VIEW.validate_json(parameters.get(VIEW, ""))
        look = _LOOK.validate_json(parameters.get(LOOK, "{}"))
        view.filter()  # the Query API knows better what a field may hold
    except ValidationError as error:
        found = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in found["loc"])
        message = f"The link's graph cannot be read: {where} {found['msg']}."
        raise PermalinkError(message) from error
    return view, look


def _check_length(written: Mapping[str, str]) -> None:
    length = sum(map(len, written.values()))
    if length > MAX_LENGTH:
        raise PermalinkError(
            f"The link would have {length:,} characters; at most {MAX_LENGTH:,} travel "
            "safely. Begin with fewer points."
        )
