"""What this process asks of its visitors, who has signed in, and what the present one may do."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from engine.api import access
from engine.api.settings import Access, Settings
from pages.serving.sessions import COOKIE, Sessions

if TYPE_CHECKING:
    from collections.abc import Mapping

sessions = Sessions()
"""The browsers that have signed in."""


class _Told:
    """The settings of this process: those of the command line, else those of the environment."""

    settings: Settings | None = None


def configure(settings: Settings | None) -> None:
    """Use these settings from now on; None for those of the environment, read anew."""
    _Told.settings = settings


def settings() -> Settings:
    """Return the settings of this process; raises ValueError for a key's file without a key."""
    if _Told.settings is None:
        _Told.settings = access.settings(os.environ)
    return _Told.settings


def granted(cookies: Mapping[str, str]) -> Access:
    """Return what the browser with these cookies may do."""
    return sessions.access(cookies.get(COOKIE)) if settings().has_key else Access.WRITE


def visitor() -> Access:
    """Return what the visitor may do for whom a page is run; the app itself may do everything."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return Access.WRITE
    return granted(st.context.cookies)


def may_write() -> bool:
    """Tell whether the visitor may change anything."""
    return visitor() is Access.WRITE
