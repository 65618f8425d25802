"""Names of clusters, from what sets each apart."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from explorer.clusters.contrast import Contrast, Range, Value

LONGEST = 60
"""Characters of a name."""

_COMMON = 0.5  # a value names a cluster when so many of its points have it,
_LEAD = 0.25  # so many more than of the others
_SEEN = 0.05  # a word names a cluster when so many of its points have it
_WORDS = 3
_TELLING = re.compile(r"[^\W\d]{3}")  # a word says what it is; a code needs its field


def names(contrasts: Iterable[Contrast]) -> tuple[str, ...]:
    """Return a name for each cluster, all different."""
    proposed = [propose(contrast) for contrast in contrasts]
    total, met = Counter(proposed), Counter[str]()
    found = []
    for name in proposed:
        met[name] += 1
        numbered = f"{name} ({met[name]})" if name else f"Cluster {met[name]}"
        found.append(name if name and total[name] == 1 else numbered)
    return tuple(found)


def propose(contrast: Contrast) -> str:
    """Return what a cluster is called by its evidence, `""` where there is none."""
    value = _named_value(contrast)
    words = [w.word for w in contrast.words if w.share >= _SEEN] or [
        w.word for w in contrast.words if not value
    ]
    listed = ", ".join([word for word in words if word not in value.lower()][:_WORDS])
    ranges = describe_range(contrast.ranges[0]) if contrast.ranges else ""
    found = f"{value}: {listed}" if value and listed else value or listed or ranges
    return found if len(found) <= LONGEST else f"{found[: LONGEST - 1]}…"


def _named_value(contrast: Contrast) -> str:
    for value in contrast.values:
        if value.share >= _COMMON and value.share - value.elsewhere >= _LEAD:
            return describe_value(value)
    return ""


def describe_value(value: Value) -> str:
    """Return a value for reading: alone where it is a word, else with its field."""
    if isinstance(value.value, bool):
        return f"{value.field}: {'yes' if value.value else 'no'}"
    if isinstance(value.value, str) and _TELLING.search(value.value):
        return value.value
    return f"{value.field} {value.value}"


def describe_range(found: Range) -> str:
    """Return such as `year 1979 to 1982`: four fifths of the cluster lie there."""
    low, high = (written(number, is_date=found.is_date) for number in (found.low, found.high))
    return f"{found.field} {low}" if low == high else f"{found.field} {low} to {high}"


def written(number: float, *, is_date: bool) -> str:
    """Return a number with four digits, a moment as its day."""
    if is_date:
        return datetime.fromtimestamp(number, UTC).date().isoformat()
    return f"{number:.4g}"
