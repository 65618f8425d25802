"""The clicked query as code that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer import codegen

if TYPE_CHECKING:
    from explorer.answer import Answer
    from explorer.draft import Draft

_PRINTERS = {
    "Python": (codegen.python, "python"),
    "HTTP": (codegen.http, "http"),
    "TypeScript": (codegen.typescript, "typescript"),
}


def show(draft: Draft, answer: Answer) -> None:
    """Draw the query in the chosen language, with a button that copies it."""
    request = answer.request
    if request is None:
        st.caption(draft.missing() or "A search by words runs in this app: it is no Qdrant query.")
        return
    language = st.segmented_control(
        "Language",
        list(_PRINTERS),
        default="Python",
        required=True,
        key="code.language",
        persist_state="session",
        label_visibility="collapsed",
    )
    written, syntax = _PRINTERS[language]
    st.code(written(draft.collection, request), language=syntax, wrap_lines=True)
