"""The script of each page, as Streamlit's `st.switch_page` and `st.page_link` want it."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent

EXPLORE = str(_HERE / "explore" / "page.py")
HYBRID = str(_HERE / "hybrid" / "page.py")
MATRIX = str(_HERE / "matrix" / "page.py")
GRAPH = str(_HERE / "graph" / "page.py")
CLUSTERS = str(_HERE / "clusters" / "page.py")
OUTLIERS = str(_HERE / "outliers" / "page.py")
CLEANING = str(_HERE / "cleaning" / "page.py")
COLLECTIONS = str(_HERE / "catalog" / "page.py")
CONNECT = str(_HERE / "connect" / "page.py")
