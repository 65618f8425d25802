"""The form that turns a preview into an import plan; every field starts with a good guess."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from qdrant_client.models import Distance

from engine.schema import VectorKind
from explorer.importers import (
    BadRows,
    Duplicates,
    ImportPlan,
    Kind,
    Preview,
    VectorPlan,
    planned,
    possible_vectors,
    suggest_plan,
)

if TYPE_CHECKING:
    from explorer.workspace import Workspace

ROW_NUMBER = "row number"


def fill_in(preview: Preview, workspace: Workspace) -> ImportPlan:
    """Draw the form and return the plan it describes.

    Raises UnfitPlan when the file has nothing to make a vector from.
    """
    file = preview.source.table or preview.source.matrix
    key = f"{preview.source.name} {file.size if file else 0}"
    plan = suggest_plan(preview, _free_name(preview, workspace))
    plan = replace(plan, collection=_name(plan.collection, workspace, key))
    plan = replace(plan, append=plan.collection in workspace.names())
    vectors = _vectors(plan, preview, workspace, key)
    plan = replace(plan, vectors=vectors, payload=planned(preview, "", vectors).payload)
    with st.expander("Ids, payload, bad rows"):
        return _details(plan, preview, key)


def _free_name(preview: Preview, workspace: Workspace) -> str:
    file = preview.source.table or preview.source.matrix
    stem = re.sub(r"[^\w.-]+", "-", Path(file.name).stem if file else "") or "imported"
    names, number = set(workspace.names()), 2
    name = stem
    while name in names:
        name, number = f"{stem}-{number}", number + 1
    return name


def _name(suggested: str, workspace: Workspace, key: str) -> str:
    name = st.text_input("Collection", suggested, key=f"collection {key}").strip()
    if name in workspace.names():
        st.caption("There is a collection of this name: the points are added to it.")
    return name


def _vectors(
    plan: ImportPlan, preview: Preview, workspace: Workspace, key: str
) -> tuple[VectorPlan, ...]:
    """Return the vectors; the one vector of a collection that is appended to lends its name."""
    vectors = _chosen_vectors(plan, preview, key)
    if not plan.append or len(vectors) > 1:
        return vectors
    dense = [spec.name for spec in workspace.summary(plan.collection).vectors.values() if spec.size]
    return (replace(vectors[0], name=dense[0]),) if len(dense) == 1 else vectors


def _chosen_vectors(plan: ImportPlan, preview: Preview, key: str) -> tuple[VectorPlan, ...]:
    if plan.vectors[0].standardise:
        return (_standardised(plan.vectors[0], preview, key),)
    possible = {_column(vector): vector for vector in possible_vectors(preview)}
    suggested = [_column(vector) for vector in plan.vectors]
    if len(possible) > 1:
        wanted = st.multiselect(
            "Vectors",
            list(possible),
            suggested,
            key=f"vectors {key}",
            help="The others become payload.",
        )
        plan = planned(preview, "", tuple(possible[column] for column in wanted))
    return tuple(_vector(vector, key) for vector in plan.vectors)


def _standardised(vector: VectorPlan, preview: Preview, key: str) -> VectorPlan:
    st.caption("No column holds vectors: numbers side by side become one.")
    numbers = [column.name for column in preview.of_kind(Kind.INTEGER, Kind.FLOAT)]
    columns = st.multiselect(
        "Dimensions", numbers, list(vector.columns), key=f"dimensions {key}", wrap=True
    )
    standardise = st.toggle(
        "Standardise",
        value=True,
        key=f"standardise {key}",
        help="Each column gets mean 0 and standard deviation 1; a missing number is the mean.",
    )
    distance = _distance("Distance", vector.distance, key)
    return VectorPlan("", tuple(columns), len(columns), distance, standardise)


def _vector(vector: VectorPlan, key: str) -> VectorPlan:
    if vector.kind is VectorKind.SPARSE:
        return vector
    column, many = _column(vector), "many × " if vector.kind is VectorKind.MULTI else ""
    label = f"Distance of {column} ({many}{vector.size} numbers)"
    return replace(vector, distance=_distance(label, vector.distance, f"{column} {key}"))


def _column(vector: VectorPlan) -> str:
    return vector.columns[0] if vector.columns else "rows of the .npy file"


def _distance(label: str, start: Distance, key: str) -> Distance:
    options = list(Distance)
    chosen = st.segmented_control(
        label,
        options,
        default=start,
        required=True,
        format_func=lambda distance: distance.value,
        key=f"distance {key}",
    )
    return chosen or start


def _details(plan: ImportPlan, preview: Preview, key: str) -> ImportPlan:
    names = [ROW_NUMBER, *(column.name for column in preview.columns)]
    chosen = st.selectbox(
        "Id",
        names,
        names.index(plan.id_column or ROW_NUMBER),
        key=f"id {key}",
        help="Integers and UUIDs are kept; other text becomes a UUID, always the same.",
    )
    payload = [column.path for column in plan.payload]
    kept = st.multiselect("Payload", payload, payload, key=f"payload {key}")
    repeated = st.selectbox("Repeated ids", [*Duplicates], 0, key=f"duplicates {key}")
    bad = st.selectbox("Rows that cannot be read", [*BadRows], 0, key=f"bad rows {key}")
    return replace(
        plan,
        id_column=None if chosen == ROW_NUMBER else chosen,
        payload=tuple(column for column in plan.payload if column.path in kept),
        duplicates=repeated,
        bad_rows=bad,
    )
