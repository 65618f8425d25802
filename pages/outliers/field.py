"""Findings as a payload field of their points, which can be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.findings import marks
from explorer.results import counted
from pages import written_field

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.findings import Finding

FIELD = "finding"
"""The payload field that is offered at first."""

_NAME = "finding"


def show(collection: str, findings: Sequence[Finding]) -> None:
    """Draw the form that writes findings into a payload field."""
    with st.popover("Field", icon=":material/edit_note:", key="findings.write.form"):
        field = st.text_input(
            "Payload field",
            FIELD,
            key="findings.field",
            help="Says outlier, the number of the group of duplicates, or the doubted label's "
            "alternative. The map can be coloured by it, and searches filtered.",
        )
        values = marks(findings)
        st.button(
            f"Write into {counted(len(values), 'point')}",
            key="findings.write",
            icon=":material/edit_note:",
            width="stretch",
            disabled=written_field.running(_NAME, collection),
            on_click=written_field.write,
            args=(_NAME, collection, field, values),
        )


def progress(collection: str) -> None:
    """Draw how far the writing is, and what was written with a way to take it back."""
    written_field.show(_NAME, collection)
