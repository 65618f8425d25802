"""What leaves of queries propose: each alone, or many together.

A leaf does not scan. It is a generator that yields the scans it wants, one after the other, and is
sent what each could not rule out. So leaves that want the same rows scanned share a pass, whether
they belong to one query or to several of a batch.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from engine.index.shared_scan import Scan, passes, possible_together
from engine.patience import check_patience

if TYPE_CHECKING:
    from engine.index.scan import Possible
    from engine.query.access import Proposed

T = TypeVar("T")

Proposal: TypeAlias = Generator[Scan, "Possible | None", "Proposed"]

Step: TypeAlias = "Scan | Proposed"


_LONG = 1 << 27
"""Products of scans from which on threads pay: some milliseconds."""


class Workers:
    """Runs jobs one after the other; a subclass runs them side by side."""

    count = 1

    def results(self, jobs: Sequence[Callable[[], T]]) -> list[T]:
        """Return what each job returns, in their order."""
        return [job() for job in jobs]


def concluded(proposal: Proposal) -> Proposed:
    """Return what a leaf proposes, each of its scans made alone."""
    step = _next(proposal, None)
    while isinstance(step, Scan):
        step = _next(proposal, step.alone())
    return step


def concluded_together(
    proposals: Sequence[Proposal], workers: Workers, walkers: Workers
) -> list[Proposed]:
    """Return what each of some leaves proposes, those that want the same scanned in one pass.

    Args:
        proposals: of the leaves.
        workers: who make long scans.
        walkers: who do all else.

    """
    steps: list[Step] = _all_next(proposals, [None] * len(proposals), walkers)
    while places := [place for place, step in enumerate(steps) if isinstance(step, Scan)]:
        scans = [step for step in steps if isinstance(step, Scan)]
        found = _possible(scans, workers)
        following = _all_next([proposals[place] for place in places], found, walkers)
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


def _possible(scans: Sequence[Scan], workers: Workers) -> list[Possible | None]:
    """Make scans in as few passes as they need."""
    if sum(scan.elements for scan in scans) < _LONG:
        workers = Workers()
    together = passes(scans, workers.count)
    jobs = [partial(possible_together, [scans[place] for place in places]) for places in together]
    found: list[Possible | None] = [None] * len(scans)
    for places, results in zip(together, workers.results(jobs), strict=True):
        for place, result in zip(places, results, strict=True):
            found[place] = result
    return found


def _next(proposal: Proposal, possible: Possible | None) -> Step:
    """Go on with a leaf until it wants a scan, or is done."""
    check_patience()
    try:
        return proposal.send(possible)
    except StopIteration as done:
        proposed: Proposed = done.value
        return proposed
