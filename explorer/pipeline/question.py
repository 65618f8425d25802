"""What a vector is asked: a text, or a point that results should be near."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from engine.errors import FormatError
from engine.ids import parse_point_id

if TYPE_CHECKING:
    from engine.ids import PointId

_SIGN = "#"
"""What stands before an id where a text could stand too."""


@dataclass(frozen=True, slots=True)
class Text:
    """Ask by a typed text, as each vector understands it."""

    text: str

    def __post_init__(self) -> None:
        """Raise ValueError when there is nothing to read."""
        if not self.text.strip():
            raise ValueError("type a text to search for")


@dataclass(frozen=True, slots=True)
class Like:
    """Ask by a point: what is near it. The point itself is then found by no stage."""

    point: int | str

    def __post_init__(self) -> None:
        """Raise ValueError when it is no id."""
        object.__setattr__(self, "point", _checked(self.point))


Question: TypeAlias = Text | Like


def read_question(written: str) -> Question | None:
    """Return what a typed line asks: `#7` the point 7, blank nothing, all else its text.

    Raises ValueError when what follows the sign is no id.
    """
    line = written.strip()
    if line.startswith(_SIGN):
        return Like(read_id(line.removeprefix(_SIGN)))
    return Text(line) if line else None


def write_question(question: Question | None) -> str:
    """Return the line that `read_question` reads as this question."""
    match question:
        case Like(point):
            return f"{_SIGN}{point}"
        case Text(text):
            return text
        case None:
            return ""


def read_id(written: str) -> PointId:
    """Return the id that a text stands for; raises ValueError when it is none."""
    token = written.strip()
    return _checked(int(token) if token.isdecimal() and len(token) <= 20 else token)


def _checked(point: object) -> PointId:
    try:
        return parse_point_id(point)
    except FormatError as error:
        raise ValueError(f"{point!r} is no id: give a whole number or a UUID") from error
