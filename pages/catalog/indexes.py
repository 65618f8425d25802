"""The search index of a collection on its card: what it covers, how far it is, cancel and build."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from engine import Engine
from explorer.results import counted
from pages import access

if TYPE_CHECKING:
    from engine.index.state import IndexState, VectorIndex
    from engine.maintenance import Building
    from explorer.workspace import Workspace

EVERY = 1.0
"""Seconds between two looks at a build."""


def show(workspace: Workspace, name: str) -> None:
    """Draw the line of a collection's index; nothing for a small collection that needs none."""
    engine = workspace.client
    if not isinstance(engine, Engine):
        return
    state = engine.index_state(name)
    if state.building is not None:
        st.fragment(_building, run_every=EVERY, key=f"building {name}")(engine, name)
    elif state.paused:
        _paused(engine, name, state)
    elif state.indexed:
        st.caption(
            " · ".join(_coverage(vector) for vector in state.vectors if vector.indexed),
            help="A graph of near neighbours (HNSW) finds points without comparing all of them. "
            "Those that it does not cover yet are compared one by one, and found as well; when "
            "they are many, a new one is built in the background.",
        )


def _building(engine: Engine, name: str) -> None:
    building = engine.index_state(name).building
    if building is None:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(building.fraction, _progress(building))
        if access.may_write():
            st.button(
                "Cancel",
                key=f"cancel graph {name}",
                icon=":material/close:",
                on_click=engine.cancel_index,
                args=(name,),
                help="Without it, searches compare every point: exact, and slower.",
            )


def _progress(building: Building) -> str:
    if building.vector is None:
        return "A search index is built once writing has settled"
    of = f" of {building.vector}" if building.vector else ""
    return f"Building the search index{of}: {building.done:,} of {counted(building.total, 'point')}"


def _paused(engine: Engine, name: str, state: IndexState) -> None:
    if state.error is not None:
        st.warning(state.error, icon=":material/warning:")
    with st.container(horizontal=True, vertical_alignment="center"):
        if state.error is None:
            st.caption("The search index was not finished, so searches compare every point.")
        if access.may_write():
            st.button(
                "Build the search index",
                key=f"build graph {name}",
                icon=":material/graph_1:",
                on_click=_build,
                args=(engine, name),
            )


def _build(engine: Engine, name: str) -> None:
    engine.build_index(name, wait=False)


def _coverage(vector: VectorIndex) -> str:
    of = f" of {vector.name}" if vector.name else ""
    points = counted(vector.points, "point")
    if vector.indexed == vector.points:
        return f"Search index{of} over all {points}"
    return f"Search index{of} over {vector.indexed:,} of {points}"
