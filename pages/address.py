"""The address bar: what a page writes there, and whether a visitor went back or forward in it."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, cast

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_WRITTEN = "address.written"
_TIME = "address.time"

_BEHIND = 1.0
"""Seconds after a write within which a browser may still send what stood there before."""


def write(wanted: Mapping[str, str], names: Collection[str]) -> None:
    """Let the address bar hold these parameters, and no others of these names."""
    gone = [name for name in names if name not in wanted and name in st.query_params]
    changed = {n: value for n, value in wanted.items() if st.query_params.get(n) != value}
    for name in gone:
        del st.query_params[name]
    if changed:
        st.query_params.update(changed)  # at once: each write is a step of the browser's Back
    if gone or changed:
        st.session_state[_TIME] = monotonic()
    st.session_state[_WRITTEN] = {**_written(), **dict.fromkeys(names), **wanted}


def left(names: Collection[str]) -> bool:
    """Tell whether the visitor went to other parameters of these names than the page wrote."""
    if monotonic() - st.session_state.get(_TIME, monotonic()) < _BEHIND:
        return False
    return any(st.query_params.get(name) != _written().get(name) for name in names)


def _written() -> dict[str, str | None]:
    return cast("dict[str, str | None]", st.session_state.get(_WRITTEN, {}))
