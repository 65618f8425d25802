"""How a collection wants to be looked at; stored in its metadata under the key `sextant`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic import TypeAdapter, ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY = "sextant"
"""The key of the hints in a collection's metadata."""

PointId: TypeAlias = int | str


class PictureKind(StrEnum):
    """How a point shows itself."""

    GLYPH = "glyph"
    PIXELS = "pixels"
    IMAGE = "image"


@dataclass(frozen=True, slots=True)
class Picture:
    """The payload field that is a point's picture.

    Attributes:
        kind: glyph (a short string drawn large), pixels (a flat list of numbers, row by row) or
            image (a URL).
        field: the payload key path.
        width: pixels in a row; pixels only.
        height: rows of pixels; pixels only.
        maximum: the number that is drawn full; pixels only.

    """

    kind: PictureKind
    field: str
    width: int = 0
    height: int = 0
    maximum: float = 1.0


@dataclass(frozen=True, slots=True)
class Starter:
    """An example query that is worth a first click.

    Attributes:
        title: what it asks, in words.
        mode: nearest, recommend, discover or context.
        positives: examples to be near; the one of a nearest query.
        negatives: examples to be far from.
        target: what a discover query looks for.
        pairs: (positive, negative) of discover and context.

    """

    title: str
    mode: str
    positives: tuple[PointId, ...] = ()
    negatives: tuple[PointId, ...] = ()
    target: PointId | None = None
    pairs: tuple[tuple[PointId, PointId], ...] = ()


@dataclass(frozen=True, slots=True)
class Hints:
    """How to look at a collection; every part may be missing.

    Attributes:
        about: what the collection is and what it teaches, in a sentence or two.
        title: payload field that names a point.
        picture: payload field that shows it.
        colour: payload field that the map is coloured by at first.
        vector: the vector to begin with; `""` is the unnamed one.
        encoders: what encodes text for each vector, by vector name (see `text_query`).
        starters: example queries, at least one for each mode in a bundled set.
        layout: name of the bundled set whose shipped layout fits, if one does.

    """

    about: str = ""
    title: str | None = None
    picture: Picture | None = None
    colour: str | None = None
    vector: str | None = None
    encoders: dict[str, str] = field(default_factory=dict)
    starters: tuple[Starter, ...] = ()
    layout: str | None = None

    def metadata(self) -> dict[str, Any]:
        """Return the collection metadata that carries these hints, as plain JSON."""
        return {KEY: _HINTS.dump_python(self, mode="json", exclude_defaults=True)}


_HINTS = TypeAdapter(Hints)


def parse_hints(fields: object) -> Hints:
    """Return hints from their JSON form; raises ValueError that names what does not fit."""
    return _HINTS.validate_python(fields)


def read_hints(metadata: Mapping[str, Any] | None) -> Hints:
    """Return the hints in a collection's metadata; empty ones if it has none or others' own.

    Metadata is anyone's to write, so hints that do not fit are no error: they only guide the eye.
    """
    try:
        return parse_hints((metadata or {}).get(KEY, {}))
    except ValidationError:
        return Hints()
