"""The script that Streamlit runs for every visitor: the window's frame and the list of pages."""

from pathlib import Path

import streamlit as st

from pages import startup, visit

HERE = Path(__file__).parent

st.set_page_config(page_title="Sextant", page_icon=str(HERE / "icon.svg"), layout="wide")

page = st.navigation(
    [
        st.Page(
            HERE / "explore.py",
            title="Explore",
            icon=":material/explore:",
            default=True,
            help="A map of one collection. Click points to build a query and see what it finds.",
        ),
        st.Page(
            HERE / "hybrid.py",
            title="Hybrid",
            icon=":material/account_tree:",
            help="A query in stages: searches that are fused, rescored, ordered, grouped.",
        ),
        st.Page(
            HERE / "matrix.py",
            title="Matrix",
            icon=":material/grid_on:",
            help="Points compared with each other: a heat map, both formats, files.",
        ),
        st.Page(
            HERE / "graph.py",
            title="Graph",
            icon=":material/hub:",
            help="Points and the links among them: neighbours, trees, communities, hubs.",
        ),
        st.Page(
            HERE / "clusters.py",
            title="Clusters",
            icon=":material/bubble_chart:",
            help="Which groups the points form, what sets each apart, how stable they are.",
        ),
        st.Page(
            HERE / "outliers.py",
            title="Outliers",
            icon=":material/troubleshoot:",
            help="Points that stand apart, near-duplicates, labels that neighbours doubt.",
        ),
        st.Page(
            HERE / "cleaning.py",
            title="Cleaning",
            icon=":material/mop:",
            help="Decide on findings one by one: keep, drop, merge, relabel, and take it back.",
        ),
        st.Page(
            HERE / "collections_page.py",  # `collections` would hide the standard module
            title="Collections",
            url_path="collections",
            icon=":material/database:",
            help="What is stored. Load bundled data, import files, export, delete.",
        ),
        st.Page(
            HERE / "connect.py",
            title=f"Connected: {place}" if (place := visit.place()) else "Connect",
            icon=":material/link:",
            help="Look at a Qdrant server or another data folder, and come back.",
        ),
    ],
    position="top",
)
page.run()
startup.settle(page.title)
