"""Questions about clusters and their answers, kept as long as the collection stays the same."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, TypeAlias

from explorer.client import change_count
from explorer.clusters.hdbscan import Hdbscan
from explorer.clusters.kmeans import KMeans
from explorer.clusters.leiden import Leiden
from explorer.clusters.portrait import portrayed
from explorer.clusters.sample import read_sample
from explorer.kept import Kept

if TYPE_CHECKING:
    from collections.abc import Hashable

    from explorer.client import Client
    from explorer.clusters.ground import Ground
    from explorer.clusters.portrait import Clusters
    from explorer.clusters.sample import Choice, Sample
    from explorer.jobs import Report, Stopped
    from explorer.nearest import Nearest

Method: TypeAlias = Leiden | Hdbscan | KMeans
"""How clusters are found."""

MAX_SAMPLES = 2
"""Samples that are kept; each holds its vectors, at most some hundred megabytes."""

MAX_STUDIES = 16


@dataclass(frozen=True, slots=True)
class Question:
    """Which clusters some points have.

    Attributes:
        choice: which points.
        method: how clusters are found.
        seed: of what the method draws.

    """

    choice: Choice
    method: Method
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Study:
    """The answer to a question.

    Attributes:
        ground: what the method saw.
        clusters: as it found them.

    """

    question: Question
    ground: Ground
    clusters: Clusters

    @cached_property
    def version(self) -> str:
        """A name for exactly these clusters of exactly these points."""
        digest = blake2b(repr((self.question, self.sample.ids)).encode(), digest_size=12)
        digest.update(self.clusters.labels.tobytes())
        return digest.hexdigest()

    @property
    def sample(self) -> Sample:
        """The points."""
        return self.clusters.sample


class Studies:
    """The studies of a client's collections, made on first use and kept."""

    def __init__(self, client: Client, nearest: Nearest) -> None:
        """Read through `client`; `nearest` finds neighbours through the same."""
        self._client = client
        self._nearest = nearest
        self._samples: Kept[Sample] = Kept(MAX_SAMPLES)
        self._studies: Kept[Study] = Kept(MAX_STUDIES)

    def kept(self, question: Question) -> Study | None:
        """Return the answer that is kept, None where points came, went or changed since."""
        return self._studies.find(self._key(question.choice, question))

    def study(self, question: Question, report: Report, stopped: Stopped) -> Study:
        """Return the answer to a question: long work.

        Raises ClusteringError for too few points, Cancelled, LayoutError where there is no such
        vector, and what the client raises.
        """
        key = self._key(question.choice, question)
        known = self._studies.find(key)
        if known is not None:
            return known
        sample = self._sample(question.choice, report, stopped)
        k = question.method.neighbours
        near = self._nearest.neighbours(sample.scope(k), report, stopped) if k else None
        ground = sample.ground(near)
        report(0, None, "Finding clusters")
        labels = question.method.labels(ground, question.seed, stopped)
        report(0, None, "Describing clusters")
        return self._studies.put(key, Study(question, ground, portrayed(sample, labels)))

    def renew(self, study: Study) -> None:
        """Keep a study whose collection has changed in nothing that it depends on."""
        choice = study.question.choice
        self._samples.put(self._key(choice), study.sample)
        self._studies.put(self._key(choice, study.question), study)

    def forget(self, collection: str) -> None:
        """Drop what is kept of a collection whose payload or vectors have changed."""
        for kept in (self._samples, self._studies):
            kept.forget(collection)

    def _sample(self, choice: Choice, report: Report, stopped: Stopped) -> Sample:
        key = self._key(choice)
        return self._samples.find(key) or self._samples.put(
            key, read_sample(self._client, choice, report, stopped)
        )

    def _key(self, choice: Choice, *further: Hashable) -> tuple[Hashable, ...]:
        """Return a key that changes with the collection, as far as its client can tell."""
        name = choice.collection
        points = self._client.get_collection(name).points_count
        return (name, change_count(self._client, name), points, choice, *further)
