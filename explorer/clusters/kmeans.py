"""Round clusters of about the same width, by k-means on the vectors."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from explorer.clusters.ground import by_size
from explorer.jobs import Cancelled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from explorer.clusters.ground import Ground
    from explorer.jobs import Stopped
    from explorer.layout.vectors import Matrix

STARTS = 5
"""Beginnings that are tried; the best is kept."""

BATCH = 4_096
"""Rows that move the centres at a time."""


@dataclass(frozen=True, slots=True)
class KMeans:
    """A given number of clusters, each point in that of the nearest centre; there is no noise.

    Sculley, "Web-scale k-means clustering" (2010): centres move by small batches of points.

    Attributes:
        clusters: how many; fewer where fewer points differ.

    """

    name: ClassVar[str] = "k-means"
    neighbours: ClassVar[int] = 0

    clusters: int = 10

    def labels(self, ground: Ground, seed: int, stopped: Stopped) -> NDArray[np.int32]:
        """Return the cluster of each point, int32 (n,); raises Cancelled when stopped."""
        from sklearn.cluster import MiniBatchKMeans  # noqa: PLC0415 - slow to import

        if stopped():
            raise Cancelled
        count = len(list(islice(_different(ground.X), self.clusters)))
        model = MiniBatchKMeans(count, random_state=seed, n_init=STARTS, batch_size=BATCH)
        return by_size(np.asarray(model.fit(ground.X).labels_))


def _different(X: Matrix) -> Iterator[bytes]:
    """Yield each row that differs from those before it."""
    seen: set[bytes] = set()
    for start in range(0, X.shape[0], BATCH):
        block = X[start : start + BATCH]
        for row in block if isinstance(block, np.ndarray) else block.toarray():
            if (content := row.tobytes()) not in seen:
                seen.add(content)
                yield content
