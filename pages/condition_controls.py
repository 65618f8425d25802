"""Controls for filter conditions, made from the payload's own values; each sets one condition."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import streamlit as st

from explorer.conditions import AnyOf, Between, Condition, Dated, Flag, HasText, Inside
from explorer.fields import FieldKind
from pages import notice
from pages.bound import current_key, showing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from explorer.fields import PayloadField

C = TypeVar("C", AnyOf, Between, Dated, Flag, HasText, Inside)

_SIDES = ("north", "west", "south", "east")


@dataclass(frozen=True, slots=True)
class Filter:
    """The conditions that controls show and change.

    Attributes:
        name: tells the widgets of two filters of a page apart.
        conditions: returns those in force, also within callbacks.
        change: puts others in their place.

    """

    name: str
    conditions: Callable[[], tuple[Condition, ...]]
    change: Callable[[tuple[Condition, ...]], None]

    def key(self, name: str) -> str:
        """Return the name of one of its widgets."""
        return f"{self.name}.{name}"

    def present(self, kind: type[C], field: PayloadField) -> C | None:
        """Return its condition of this kind on this field."""
        found = (c for c in self.conditions() if isinstance(c, kind) and c.field == field.path)
        return next(found, None)

    def put(self, before: Condition | None, after: Condition | None) -> None:
        """Change one condition: None before adds, None after removes."""
        if before is None:
            self.change((*self.conditions(), *([] if after is None else [after])))
        else:
            changed = (after if one == before else one for one in self.conditions())
            self.change(tuple(one for one in changed if one is not None))

    def shown(self, name: str) -> Any:
        """Return what one of its widgets says."""
        return st.session_state[current_key(self.key(name))]


def form(chosen: Filter, fields: Sequence[PayloadField], first: str | None = None) -> None:
    """Draw the picker of a field, `first` at first, and the control of that field."""
    if not fields:
        st.caption("These points carry no payload to filter by.")
        return
    by_path = {field.path: field for field in fields}
    path = st.selectbox(
        "Filter by",
        list(by_path),
        index=list(by_path).index(first) if first in by_path else _first_keyword(fields),
        key=chosen.key("field"),
        persist_state="page",
    )
    field = by_path[path]
    _CONTROLS[field.kind](field, chosen)
    if field.note:
        st.caption(f"Values and ranges as seen {field.note}.")
    if chosen.conditions():
        st.button(
            "Remove all filters",
            key=chosen.key("none"),
            icon=":material/filter_alt_off:",
            on_click=chosen.change,
            args=((),),
        )


def chips(chosen: Filter) -> None:
    """Draw the conditions in force; a click takes one away."""
    for number, condition in enumerate(chosen.conditions()):
        st.button(
            condition.label(),
            key=chosen.key(f"chip.{number}"),
            icon=":material/close:",
            on_click=chosen.put,
            args=(condition, None),
            help="Remove this filter",
        )


def _first_keyword(fields: Sequence[PayloadField]) -> int:
    kinds = [field.kind for field in fields]
    return kinds.index(FieldKind.KEYWORD) if FieldKind.KEYWORD in kinds else 0


def _values(field: PayloadField, chosen: Filter) -> None:
    if not field.values:
        _range(field, chosen)
        return
    counts = {entry.value: entry.count for entry in field.values}
    present = chosen.present(AnyOf, field)
    values = list(present.values) if present else []
    st.multiselect(
        "Any of",
        [*counts, *(value for value in values if value not in counts)],
        default=values,
        key=showing(chosen.key("values"), values),
        format_func=lambda value: f"{value} ({counts[value]:,})" if value in counts else str(value),
        on_change=_on_change(chosen, AnyOf, field, lambda: _any_of(field, chosen.shown("values"))),
        placeholder="All values",
    )


def _any_of(field: PayloadField, values: Sequence[str | int]) -> AnyOf | None:
    return AnyOf(field.path, tuple(values)) if values else None


def _flag(field: PayloadField, chosen: Filter) -> None:
    present = chosen.present(Flag, field)
    counts = {entry.value: entry.count for entry in field.values}
    st.segmented_control(
        "Is",
        [True, False],
        default=(value := present.value if present else None),
        key=showing(chosen.key("flag"), value),
        format_func=lambda value: f"{'yes' if value else 'no'} ({counts.get(value, 0):,})",
        on_change=_on_change(chosen, Flag, field, lambda: _is(field, chosen.shown("flag"))),
    )


def _is(field: PayloadField, value: bool | None) -> Flag | None:
    return None if value is None else Flag(field.path, value)


def _range(field: PayloadField, chosen: Filter) -> None:
    present = chosen.present(Between, field)
    step = 1.0 if field.kind is FieldKind.INTEGER else None
    on_change = _on_change(chosen, Between, field, lambda: _between(field, chosen))
    for column, side, label, extreme in zip(
        st.columns(2), ("low", "high"), ("From", "To"), (field.low, field.high), strict=True
    ):
        column.number_input(
            label,
            value=(value := getattr(present, side, None)),
            step=step,
            format="%.6g",
            placeholder="any" if extreme is None else f"{extreme:,.6g}",
            key=showing(chosen.key(side), value),
            on_change=on_change,
        )


def _between(field: PayloadField, chosen: Filter) -> Between | None:
    low, high = chosen.shown("low"), chosen.shown("high")
    return None if low is None and high is None else Between(field.path, low, high)


def _dates(field: PayloadField, chosen: Filter) -> None:
    present = chosen.present(Dated, field)
    on_change = _on_change(chosen, Dated, field, lambda: _dated(field, chosen))
    for column, side, label in zip(
        st.columns(2), ("since", "until"), ("Since", "Until"), strict=True
    ):
        column.date_input(
            label,
            value=(day := _day(getattr(present, side, None))),
            min_value=date(1, 1, 1),
            max_value=date(9999, 12, 30),
            key=showing(chosen.key(side), day),
            on_change=on_change,
        )


def _day(moment: str | None) -> date | None:
    return None if moment is None else datetime.fromisoformat(moment).date()


def _dated(field: PayloadField, chosen: Filter) -> Dated | None:
    """Return whole days: until the last microsecond of the last one."""
    since: date | None = chosen.shown("since")
    until: date | None = chosen.shown("until")
    if since is None and until is None:
        return None
    end = None
    if until is not None:
        midnight = datetime.combine(until + timedelta(days=1), datetime.min.time())
        end = (midnight - timedelta(microseconds=1)).isoformat()
    return Dated(field.path, None if since is None else since.isoformat(), end)


def _text(field: PayloadField, chosen: Filter) -> None:
    present = chosen.present(HasText, field)
    st.text_input(
        "Contains",
        value=(value := present.text if present else ""),
        key=showing(chosen.key("text"), value),
        on_change=_on_change(
            chosen, HasText, field, lambda: _has_text(field, chosen.shown("text"))
        ),
    )


def _has_text(field: PayloadField, chosen: Filter) -> HasText | None:
    text = chosen.shown("text").strip()
    return HasText(field.path, text) if text else None


def _place(field: PayloadField, chosen: Filter) -> None:
    """Draw the sides of a box on the globe; all four make a condition."""
    present = chosen.present(Inside, field)
    limits = (90.0, 180.0, 90.0, 180.0)
    on_change = _on_change(chosen, Inside, field, lambda: _inside(field, chosen))
    columns = st.columns(2) * 2
    for column, side, limit in zip(columns, _SIDES, limits, strict=True):
        name = chosen.key(side)
        value = None if present is None else getattr(present, side)
        key = current_key(name) if present is None else showing(name, value)
        column.number_input(
            f"{side.title()} (°)",
            value=value,
            min_value=-limit,
            max_value=limit,
            key=key,
            on_change=on_change,
        )


def _inside(field: PayloadField, chosen: Filter) -> Inside | None:
    box = [chosen.shown(side) for side in _SIDES]
    return None if None in box else Inside(field.path, *box)


_CONTROLS: dict[FieldKind, Callable[[PayloadField, Filter], None]] = {
    FieldKind.KEYWORD: _values,
    FieldKind.INTEGER: _values,
    FieldKind.FLOAT: _range,
    FieldKind.FLAG: _flag,
    FieldKind.DATETIME: _dates,
    FieldKind.TEXT: _text,
    FieldKind.GEO: _place,
}


def _on_change(
    chosen: Filter, kind: type[Any], field: PayloadField, read: Callable[[], Condition | None]
) -> Callable[[], None]:
    """Return a callback that puts what the control says in the place of the condition before."""

    def change() -> None:
        before = chosen.present(kind, field)
        try:
            after = read()
        except ValueError as error:
            notice.later(str(error), "error")
            return
        chosen.put(before, after)

    return change
