"""Where versions of Qdrant read the same filter differently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Compat: TypeAlias = Literal["1.18", "1.19", "1.20"]


@dataclass(frozen=True, slots=True)
class Reading:
    """How one version reads the filters on which versions differ; all concern unindexed fields.

    Attributes:
        tokenises_text: `text`, `text_any` and `phrase` compare tokens, else substrings with case.
        null_inside_array: `is_null` is true of an array that holds a null.
        missing_counts_zero: `values_count` sees 0 values in a missing field, else never matches it.

    """

    tokenises_text: bool
    null_inside_array: bool
    missing_counts_zero: bool


READINGS: dict[Compat, Reading] = {
    "1.18": Reading(tokenises_text=False, null_inside_array=False, missing_counts_zero=False),
    "1.19": Reading(tokenises_text=False, null_inside_array=False, missing_counts_zero=True),
    "1.20": Reading(tokenises_text=True, null_inside_array=True, missing_counts_zero=True),
}
