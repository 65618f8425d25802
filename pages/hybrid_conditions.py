"""Conditions of a stage: a field, its values or bounds, and a chip for each condition in force."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.conditions import AnyOf, Between, Flag, HasText
from explorer.fields import FieldKind
from explorer.pipeline.events import ConditionsChanged
from pages import hybrid_visit, visit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.query.trace import Place
    from explorer.conditions import Condition
    from explorer.fields import PayloadField
    from explorer.pipeline.pipeline import Event
    from explorer.pipeline.stage import Stage

_PICKED = (
    FieldKind.KEYWORD,
    FieldKind.INTEGER,
    FieldKind.FLOAT,
    FieldKind.FLAG,
    FieldKind.TEXT,
)


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
    """Draw chips for conditions, and a popover to add one.

    `event` makes of all conditions the change of the pipeline; `name` tells two pickers apart.
    """
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        popover = st.popover(
            label, icon=":material/filter_alt:", key=f"hybrid.{name}", on_change="rerun"
        )
        for number, condition in enumerate(conditions):
            others = (*conditions[:number], *conditions[number + 1 :])
            st.button(
                condition.label(),
                key=f"hybrid.{name}.chip.{number}",
                icon=":material/close:",
                on_click=hybrid_visit.apply,
                args=(event(others),),
                help="Remove this condition",
            )
    if popover.open:
        with popover:
            _form(name, conditions, fields, event)


def _form(
    name: str,
    conditions: tuple[Condition, ...],
    fields: Sequence[PayloadField],
    event: Callable[[tuple[Condition, ...]], Event],
) -> None:
    by_path = {field.path: field for field in fields if field.kind in _PICKED}
    if not by_path:
        st.caption("These points carry no payload to filter by.")
        return
    kinds = [field.kind for field in by_path.values()]
    first = kinds.index(FieldKind.KEYWORD) if FieldKind.KEYWORD in kinds else 0
    path = st.selectbox("Field", list(by_path), index=first, key=f"hybrid.{name}.field")
    condition = _condition(name, by_path[path])
    st.button(
        "Add",
        key=f"hybrid.{name}.add",
        icon=":material/add:",
        disabled=condition is None,
        on_click=hybrid_visit.apply,
        args=(event((*conditions, condition) if condition else conditions),),
    )
    kept = visit.draft().conditions if visit.begun() else ()
    if kept and visit.draft().collection == hybrid_visit.pipeline().collection:
        st.button(
            "Take over the filters of Explore",
            key=f"hybrid.{name}.explore",
            on_click=hybrid_visit.apply,
            args=(event((*conditions, *kept)),),
        )


def _condition(name: str, field: PayloadField) -> Condition | None:
    """Draw the control of a field; returns its condition, None while it says nothing."""
    key = f"hybrid.{name}.{field.path}"
    if field.kind is FieldKind.FLAG:
        chosen = st.segmented_control("Is", [True, False], key=key, format_func=_yes_or_no)
        return None if chosen is None else Flag(field.path, chosen)
    if field.kind is FieldKind.TEXT:
        text = st.text_input("Contains", key=key).strip()
        return HasText(field.path, text) if text else None
    if field.values and field.kind is not FieldKind.FLOAT:
        values = st.multiselect("Any of", [entry.value for entry in field.values], key=key)
        return AnyOf(field.path, tuple(values)) if values else None
    low = st.number_input("From", value=None, placeholder=f"{field.low}", key=f"{key}.low")
    high = st.number_input("To", value=None, placeholder=f"{field.high}", key=f"{key}.high")
    return None if low is None and high is None else Between(field.path, low, high)


def _yes_or_no(value: bool) -> str:
    return "yes" if value else "no"
