"""Conditions of a stage: a chip for each in force, and a popover with the controls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.pipeline.events import ConditionsChanged
from pages import condition_controls, visit
from pages.condition_controls import Filter
from pages.hybrid import visit as hybrid_visit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.query.trace import Place
    from explorer.conditions import Condition
    from explorer.fields import PayloadField
    from explorer.pipeline.pipeline import Event
    from explorer.pipeline.stage import Stage


def show(place: Place, stage: Stage, fields: Sequence[PayloadField]) -> None:
    """Draw the conditions that the points of a stage must meet."""
    pick(
        "Filter",
        "filter",
        stage.conditions,
        fields,
        lambda conditions: ConditionsChanged(place, conditions),
    )


def pick(
    label: str,
    name: str,
    conditions: tuple[Condition, ...],
    fields: Sequence[PayloadField],
    event: Callable[[tuple[Condition, ...]], Event],
) -> None:
    """Draw chips for conditions, and a popover to change them.

    `event` makes of all conditions the change of the pipeline; `name` tells two pickers apart.
    """
    chosen = Filter(
        f"hybrid.{name}",
        lambda: conditions,
        lambda changed: hybrid_visit.apply(event(changed)),
    )
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        popover = st.popover(
            label, icon=":material/filter_alt:", key=f"hybrid.{name}", on_change="rerun"
        )
        condition_controls.chips(chosen)
    if popover.open:
        with popover:
            condition_controls.form(chosen, fields)
            _from_explore(chosen)


def _from_explore(chosen: Filter) -> None:
    """Offer the conditions of the Explore page on the same collection."""
    kept = visit.draft().conditions if visit.begun() else ()
    if kept and visit.draft().collection == hybrid_visit.pipeline().collection:
        st.button(
            "Take over the filters of Explore",
            key=chosen.key("explore"),
            on_click=chosen.change,
            args=(tuple(dict.fromkeys((*chosen.conditions(), *kept))),),
        )
