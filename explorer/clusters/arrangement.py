"""What was changed about clusters by hand: merges, gathered points, names; a frozen value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

LONGEST_NAME = 80
"""Characters of a name given by hand."""


class Event(Protocol):
    """Something that the user did to the clusters."""

    def on(self, arrangement: Arrangement) -> Arrangement:
        """Return the arrangement after it."""


class Step(Protocol):
    """An event that puts points into other clusters."""

    def move(self, labels: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return labels (n,), -1 for noise, after it."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Merges, gathered points and names, in the order in which they were made.

    Attributes:
        steps: what put points into other clusters.
        names: (cluster, the name given by hand).

    """

    steps: tuple[Step, ...] = ()
    names: tuple[tuple[int, str], ...] = ()

    def apply(self, event: Event) -> Arrangement:
        """Return the arrangement after an event."""
        return event.on(self)

    def labels(self, found: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return labels (n,) as found with all steps made."""
        for step in self.steps:
            found = step.move(found)
        return found

    def name(self, cluster: int) -> str | None:
        """Return the name given by hand, or None."""
        return dict(self.names).get(cluster)


AS_FOUND = Arrangement()
"""Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Merged:
    """One cluster was added to another."""

    cluster: int
    into: int

    def on(self, arrangement: Arrangement) -> Arrangement:
        """Make one cluster of both, under the number and name of `into`."""
        if self.cluster == self.into:
            return arrangement
        kept = tuple((c, name) for c, name in arrangement.names if c != self.cluster)
        return replace(arrangement, steps=(*arrangement.steps, self), names=kept)

    def move(self, labels: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return labels (n,) in which `into` has the points of both."""
        return np.where(labels == self.cluster, np.int32(self.into), labels)


@dataclass(frozen=True, slots=True)
class Gathered:
    """Some points, whatever they were in, became a cluster of their own.

    Attributes:
        rows: of the sample, ascending.
        cluster: its number, which no other cluster has or had.

    """

    rows: tuple[int, ...]
    cluster: int

    @classmethod
    def of(
        cls, rows: Iterable[int], found: NDArray[np.int32], arrangement: Arrangement
    ) -> Gathered:
        """Return the event that gathers rows, given the clusters as found and arranged by now."""
        made = sum(isinstance(step, Gathered) for step in arrangement.steps)
        return cls(tuple(sorted(rows)), int(found.max(initial=-1)) + 1 + made)

    def on(self, arrangement: Arrangement) -> Arrangement:
        """Take the points out of their clusters, and make one of them."""
        return replace(arrangement, steps=(*arrangement.steps, self)) if self.rows else arrangement

    def move(self, labels: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return labels (n,) in which the points have the number of the new cluster."""
        moved = labels.copy()
        moved[list(self.rows)] = self.cluster
        return moved


@dataclass(frozen=True, slots=True)
class Renamed:
    """A cluster was given a name; a blank one gives back that of its evidence."""

    cluster: int
    name: str

    def on(self, arrangement: Arrangement) -> Arrangement:
        """Set the name, without blanks around it and at most `LONGEST_NAME` characters."""
        kept = tuple((c, name) for c, name in arrangement.names if c != self.cluster)
        name = self.name.strip()[:LONGEST_NAME]
        return replace(arrangement, names=(*kept, (self.cluster, name)) if name else kept)
