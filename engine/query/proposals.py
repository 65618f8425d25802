"""What leaves of queries propose: each alone, or many together.

A leaf does not scan. It is a generator that yields the scans it wants, one after the other, and is
sent what each could not rule out. So leaves that want the same rows scanned share a pass, whether
they belong to one query or to several of a batch.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from engine.index.passes import possible
from engine.index.scan import Scan
from engine.patience import check_patience

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.index.scan import Possible
    from engine.workers import Workers

Method: TypeAlias = Literal["scan", "graph"]


class Access(NamedTuple):
    """How points were looked at, and why so.

    Attributes:
        method: a scan or a walk.
        why: the reason, with braces where numbers belong.
        numbers: these; they are written down only for those who read the reason.

    """

    method: Method
    why: str
    numbers: tuple[int, ...] = ()

    @property
    def reason(self) -> str:
        """Why they were looked at so."""
        return self.why.format(*self.numbers)


class Proposed(NamedTuple):
    """Rows among which are the best ones, int64 (n,), distinct and ascending, and how found."""

    rows: NDArray[np.int64]
    access: Access


Proposal: TypeAlias = Generator[Scan, "Possible | None", Proposed]

Step: TypeAlias = Scan | Proposed


def concluded(proposal: Proposal) -> Proposed:
    """Return what a leaf proposes, each of its scans in a pass of its own."""
    step = _next(proposal, None)
    while isinstance(step, Scan):
        step = _next(proposal, possible([step])[0])
    return step


def concluded_together(proposals: Sequence[Proposal], walkers: Workers) -> list[Proposed]:
    """Return what each of some leaves proposes, those that want the same scanned in one pass.

    Args:
        proposals: of the leaves.
        walkers: who do all but scans.

    """
    steps: list[Step] = _all_next(proposals, [None] * len(proposals), walkers)
    while places := [place for place, step in enumerate(steps) if isinstance(step, Scan)]:
        scans = [step for step in steps if isinstance(step, Scan)]
        wanting = [proposals[place] for place in places]
        following = _all_next(wanting, possible(scans), walkers)
        for place, step in zip(places, following, strict=True):
            steps[place] = step
    return [step for step in steps if not isinstance(step, Scan)]


def _all_next(
    proposals: Sequence[Proposal], found: Sequence[Possible | None], workers: Workers
) -> list[Step]:
    """Go on with every leaf, until it wants a scan or is done."""

    def go_on(part: slice) -> list[Step]:
        return [_next(*each) for each in zip(proposals[part], found[part], strict=True)]

    size = max(1, -(-len(proposals) // workers.count))
    parts = [slice(start, start + size) for start in range(0, len(proposals), size)]
    return [*chain.from_iterable(workers.results([partial(go_on, part) for part in parts]))]


def _next(proposal: Proposal, found: Possible | None) -> Step:
    """Go on with a leaf until it wants a scan, or is done."""
    check_patience()
    try:
        return proposal.send(found)
    except StopIteration as done:
        proposed: Proposed = done.value
        return proposed
