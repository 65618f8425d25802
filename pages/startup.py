"""What is open: each visitor's connection, the home connection of all others, and the warm-up."""

from __future__ import annotations

import gc
import logging
import os
from contextlib import asynccontextmanager
from functools import cache
from importlib import import_module
from threading import Lock, Thread, Timer
from typing import TYPE_CHECKING

import streamlit as st
from streamlit import env_util

import engine
from engine.api.errors import Forbidden
from engine.errors import EngineError
from explorer import catalog
from explorer.bundle import CatalogError
from explorer.cluster import Cluster
from explorer.connection import Connections, Folder
from explorer.workspace import data_folder
from pages import access, visit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from explorer.clusters.study import Studies
    from explorer.connection import Address, Connection
    from explorer.jobs import Jobs
    from explorer.points import PointMaps
    from explorer.text import TextSearch
    from explorer.workspace import Workspace

FIRST_COLLECTION = "emoji"

CLUSTER, CLUSTER_KEY = "SEXTANT_CLUSTER", "SEXTANT_CLUSTER_KEY"
"""The environment variables that name a Qdrant server to begin with, and the key for it."""

SEARCH_WARM_UP, LAYOUT_WARM_UP = 8.0, 60.0
"""Seconds until compiled loops are loaded, lest the first map and the first clicks wait for it."""

_LOG = logging.getLogger("sextant")

connections = Connections()
"""The connections of this process."""


class _Home:
    """Opens once, by whoever comes first; after an error the next one tries again."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._opened: Connection | None = None

    def open(self) -> Connection:
        with self._lock:
            if self._opened is None:
                self._opened = _open_home()
            return self._opened

    def close(self) -> None:
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None


_HOME = _Home()


def own_folder() -> Folder:
    """Return the data folder of this app."""
    return Folder(data_folder().resolve())


def home() -> Connection:
    """Return what visitors see who have not chosen: the app's own folder, or a given cluster.

    Raises StorageError (locked, not writable, damaged) or ClusterError; a reload tries again.
    """
    return _HOME.open()


def known_clusters() -> dict[str, Cluster]:
    """Return the servers of `.streamlit/secrets.toml` by name, each `[clusters.NAME]` a table.

    A table has `url` and, where one is needed, `api_key`. Raises BadAddress.
    """
    if not st.secrets.load_if_toml_exists():
        return {}
    return {
        name: Cluster.at(table["url"], table.get("api_key", ""))
        for name, table in st.secrets.get("clusters", {}).items()
    }


def connection() -> Connection:
    """Return what this visitor looks at, as far as they may; raises what `home` raises."""
    chosen = visit.connection()
    found = chosen if chosen is not None and chosen.is_open else home()
    return found if access.may_write() else found.reader


def connect(address: Address) -> None:
    """Let this visitor look at another place; raises StorageError, ClusterError or Forbidden."""
    if not access.may_write():
        raise Forbidden("your key only allows reading what this app shows; sign in with another")
    if address == _home_address():
        visit.connect(None, home().address.name)
    else:
        visit.connect(connections.open(address), address.name)


def workspace() -> Workspace:
    """Return the visitor's workspace; raises what `home` raises."""
    return connection().workspace


def point_maps() -> PointMaps:
    """Return the maps of the visitor's collections; raises what `home` raises."""
    return connection().maps


def texts() -> TextSearch:
    """Return the text search over the visitor's collections; raises what `home` raises."""
    return connection().texts


def studies() -> Studies:
    """Return the clusters of the visitor's collections; raises what `home` raises."""
    return connection().studies


def jobs() -> Jobs:
    """Return the long work on the visitor's collections; raises what `home` raises."""
    return connection().jobs


def close() -> None:
    """Give the data folder back; the next use opens it anew."""
    _HOME.close()


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Open what visitors see first while their browser loads; the page tells what is in the way."""
    Thread(target=_prepare, name="prepare", daemon=True).start()
    later = [Timer(SEARCH_WARM_UP, engine.warm_up), Timer(LAYOUT_WARM_UP, _warm_layouts_up)]
    for timer in later:
        timer.daemon = True
        timer.start()
    try:
        yield
    finally:
        for timer in later:
            timer.cancel()
        close()


def _prepare() -> None:
    """Do what the first run of a page would wait for, while the browser still loads its script."""
    try:
        home()
    except EngineError as error:
        _LOG.warning("%s", error)
    for module in ("pandas", "PIL.Image"):
        import_module(module)  # Streamlit does so when a page first needs them
    env_util.is_repl()  # asked by Streamlit's first write; its first answer looks at every module
    settle("start")


@cache
def settle(_after: str) -> None:
    """Take what is loaded by now out of the garbage collector's rounds, once after each stage.

    Streamlit collects after every run, holding all threads up: 270 ms a click, measured, nearly all
    of it over modules and models that never go. What little garbage there is now stays too: to
    collect it first would hold up the first map.
    """
    gc.freeze()


def _warm_layouts_up() -> None:
    from explorer.layout import umap  # noqa: PLC0415 - numba is slow to import

    umap.warm_up()
    settle("warm-up")


def _home_address() -> Address:
    url = os.environ.get(CLUSTER)
    return Cluster.at(url, os.environ.get(CLUSTER_KEY, "")) if url else own_folder()


def _open_home() -> Connection:
    address = _home_address()
    opened = connections.open(address)
    if isinstance(address, Cluster):
        return opened
    try:
        _load_first(opened.workspace)
    except BaseException:
        opened.close()  # or the next try would find the folder locked by this process
        raise
    return opened


def _load_first(workspace: Workspace) -> None:
    """Load what a newcomer sees first, anew if an earlier process died while loading it.

    Whatever stands in the way, the app begins without it.
    """
    names = workspace.names()
    try:
        if names == (FIRST_COLLECTION,) and workspace.summary(FIRST_COLLECTION).unfinished:
            workspace.client.delete_collection(FIRST_COLLECTION)
        elif names:
            return
        catalog.load(workspace.client, FIRST_COLLECTION)
    except (CatalogError, EngineError) as error:
        _LOG.warning("%s", error)
