"""Points as a person sees them: title, picture, fields, and for hits the score and why."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from engine.payload.key_path import parse_key_path
from explorer.fields import is_place
from explorer.hints import Hints, Picture, PictureKind
from explorer.records import chosen_records

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from qdrant_client import models

    from engine.ids import PointId
    from explorer.client import Client

_NAMES = ("title", "name", "label", "caption", "text", "word", "id")
"""Payload keys that name a point where no hint says which, in this order."""

FEWEST_DECIMALS, MOST_DECIMALS = 4, 7
"""Of a score that is shown: beyond the seventh a float32 below 1 knows nothing."""

_COMPARED = 24  # best hits whose scores are told apart; among a thousand some always nearly tie
_LONGEST_TITLE = 120
_LONGEST_VALUE = 400
_IMAGE_ADDRESSES = ("https://", "http://", "/", "data:image/")


@dataclass(frozen=True, slots=True)
class Description:
    """A point as the map's hover card, the chips and the result cards show it.

    Attributes:
        id: of the point.
        title: what it is called.
        subtitle: a second line, or `""`.
        picture: what `explorer/frontend/README.md` calls `picture`, as plain JSON.
        fields: the rest of the payload, name and value, both readable.

    """

    id: PointId
    title: str
    subtitle: str
    picture: Mapping[str, Any]
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One summand of a score: what it comes from, and how much."""

    label: str
    value: float


@dataclass(frozen=True, slots=True)
class Result:
    """One hit.

    Attributes:
        point: how it looks.
        rank: its place, from 1.
        score: as the query gives it.
        score_text: the score for reading.
        parts: summands of the score, where the client can tell; they add up to it within 1e-5.

    """

    point: Description
    rank: int
    score: float
    score_text: str
    parts: tuple[Part, ...] = ()


def describe(point_id: PointId, payload: Mapping[str, Any], hints: Hints) -> Description:
    """Return how a point looks; where hints are missing, its payload is guessed from."""
    title_key = hints.title or _guess_title(payload)
    title = _text_at(payload, title_key)
    subtitle_key = _subtitle_key(payload, title_key, hints)
    hidden = {title_key, hints.picture.field if hints.picture else None}
    return Description(
        id=point_id,
        title=_shorten(title or f"Point {point_id}", _LONGEST_TITLE),
        subtitle=_shorten(_text_at(payload, subtitle_key), _LONGEST_TITLE),
        picture=_picture(payload, hints.picture),
        fields=tuple(
            (key, _shorten(readable(value), _LONGEST_VALUE))
            for key, value in payload.items()
            if key not in hidden
        ),
    )


def descriptions(
    client: Client, collection: str, ids: Iterable[PointId], hints: Hints
) -> dict[PointId, Description]:
    """Return how points look, by id; points that are gone are left out.

    Raises what the client raises for a collection that does not exist.
    """
    pages = chosen_records(client, collection, list(dict.fromkeys(ids)), with_payload=True)
    found = (
        (cast("PointId", record.id), record.payload or {}) for page in pages for record in page
    )
    return {point: describe(point, payload, hints) for point, payload in found}


def results(
    hits: Iterable[models.ScoredPoint],
    hints: Hints,
    offset: int = 0,
    parts: Mapping[PointId, tuple[Part, ...]] | None = None,
) -> tuple[Result, ...]:
    """Return hits for the cards; `offset` is the query's, `parts` explain scores by point id."""
    hits = tuple(hits)
    decimals = _telling_apart([hit.score for hit in hits[:_COMPARED]])
    return tuple(
        Result(
            point=describe(cast("PointId", hit.id), hit.payload or {}, hints),
            rank=rank,
            score=hit.score,
            score_text=score_text(hit.score, decimals),
            parts=(parts or {}).get(cast("PointId", hit.id), ()),
        )
        for rank, hit in enumerate(hits, start=offset + 1)
    )


def score_text(score: float, decimals: int = FEWEST_DECIMALS) -> str:
    """Return a score with so many decimals, or with seven digits where it is large."""
    return f"{score:.{decimals}f}" if abs(score) < 1000 else f"{score:,.7g}"


def _telling_apart(scores: Sequence[float]) -> int:
    """Return how many decimals let readers tell different scores apart, as far as float32 does."""
    different = len(set(scores))
    for decimals in range(FEWEST_DECIMALS, MOST_DECIMALS):
        if len({score_text(score, decimals) for score in scores}) == different:
            return decimals
    return MOST_DECIMALS


def counted(number: int, noun: str) -> str:
    """Return how many there are, in words: `1 point`, `1,797 points`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def a_vector(using: str) -> str:
    """Return a vector in words: `the vector 'image'`, `a vector` where it has no name."""
    return f"the vector {using!r}" if using else "a vector"


def readable(value: object) -> str:
    """Return a payload value as a person would write it: lists by elements, places by degrees."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, list):
        return ", ".join(readable(element) for element in value)
    if isinstance(value, dict) and is_place(value):
        return f"{readable(value['lat'])}, {readable(value['lon'])}"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)


def _guess_title(payload: Mapping[str, Any]) -> str | None:
    by_lower = {key.lower(): key for key in payload}
    named = (by_lower[name] for name in _NAMES if name in by_lower)
    texts = (key for key, value in payload.items() if isinstance(value, str) and value)
    return next(named, None) or next(texts, None)


def _subtitle_key(payload: Mapping[str, Any], title_key: str | None, hints: Hints) -> str | None:
    if hints.colour and hints.colour != title_key:
        return hints.colour
    picture = hints.picture.field if hints.picture else None
    taken = (title_key, picture)
    return next((k for k, v in payload.items() if isinstance(v, str) and k not in taken), None)


def _text_at(payload: Mapping[str, Any], key: str | None) -> str:
    value = None if key is None else _value_at(payload, key)
    return "" if value is None else readable(value)


def _value_at(payload: Mapping[str, Any], key: str) -> Any:
    """Return the value under a key, or the first one at a key path."""
    if key in payload:
        return payload[key]
    return next(iter(parse_key_path(key).nodes(payload)), None)


def _picture(payload: Mapping[str, Any], picture: Picture | None) -> Mapping[str, Any]:
    """Return the picture as JSON; a value that does not fit its kind is no picture."""
    value = _value_at(payload, picture.field) if picture else None
    match picture, value:
        case Picture(kind=PictureKind.GLYPH), str(text) if text:
            return {"kind": "glyph", "text": text}
        case Picture(kind=PictureKind.IMAGE), str(url) if url.startswith(_IMAGE_ADDRESSES):
            return {"kind": "image", "url": url}
        case Picture(PictureKind.PIXELS, _, width, height, maximum), list(values) if (
            len(values) == width * height > 0
        ):
            size = {"width": width, "height": height, "max": maximum}
            return {"kind": "pixels", "values": values, **size}
    return {"kind": "none"}


def _shorten(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
