"""Asking what a draft asks, by examples or by text, and all that came back."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, cast

from explorer.explanation import deleted, without_vector

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qdrant_client import models

    from engine.errors import EngineError
    from engine.ids import PointId
    from explorer.draft import Draft
    from explorer.hints import Hints
    from explorer.results import Part
    from explorer.text import TextSearch
    from explorer.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Answer:
    """What a draft found.

    Attributes:
        hits: best first; none too while there was nothing to ask yet.
        request: what was asked through the Query API, None where nothing was.
        seconds: from the question to the hits.
        parts: why each hit scored as it did, by id, where the client can tell.
        note: what the user should know about the search, or `""`.
        refusal: why it could not be asked, and what to do, or `""`.

    """

    hits: tuple[models.ScoredPoint, ...] = ()
    request: models.QueryRequest | None = None
    seconds: float = 0.0
    parts: Mapping[PointId, tuple[Part, ...]] = field(default_factory=dict)
    note: str = ""
    refusal: str = ""


def ask(workspace: Workspace, texts: TextSearch, draft: Draft, hints: Hints) -> Answer:
    """Return what a draft finds.

    Raises what the client raises: for an example that has been deleted since, or a vector of
    another size.
    """
    started = perf_counter()
    if draft.text:
        found = texts.answer(draft, hints)
        seconds = perf_counter() - started
        return Answer(tuple(found.hits), found.request, seconds, note=found.note)
    hits = tuple(workspace.answer(draft))
    seconds = perf_counter() - started
    parts = workspace.parts(draft, [cast("PointId", hit.id) for hit in hits], hints)
    return Answer(hits, draft.request(), seconds, parts, _note(workspace, draft))


def refused(workspace: Workspace, draft: Draft, hints: Hints, error: EngineError) -> Answer:
    """Return the answer to a draft that raised an error: examples are named by their titles."""
    if gone := deleted(workspace.client, draft, hints):
        return Answer(refusal=f"{_out(gone, 'is', 'are', 'not here any more')}.")
    if lacking := without_vector(workspace.client, draft, hints):
        what = f"no vector {draft.using!r}" if draft.using else "no vector"
        return Answer(refusal=f"{_out(lacking, 'has', 'have', what)}, or choose another vector.")
    return Answer(refusal=str(error))


def _out(examples: Sequence[str], one: str, many: str, what: str) -> str:
    """Return why to take examples out of the draft."""
    verb, them = (one, "it") if len(examples) == 1 else (many, "them")
    return f"{', '.join(examples)} {verb} {what}: take {them} out"


def _note(workspace: Workspace, draft: Draft) -> str:
    if workspace.is_embedded or draft.convention == "qdrant":
        return ""
    return "A server scores by its own formulas."
