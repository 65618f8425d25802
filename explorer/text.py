"""Asking by typed text: by the vector it is encoded into where that can be, else by its words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING, cast

from qdrant_client import models

from explorer import encoder
from explorer.bm25 import WordIndex, words_of
from explorer.client import change_count
from explorer.jobs import Cancelled
from explorer.records import record_pages
from explorer.text_query import encodable, text_query

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine.ids import PointId
    from explorer.client import Client
    from explorer.draft import Draft
    from explorer.hints import Hints
    from explorer.jobs import Report, Stopped

_BATCH = 256  # ranked candidates whose conditions are checked in one call


class Means(StrEnum):
    """How a text was searched."""

    VECTOR = "vector"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class TextAnswer:
    """What a typed text found.

    Attributes:
        hits: the best first; by words, `score` is BM25's.
        means: how it was searched.
        note: why so, for the user; `""` when there is nothing to say.
        request: the request behind it; None by words, which the Query API cannot ask.

    """

    hits: list[models.ScoredPoint]
    means: Means
    note: str = ""
    request: models.QueryRequest | None = None


class TextSearch:
    """Typed text over the collections of a client; indexes of words are kept once made."""

    def __init__(self, client: Client) -> None:
        """Read through `client`."""
        self._client = client
        self._indexes: dict[str, tuple[tuple[int, int], WordIndex]] = {}
        self._lock = Lock()

    def answer(self, draft: Draft, hints: Hints) -> TextAnswer:
        """Return what the draft's text finds among the points that meet its conditions.

        Raises what the client raises for a collection or a condition that does not fit.
        """
        try:
            request = _encoded(draft, hints)
        except encoder.EncoderError as error:
            return TextAnswer(self._by_words(draft), Means.WORDS, str(error))
        if request is None:
            return TextAnswer(self._by_words(draft), Means.WORDS)
        answers = self._client.query_batch_points(draft.collection, requests=[request])
        return TextAnswer(answers[0].points, Means.VECTOR, request=request)

    def prepare(
        self, collection: str, report: Report | None = None, stopped: Stopped | None = None
    ) -> WordIndex:
        """Return the index of a collection's words, making it anew if points changed since.

        Raises Cancelled when `stopped` says so between pages.
        """
        state = self._state(collection)
        known = self._known(collection, state)
        if known is not None:
            return known
        index = WordIndex.build(self._documents(collection, state[0], report, stopped))
        with self._lock:
            self._indexes[collection] = (state, index)
        return index

    def must_read(self, draft: Draft, hints: Hints) -> bool:
        """Whether an answer to the draft's text has to read the whole collection first."""
        by_words = not encodable(hints.encoders.get(draft.using))
        collection = draft.collection
        return by_words and self._known(collection, self._state(collection)) is None

    def forget(self, collection: str) -> None:
        """Drop the index of a collection whose payload has changed."""
        with self._lock:
            self._indexes.pop(collection, None)

    def _state(self, collection: str) -> tuple[int, int]:
        """Return how many points there are, and how often they changed."""
        count = self._client.get_collection(collection).points_count or 0
        return count, change_count(self._client, collection)

    def _known(self, collection: str, state: tuple[int, int]) -> WordIndex | None:
        """Return the index that was made of this state, or None."""
        with self._lock:
            known = self._indexes.get(collection)
        return known[1] if known is not None and known[0] == state else None

    def _documents(
        self, collection: str, count: int, report: Report | None, stopped: Stopped | None
    ) -> Iterator[tuple[PointId, str]]:
        done = 0
        for page in record_pages(self._client, collection, with_payload=True):
            if stopped and stopped():
                raise Cancelled
            for record in page:
                yield cast("PointId", record.id), "\n".join(words_of(record.payload))
            done += len(page)
            if report:
                report(done, count, "Indexing words")

    def _by_words(self, draft: Draft) -> list[models.ScoredPoint]:
        ranked = self.prepare(draft.collection).search(draft.text)
        if draft.threshold is not None:
            ranked = [(point, score) for point, score in ranked if score >= draft.threshold]
        return list(islice(self._passing(draft, ranked), draft.offset, draft.offset + draft.limit))

    def _passing(
        self, draft: Draft, ranked: Sequence[tuple[PointId, float]]
    ) -> Iterator[models.ScoredPoint]:
        """Yield the ranked points that meet the conditions, checked a batch at a time."""
        for start in range(0, len(ranked), _BATCH):
            batch = ranked[start : start + _BATCH]
            ids = models.HasIdCondition(has_id=[point for point, _ in batch])
            conditions = [condition.condition() for condition in draft.conditions]
            records, _ = self._client.scroll(
                draft.collection,
                scroll_filter=models.Filter(must=[ids, *conditions]),
                limit=len(batch),
                with_payload=True,
            )
            found = {record.id: record.payload for record in records}
            for point, score in batch:
                if point in found:
                    yield models.ScoredPoint(id=point, version=0, score=score, payload=found[point])


def _encoded(draft: Draft, hints: Hints) -> models.QueryRequest | None:
    """Return the request with the encoded text, or None for a vector that no text is made into.

    Raises what `text_query` raises.
    """
    name = hints.encoders.get(draft.using)
    if name is None:
        return None
    return draft.asking(models.NearestQuery(nearest=text_query(name, draft.text)))
