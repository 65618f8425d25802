"""What sets a cluster apart, as a table of words, values and numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.clusters.naming import written
from explorer.results import readable

if TYPE_CHECKING:
    from explorer.clusters.contrast import Contrast

_VALUES, _WORDS = 4, 6


def table(contrast: Contrast, title: str, elsewhere: str, key: str) -> None:
    """Draw the table; `elsewhere` heads the column of the other points."""
    rows = _rows(contrast)
    if not rows:
        st.caption(f"{title}: nothing in the payload.")
        return
    st.dataframe(
        rows,
        hide_index=True,
        height="content",
        key=key,
        column_config={
            "what": st.column_config.TextColumn(title),
            "here": st.column_config.TextColumn("Here", width="small"),
            "elsewhere": st.column_config.TextColumn(elsewhere, width="small"),
        },
    )


def _rows(contrast: Contrast) -> list[dict[str, str]]:
    """Return values, then numbers, then words; each the strongest first."""
    values = [
        {
            "what": f"{value.field}: {readable(value.value)}",
            "here": f"{value.share:.0%}",
            "elsewhere": f"{value.elsewhere:.0%}",
        }
        for value in contrast.values[:_VALUES]
    ]
    ranges = [
        {
            "what": found.field,
            "here": _span(found.low, found.high, is_date=found.is_date),
            "elsewhere": _span(found.elsewhere[0], found.elsewhere[2], is_date=found.is_date),
        }
        for found in contrast.ranges
    ]
    words = [
        {
            "what": f"“{word.word}”",
            "here": f"{word.share:.0%}",
            "elsewhere": f"{word.elsewhere:.0%}",
        }
        for word in contrast.words[:_WORDS]
    ]
    return [*values, *ranges, *words]


def _span(low: float, high: float, *, is_date: bool) -> str:
    ends = [written(number, is_date=is_date) for number in (low, high)]
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)
