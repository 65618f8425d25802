"""The same question asked in every way that fits, side by side, and graded if a field can judge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.arena import contest, first_page, rivals
from explorer.evaluation import Grades, Judge, judge
from explorer.fields import FieldKind
from explorer.results import readable, results
from pages import click_events, visit
from pages.components import mount
from pages.map_view import roles_available

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from explorer.arena import Ranking, Rival
    from explorer.draft import Draft
    from explorer.examples import Role
    from explorer.fields import PayloadField
    from explorer.points import PointMap
    from explorer.results import Result
    from explorer.workspace import CollectionSummary, Workspace

_JUDGES = (FieldKind.KEYWORD, FieldKind.INTEGER, FieldKind.FLAG)
_CHANNEL = "rankings"


def show(
    workspace: Workspace,
    points: PointMap,
    draft: Draft,
    summary: CollectionSummary,
    fields: Sequence[PayloadField],
) -> None:
    """Draw a column for each way to ask; the one on the map is marked."""
    ways = rivals(draft, summary.vectors)
    if len(ways) < 2:
        ways = ()
    referee = _referee(workspace, draft, fields) if ways else None
    rankings = contest(workspace, ways)
    chosen = next((r for r in rankings if r.rival.draft == first_page(draft)), None)
    mount(
        _CHANNEL,
        {
            "columns": [_column(points, summary, r, chosen, referee) for r in rankings],
            "active_role": draft.active_role,
            "roles_available": roles_available(draft),
            "empty": {"title": "Nothing to compare yet", "text": _advice(draft)},
        },
        points,
        apply=lambda event, about: _apply(event, about, ways),
    )


def _referee(workspace: Workspace, draft: Draft, fields: Sequence[PayloadField]) -> Judge | None:
    """Draw the picker of the field that judges, and what it counts as right."""
    able = [field.path for field in fields if field.kind in _JUDGES]
    path = st.selectbox(
        "Right are results with the same",
        able,
        index=None,
        key="explore.judge",
        placeholder="payload field, such as a label",
        help="A result counts as right when it shares a value of this field with the examples",
    )
    if path is None:
        return None
    referee = judge(workspace.client, draft, path)
    if referee is None:
        st.caption(f"No example has a value of {path}, so it cannot judge here.")
        return None
    wanted = " or ".join(sorted(map(readable, referee.values)))
    st.caption(f"{referee.total:,} points are right: {path} is {wanted}.")
    return referee


def _advice(draft: Draft) -> str:
    if draft.text:
        return "Typed text is asked in one way. Clear it and point at examples."
    if missing := draft.missing():
        return missing
    return "This can be asked in one way. Add examples in Recommend, or pairs in Discover."


def _apply(event: Mapping[str, Any], points: PointMap, ways: Sequence[Rival]) -> None:
    column = event.get("column")
    if event["kind"] != "choose":
        click_events.change_draft(event, points)
    elif type(column) is int and 0 <= column < len(ways):
        visit.replace(ways[column].draft)


def _column(
    points: PointMap,
    summary: CollectionSummary,
    ranking: Ranking,
    chosen: Ranking | None,
    referee: Judge | None,
) -> dict[str, Any]:
    limit = ranking.rival.draft.limit
    grades = None if referee is None else referee.grade(ranking.hits, limit)
    before = {} if chosen is None else chosen.ranks
    played = {entry.example: entry.role for entry in visit.draft().played}
    right = [None] * len(ranking.hits) if grades is None else grades.right
    return {
        "name": ranking.rival.name,
        "chosen": ranking is chosen,
        "trouble": ranking.trouble,
        "figures": [] if ranking.trouble else _figures(ranking, chosen, grades),
        "hits": [
            _hit(points, result, before.get(result.point.id), played.get(result.point.id), mark)
            for result, mark in zip(results(ranking.hits, summary.hints), right, strict=True)
        ],
    }


def _figures(
    ranking: Ranking, chosen: Ranking | None, grades: Grades | None
) -> list[dict[str, str]]:
    figures = []
    if grades is not None:
        figures += [
            ("Right", f"{grades.precision:.0%}", "Precision: the share of results that are right"),
            ("nDCG", f"{grades.ndcg:.3f}", "1 where all that is right comes first; 0 for none"),
        ]
    if chosen is not None:
        shared = "–" if ranking is chosen else f"{ranking.shared(chosen)} of {len(ranking.hits)}"
        figures.append(("In common", shared, "Results that the one on the map has as well"))
    figures.append(("Time", f"{ranking.seconds * 1000:.3g} ms", "From the question to the results"))
    return [{"name": name, "value": value, "help": tip} for name, value, tip in figures]


def _hit(
    points: PointMap, result: Result, before: int | None, role: Role | None, right: bool | None
) -> dict[str, Any]:
    return {
        "index": points.index(result.point.id),
        "id": str(result.point.id),
        "title": result.point.title,
        "picture": result.point.picture,
        "rank": result.rank,
        "score_text": result.score_text,
        "moved": None if before is None else before - result.rank,
        "role": role,
        "right": right,
    }
