"""What was changed about clusters by hand: merges and names. A frozen value with its events."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST_NAME = 80
"""Characters of a name given by hand."""


class Event(Protocol):
    """Something that the user did to the clusters."""

    def on(self, arrangement: Arrangement) -> Arrangement:
        """Return the arrangement after it."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Merges and names, in the order in which they were made.

    Attributes:
        merges: (cluster, the cluster that it went into).
        names: (cluster, the name given by hand).

    """

    merges: tuple[tuple[int, int], ...] = ()
    names: tuple[tuple[int, str], ...] = ()

    def apply(self, event: Event) -> Arrangement:
        """Return the arrangement after an event."""
        return event.on(self)

    def labels(self, found: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return labels (n,) as found with the merges made."""
        count = int(found.max(initial=-1)) + 1
        into = np.arange(count + 1, dtype=np.int32)
        into[-1] = -1  # where the label of noise, -1, looks
        for cluster, other in self.merges:
            into[into == cluster] = other
        return np.asarray(into[found], np.int32)

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
        merges = (*arrangement.merges, (self.cluster, self.into))
        return replace(arrangement, merges=merges, names=kept)


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
