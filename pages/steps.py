"""Undo and redo, alike on every page that has a history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Callable


def show(name: str, undo: Callable[[], None] | None, redo: Callable[[], None] | None) -> None:
    """Draw the two buttons, with their keys.

    Args:
        name: tells the buttons of two pages apart.
        undo: goes one step back; None where there is none.
        redo: goes one step forward again; None where there is none.

    """
    _step("Undo", "Ctrl+Z", f"icon-{name}-undo", ":material/undo:", undo)
    _step("Redo", "Ctrl+Shift+Z", f"icon-{name}-redo", ":material/redo:", redo)


def _step(
    label: str, shortcut: str, key: str, icon: str, action: Callable[[], None] | None
) -> None:
    st.button(
        label,
        icon=icon,
        shortcut=shortcut,
        disabled=action is None,
        on_click=action,
        type="tertiary",
        key=key,
        help=f"{label} ({shortcut})",
    )
