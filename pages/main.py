"""The script that Streamlit runs for every visitor: the window's frame and the list of pages."""

from pathlib import Path

import streamlit as st

from pages import scripts, startup, visit

_HERE = Path(__file__).parent

st.set_page_config(page_title="Sextant", page_icon=str(_HERE / "icon.svg"), layout="wide")
# With an element beside it: a sheet alone is drawn where toasts and dialogs are, and the first that
# a callback draws would take its place.
st.html(f"<span class='sheet'></span><style>{(_HERE / 'page.css').read_text()}</style>")

page = st.navigation(
    [
        st.Page(
            scripts.EXPLORE,
            url_path="explore",
            title="Explore",
            icon=":material/explore:",
            default=True,
            help="A map of one collection. Click points to build a query and see what it finds.",
        ),
        st.Page(
            scripts.HYBRID,
            url_path="hybrid",
            title="Hybrid",
            icon=":material/account_tree:",
            help="A query in stages: searches that are fused, rescored, ordered, grouped.",
        ),
        st.Page(
            scripts.MATRIX,
            url_path="matrix",
            title="Matrix",
            icon=":material/grid_on:",
            help="Points compared with each other: a heat map, both formats, files.",
        ),
        st.Page(
            scripts.GRAPH,
            url_path="graph",
            title="Graph",
            icon=":material/hub:",
            help="Points and the links among them: neighbours, trees, communities, hubs.",
        ),
        st.Page(
            scripts.CLUSTERS,
            url_path="clusters",
            title="Clusters",
            icon=":material/bubble_chart:",
            help="Which groups the points form, what sets each apart, how stable they are.",
        ),
        st.Page(
            scripts.OUTLIERS,
            url_path="outliers",
            title="Outliers",
            icon=":material/troubleshoot:",
            help="Points that stand apart, near-duplicates, labels that neighbours doubt.",
        ),
        st.Page(
            scripts.CLEANING,
            url_path="cleaning",
            title="Cleaning",
            icon=":material/mop:",
            help="Decide on findings, one or many: keep, drop, merge, relabel, and take it back.",
        ),
        st.Page(
            scripts.COLLECTIONS,
            url_path="collections",
            title="Collections",
            icon=":material/database:",
            help="What is stored. Load bundled data, import files, export, delete.",
        ),
        st.Page(
            scripts.CONNECT,
            url_path="connect",
            title=f"Connected: {place}" if (place := visit.place()) else "Connect",
            icon=":material/link:",
            help="Look at a Qdrant server or another data folder, and come back.",
        ),
    ],
    position="top",
)
page.run()
startup.settle(page.title)
