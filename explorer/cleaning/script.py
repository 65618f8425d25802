"""The decisions of the desk as a Python program that makes them through QdrantClient."""

from __future__ import annotations

from itertools import groupby
from pprint import pformat
from typing import TYPE_CHECKING

from explorer.cleaning.change import Dropped, FieldsSet
from explorer.cleaning.decision import Course

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.cleaning.change import Change
    from explorer.cleaning.desk import Desk

WIDTH = 88


def script(desk: Desk, url: str = "http://localhost:6333") -> str:
    """Return a program that does to the collection at `url` what its desk did, in the same order.

    What was undone or restored since is left out.
    """
    made = (found for found in reversed(desk.log()) if found.course is Course.MADE)
    changes = [change for decision in made for change in desk.changes(decision)]
    dropped = {change.id for change in changes if isinstance(change, Dropped)}
    needed = [
        change for change in changes if isinstance(change, Dropped) or change.id not in dropped
    ]
    steps = [_step(list(group)) for _, group in groupby(needed, _together)]
    head = (
        "from qdrant_client import QdrantClient, models\n\n"
        f"client = QdrantClient(url={url!r})\n"
        f"collection_name = {desk.collection!r}\n"
    )
    return head + "".join(f"\n{step}\n" for step in steps)


def _together(change: Change) -> str:
    """Return what changes that make one call have in common."""
    return "drop" if isinstance(change, Dropped) else f"set {sorted(change.fields.items())!r}"


def _step(changes: Sequence[Change]) -> str:
    first = changes[0]
    points = pformat([change.id for change in changes], width=WIDTH, compact=True)
    if not isinstance(first, FieldsSet):
        return f"client.delete(collection_name, models.PointIdsList(points={points}))"
    payload = pformat(dict(first.fields), width=WIDTH, sort_dicts=False)
    return f"client.set_payload(collection_name, payload={payload}, points={points})"
