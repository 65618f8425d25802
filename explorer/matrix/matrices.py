"""The distance matrices of a client's collections, made on first use and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.kept import Kept
from explorer.matrix.matrix import Matrix, compute

if TYPE_CHECKING:
    from explorer.client import Client
    from explorer.jobs import Report, Stopped
    from explorer.matrix.question import Question

MAX_MATRICES = 12


class Matrices:
    """Matrices by their questions, and by their versions for the browser to fetch."""

    def __init__(self, client: Client) -> None:
        """Read through `client`."""
        self._client = client
        self._by_question: Kept[tuple[int | None, Matrix]] = Kept(MAX_MATRICES)
        self._by_version: Kept[Matrix] = Kept(MAX_MATRICES)

    def matrix(self, question: Question, report: Report, stopped: Stopped) -> Matrix:
        """Return the matrix that answers a question; raises what `compute` raises.

        Points that came or went since make a new one; other changes are for `forget`.
        """
        known = self.kept(question)
        if known is not None:
            return known
        count = self._count(question)
        made = compute(self._client, question, report, stopped)
        self._by_version.put((question.collection, made.version), made)
        return self._by_question.put((question.collection, question), (count, made))[1]

    def kept(self, question: Question) -> Matrix | None:
        """Return the matrix that is kept, or None."""
        known = self._by_question.find((question.collection, question))
        return known[1] if known is not None and known[0] == self._count(question) else None

    def of_version(self, collection: str, version: str) -> Matrix | None:
        """Return a kept matrix by its version, or None."""
        return self._by_version.find((collection, version))

    def forget(self, collection: str) -> None:
        """Drop what is kept of a collection, whose vectors or payload have changed."""
        self._by_question.forget(collection)
        self._by_version.forget(collection)

    def _count(self, question: Question) -> int | None:
        return self._client.get_collection(question.collection).points_count
