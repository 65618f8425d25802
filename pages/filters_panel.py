"""The filter controls, made from the payload's own values; each shows and sets one condition."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import streamlit as st

from explorer.conditions import AnyOf, Between, Condition, Dated, Flag, HasText, Inside
from explorer.events import (
    ConditionAdded,
    ConditionChanged,
    ConditionRemoved,
    ConditionsCleared,
)
from explorer.fields import FieldKind
from pages import visit
from pages.bound import current_key, showing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from explorer.draft import Draft
    from explorer.fields import PayloadField
    from explorer.hints import Hints

C = TypeVar("C", AnyOf, Between, Dated, Flag, HasText, Inside)

_SIDES = ("north", "west", "south", "east")


def show(fields: Sequence[PayloadField], draft: Draft, hints: Hints) -> None:
    """Draw one control for a chosen field, above it the field's picker."""
    if not fields:
        st.caption("These points carry no payload to filter by.")
        return
    by_path = {field.path: field for field in fields}
    paths = list(by_path)
    first = paths.index(hints.colour) if hints.colour in by_path else 0
    path = st.selectbox("Filter by", paths, index=first, key="filter.field", persist_state="page")
    field = by_path[path]
    _CONTROLS[field.kind](field, draft)
    if field.note:
        st.caption(f"Values and ranges as seen {field.note}.")
    if draft.conditions:
        st.button(
            "Remove all filters",
            key="filter.none",
            icon=":material/filter_alt_off:",
            on_click=lambda: visit.apply(ConditionsCleared()),
        )


def chips(draft: Draft) -> None:
    """Draw the conditions in force; a click takes one away."""
    for number, condition in enumerate(draft.conditions):
        st.button(
            condition.label(),
            key=f"filter.chip.{number}",
            icon=":material/close:",
            on_click=visit.apply,
            args=(ConditionRemoved(condition),),
            help="Remove this filter",
        )


def _values(field: PayloadField, draft: Draft) -> None:
    if not field.values:
        _range(field, draft)
        return
    counts = {entry.value: entry.count for entry in field.values}
    present = _present(draft, AnyOf, field)
    chosen = list(present.values) if present else []
    st.multiselect(
        "Any of",
        [*counts, *(value for value in chosen if value not in counts)],
        key=showing("filter.values", chosen),
        format_func=lambda value: f"{value} ({counts[value]:,})" if value in counts else str(value),
        on_change=_on_change(AnyOf, field, lambda: _any_of(field, _shown("filter.values"))),
        placeholder="All values",
    )


def _any_of(field: PayloadField, values: Sequence[str | int]) -> AnyOf | None:
    return AnyOf(field.path, tuple(values)) if values else None


def _flag(field: PayloadField, draft: Draft) -> None:
    present = _present(draft, Flag, field)
    counts = {entry.value: entry.count for entry in field.values}
    st.segmented_control(
        "Is",
        [True, False],
        key=showing("filter.flag", present.value if present else None),
        format_func=lambda value: f"{'yes' if value else 'no'} ({counts.get(value, 0):,})",
        on_change=_on_change(Flag, field, lambda: _is(field, _shown("filter.flag"))),
    )


def _is(field: PayloadField, value: bool | None) -> Flag | None:
    return None if value is None else Flag(field.path, value)


def _range(field: PayloadField, draft: Draft) -> None:
    present = _present(draft, Between, field)
    step = 1.0 if field.kind is FieldKind.INTEGER else None
    on_change = _on_change(Between, field, lambda: _between(field))
    for column, side, label, extreme in zip(
        st.columns(2), ("low", "high"), ("From", "To"), (field.low, field.high), strict=True
    ):
        column.number_input(
            label,
            value=None,
            step=step,
            format="%.6g",
            placeholder="any" if extreme is None else f"{extreme:,.6g}",
            key=showing(f"filter.{side}", getattr(present, side, None)),
            on_change=on_change,
        )


def _between(field: PayloadField) -> Between | None:
    low, high = _shown("filter.low"), _shown("filter.high")
    return None if low is None and high is None else Between(field.path, low, high)


def _dates(field: PayloadField, draft: Draft) -> None:
    present = _present(draft, Dated, field)
    on_change = _on_change(Dated, field, lambda: _dated(field))
    for column, side, label in zip(
        st.columns(2), ("since", "until"), ("Since", "Until"), strict=True
    ):
        column.date_input(
            label,
            value=None,
            min_value=date(1, 1, 1),
            max_value=date(9999, 12, 30),
            key=showing(f"filter.{side}", _day(getattr(present, side, None))),
            on_change=on_change,
        )


def _day(moment: str | None) -> date | None:
    return None if moment is None else datetime.fromisoformat(moment).date()


def _dated(field: PayloadField) -> Dated | None:
    """Return whole days: until the last microsecond of the last one."""
    since: date | None = _shown("filter.since")
    until: date | None = _shown("filter.until")
    if since is None and until is None:
        return None
    end = None
    if until is not None:
        midnight = datetime.combine(until + timedelta(days=1), datetime.min.time())
        end = (midnight - timedelta(microseconds=1)).isoformat()
    return Dated(field.path, None if since is None else since.isoformat(), end)


def _text(field: PayloadField, draft: Draft) -> None:
    present = _present(draft, HasText, field)
    st.text_input(
        "Contains",
        key=showing("filter.text", present.text if present else ""),
        on_change=_on_change(HasText, field, lambda: _has_text(field, _shown("filter.text"))),
    )


def _has_text(field: PayloadField, text: str) -> HasText | None:
    return HasText(field.path, text.strip()) if text.strip() else None


def _place(field: PayloadField, draft: Draft) -> None:
    """Draw the sides of a box on the globe; all four make a condition."""
    present = _present(draft, Inside, field)
    limits = (90.0, 180.0, 90.0, 180.0)
    on_change = _on_change(Inside, field, lambda: _inside(field))
    columns = st.columns(2) * 2
    for column, side, limit in zip(columns, _SIDES, limits, strict=True):
        name = f"filter.{side}"
        key = current_key(name) if present is None else showing(name, getattr(present, side))
        column.number_input(
            f"{side.title()} (°)",
            value=None,
            min_value=-limit,
            max_value=limit,
            key=key,
            on_change=on_change,
        )


def _inside(field: PayloadField) -> Inside | None:
    box = [_shown(f"filter.{side}") for side in _SIDES]
    return None if None in box else Inside(field.path, *box)


_CONTROLS: dict[FieldKind, Callable[[PayloadField, Draft], None]] = {
    FieldKind.KEYWORD: _values,
    FieldKind.INTEGER: _values,
    FieldKind.FLOAT: _range,
    FieldKind.FLAG: _flag,
    FieldKind.DATETIME: _dates,
    FieldKind.TEXT: _text,
    FieldKind.GEO: _place,
}


def _shown(name: str) -> Any:
    """Return what the widget of that name says."""
    return st.session_state[current_key(name)]


def _present(draft: Draft, kind: type[C], field: PayloadField) -> C | None:
    """Return the draft's condition of this kind on this field."""
    found = (c for c in draft.conditions if isinstance(c, kind) and c.field == field.path)
    return next(found, None)


def _on_change(
    kind: type[Any], field: PayloadField, read: Callable[[], Condition | None]
) -> Callable[[], None]:
    """Return a callback that puts what the control says in the place of the condition before."""

    def change() -> None:
        before = _present(visit.draft(), kind, field)
        try:
            after = read()
        except ValueError as error:
            st.toast(str(error), icon=":material/error:")
            return
        if before is not None and after is not None:
            visit.apply(ConditionChanged(before, after))
        elif after is not None:
            visit.apply(ConditionAdded(after))
        elif before is not None:
            visit.apply(ConditionRemoved(before))

    return change
