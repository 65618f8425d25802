"""Below the heat map: how often each score occurs, both formats, files, and the code."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, cast

import streamlit as st

from explorer import codegen
from explorer.charts import histogram
from explorer.matrix import MatrixFormat, write_matrix
from explorer.records import chosen_records
from explorer.results import describe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.ids import PointId
    from explorer.matrix import Matrix
    from explorer.workspace import CollectionSummary, Workspace

SHOWN = 1_000
"""Cells that a table shows; the files have all."""

_FILES = {
    MatrixFormat.PAIRS: ("Pairs (JSON)", "The first format of the API: a, b, score."),
    MatrixFormat.OFFSETS: ("Offsets (JSON)", "The second format: a sparse matrix, and its ids."),
    MatrixFormat.NPZ: ("SciPy (npz)", "Read by scipy.sparse.load_npz; the ids lie beside it."),
    MatrixFormat.PARQUET: ("Parquet", "A row for each pair: a, b, score."),
}


def show(workspace: Workspace, summary: CollectionSummary, matrix: Matrix) -> None:
    """Draw the panels of a matrix."""
    scores, pairs, offsets, files, code = st.tabs(
        ["Scores", "Pairs", "Offsets", "Files", "Code"], key="matrix.panel", on_change="rerun"
    )
    if scores.open:
        with scores:
            _scores(matrix)
    if pairs.open:
        with pairs:
            _pairs(workspace, summary, matrix)
    if offsets.open:
        with offsets:
            _offsets(matrix)
    if files.open:
        with files:
            _files(matrix)
    if code.open:
        with code:
            st.code(
                codegen.python_matrix(matrix.question.collection, matrix.question.request()),
                language="python",
                wrap_lines=True,
            )


def _scores(matrix: Matrix) -> None:
    name = "similarity" if matrix.neighbours.larger_is_better else "distance"
    st.echarts_chart(
        histogram.spec(matrix.cells[2], name),
        height=240,
        alt=f"Histogram of {len(matrix.cells[2]):,} {name} scores",
    )


def _pairs(workspace: Workspace, summary: CollectionSummary, matrix: Matrix) -> None:
    rows, columns, scores = (part[:SHOWN].tolist() for part in matrix.cells)
    ids = matrix.neighbours.ids
    titles = _titles(workspace, summary, [ids[place] for place in {*rows, *columns}])
    table = [
        {
            "a": str(ids[a]),
            "a is": titles.get(ids[a], ""),
            "b": str(ids[b]),
            "b is": titles.get(ids[b], ""),
            "score": score,
        }
        for a, b, score in zip(rows, columns, scores, strict=True)
    ]
    _table(table, len(matrix.cells[2]))


def _titles(
    workspace: Workspace, summary: CollectionSummary, ids: Sequence[PointId]
) -> Mapping[PointId, str]:
    """Return what each point is called."""
    pages = chosen_records(workspace.client, summary.name, ids, with_payload=True)
    records = [record for page in pages for record in page]
    return {
        cast("PointId", record.id): describe(
            cast("PointId", record.id), record.payload or {}, summary.hints
        ).title
        for record in records
    }


def _offsets(matrix: Matrix) -> None:
    rows, columns, scores = (part[:SHOWN].tolist() for part in matrix.cells)
    names = ("offsets_row", "offsets_col", "scores")
    table = [
        dict(zip(names, cell, strict=True)) for cell in zip(rows, columns, scores, strict=True)
    ]
    _table(table, len(matrix.cells[2]))
    shown = ", ".join(str(point) for point in matrix.neighbours.ids[:12])
    st.caption(f"ids: {shown}{', …' if len(matrix) > 12 else ''}")


def _table(rows: list[dict[str, Any]], total: int) -> None:
    st.dataframe(rows, hide_index=True, width="stretch", height=280)
    if total > len(rows):
        st.caption(f"The first {len(rows):,} of {total:,}; the files have all.")


def _files(matrix: Matrix) -> None:
    with st.container(horizontal=True, gap="xsmall"):
        for wanted, (label, words) in _FILES.items():
            st.download_button(
                label,
                partial(write_matrix, matrix, wanted),
                file_name=f"{matrix.question.collection}-matrix.{wanted}",
                key=f"matrix.file.{wanted}",
                icon=":material/download:",
                help=words,
                on_click="ignore",
            )


def _code(matrix: Matrix) -> None:
    question = matrix.question
    written = codegen.python_matrix(question.collection, question.request())
    st.code(written, language="python", wrap_lines=True)
