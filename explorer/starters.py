"""Example queries that a collection suggests for a first look."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from explorer.examples import Examples, Mode, Pair

if TYPE_CHECKING:
    from explorer.draft import Draft
    from explorer.hints import Hints, Starter


def starters(hints: Hints) -> tuple[Starter, ...]:
    """Return the suggestions whose mode this version knows, in their order."""
    return tuple(starter for starter in hints.starters if starter.mode in set(Mode))


def started(draft: Draft, starter: Starter) -> Draft:
    """Return the draft with the examples of a suggestion in place of its own."""
    mode = Mode(starter.mode)
    target = starter.target
    if mode is Mode.NEAREST and target is None and starter.positives:
        target = starter.positives[0]
    examples = Examples(
        target=target,
        positives=starter.positives if mode is Mode.RECOMMEND else (),
        negatives=starter.negatives if mode is Mode.RECOMMEND else (),
        pairs=tuple(Pair(positive, negative) for positive, negative in starter.pairs),
    )
    return replace(draft, mode=mode, examples=examples, pinned=None, text="", offset=0)
