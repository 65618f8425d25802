"""The filters of the visitor's draft, behind a button: the same on every page that has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.events import ConditionsChanged
from pages import condition_controls, visit
from pages.condition_controls import Filter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.fields import PayloadField
    from explorer.hints import Hints


def show(fields: Sequence[PayloadField], hints: Hints) -> None:
    """Draw the button and, behind it, the picker of a field and its control."""
    filters = st.popover(
        "Filters",
        icon=":material/filter_alt:",
        key="filters",
        on_change="rerun",
        help="Filters: which points take part, by their payload",
    )
    if filters.open:
        with filters:
            condition_controls.form(_filter(), fields, hints.colour)


def chips() -> None:
    """Draw the conditions in force; a click takes one away."""
    condition_controls.chips(_filter())


def _filter() -> Filter:
    return Filter(
        "filter",
        lambda: visit.draft().conditions,
        lambda conditions: visit.apply(ConditionsChanged(conditions)),
    )
