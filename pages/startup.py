"""Before the first page: open the data folder, load the first map, warm up the rest."""

from __future__ import annotations

import importlib
import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass
from threading import Lock, Timer
from typing import TYPE_CHECKING

import anyio.to_thread

from engine.errors import StorageError
from explorer import catalog
from explorer.points import PointMaps
from explorer.text import TextSearch
from explorer.workspace import Workspace, data_folder, open_engine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import streamlit as st

    from engine import Engine

FIRST_COLLECTION = "emoji"
LAYOUTS = "layouts"
"""The folder in the data folder in which layouts are stored."""

WARM_UP_AFTER = 8.0  # seconds: the first map must not wait for imports

_LOG = logging.getLogger("sextant")


@dataclass(frozen=True)
class _Opened:
    """What all visitors of this process share."""

    engine: Engine
    workspace: Workspace
    point_maps: PointMaps
    texts: TextSearch


class _Door:
    """Opens once, by whoever comes first; after an error the next one tries again."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._opened: _Opened | None = None

    def open(self) -> _Opened:
        with self._lock:
            if self._opened is None:
                self._opened = _open()
            return self._opened

    def close(self) -> None:
        with self._lock:
            if self._opened is not None:
                self._opened.engine.close()
                self._opened = None


_DOOR = _Door()


def workspace() -> Workspace:
    """Return the workspace of this process, opening the data folder on first use.

    Raises StorageError (locked, not writable, damaged); a reload of the page tries again.
    """
    return _DOOR.open().workspace


def point_maps() -> PointMaps:
    """Return the maps of the workspace's collections; raises what `workspace` raises."""
    return _DOOR.open().point_maps


def texts() -> TextSearch:
    """Return the text search over the workspace's collections; raises what `workspace` raises."""
    return _DOOR.open().texts


def forget(collection: str) -> None:
    """Drop what is kept of a collection whose payload, vectors or layout have changed."""
    opened = _DOOR.open()
    opened.point_maps.forget(collection)
    opened.texts.forget(collection)


def close() -> None:
    """Give the data folder back; the next use opens it anew."""
    _DOOR.close()


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Open the data folder while the server starts; the page tells what stands in the way."""
    try:
        await anyio.to_thread.run_sync(workspace)
    except StorageError as error:
        _LOG.warning("%s", error)
    warm_up = Timer(WARM_UP_AFTER, importlib.import_module, ["umap"])
    warm_up.daemon = True
    warm_up.start()
    try:
        yield
    finally:
        warm_up.cancel()
        close()


def _open() -> _Opened:
    engine = open_engine()
    if not engine.get_collections().collections:
        catalog.load(engine, FIRST_COLLECTION)
    maps = PointMaps(engine, data_folder() / LAYOUTS)
    return _Opened(engine, Workspace(engine), maps, TextSearch(engine))
