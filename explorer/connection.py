"""Connections: an open place whose collections are looked at, with all that is kept of them."""

from __future__ import annotations

import secrets
from copy import copy
from dataclasses import dataclass
from functools import cached_property, partial
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, TypeAlias, TypeVar
from weakref import WeakValueDictionary, finalize

from engine import Engine
from engine.errors import FolderNotWritable
from explorer.cleaning import Desks
from explorer.client import note_change, reader
from explorer.cluster import Cluster, skew
from explorer.clusters.study import Studies
from explorer.findings import Neighbourhoods
from explorer.graph.drawings import Drawings
from explorer.jobs import Jobs
from explorer.matrix import Matrices
from explorer.nearest import Nearest
from explorer.points import PointMaps
from explorer.text import TextSearch
from explorer.workspace import Workspace, data_folder

if TYPE_CHECKING:
    from explorer.client import Client
    from explorer.jobs import Job, Report, Stopped, Work

T = TypeVar("T")

LAYOUTS = ".layouts"
"""The folder in a data folder that keeps layouts; its dot says that it is no collection."""

CLEANING = ".cleaning"
"""The folder in a data folder that keeps the cleaning desk's queue, log and trash."""

_MARK = ".lock"  # what the engine leaves in every data folder


@dataclass(frozen=True, slots=True)
class Folder:
    """A data folder of this machine, which the embedded engine opens."""

    path: Path

    @classmethod
    def at(cls, typed: str) -> Folder:
        """Return the data folder that somebody typed, or an empty one; raises FolderNotWritable."""
        path = Path(typed.strip()).expanduser()
        if not typed.strip() or not path.is_dir():
            raise FolderNotWritable(f"There is no folder {typed!r}. Make it first.")
        if not (path / _MARK).exists() and any(path.iterdir()):
            raise FolderNotWritable(
                f"{path} is no data folder: it holds other things. Choose one, or an empty folder."
            )
        return cls(path.resolve())

    @property
    def name(self) -> str:
        """How people call it."""
        return str(self.path)

    @property
    def short_name(self) -> str:
        """The same in a few words."""
        return self.path.name


Address: TypeAlias = Folder | Cluster
"""Where collections are."""


class Connection:
    """One open place; whoever holds its token may read what is shown of it.

    Attributes:
        address: where it is.
        token: an unguessable word for it, new each time it is opened.
        note: what to know about the server, or `""`.
        workspace: its collections.
        maps: the maps of its collections.
        nearest: who is near whom in them.
        drawings: the graphs drawn of them.
        matrices: the distance matrices of their points.
        studies: the clusters found in them.
        texts: the text search over them.
        neighbourhoods: what findings are made from.
        desks: where findings in them are decided on; queue and trash are kept on this machine.
        jobs: the long work on them.
        layouts: the folder in which their layouts are stored.
        looked_at: the collection that somebody looked at last, `""` for none yet.

    """

    def __init__(self, address: Address, client: Client, note: str = "") -> None:
        """Look through `client`, which is closed when nobody holds the connection any more."""
        self.address = address
        self.token = secrets.token_urlsafe(18)
        self.note = note
        self.looked_at = ""
        self.layouts = _beside(address, LAYOUTS)
        self.workspace = Workspace(client)
        self.maps = PointMaps(client, self.layouts)
        self.nearest = Nearest(client)
        self.drawings = Drawings(client, self.maps, self.nearest)
        self.matrices = Matrices(client)
        self.studies = Studies(client, self.nearest)
        self.texts = TextSearch(client)
        self.neighbourhoods = Neighbourhoods(client, self.nearest)
        self.desks = Desks(client, _beside(address, CLEANING) / "desk.sqlite")
        self.jobs = Jobs()
        self._close = finalize(self, _close, client, self.desks)

    @property
    def cookie(self) -> str:
        """The name of the cookie that keeps the token for a reload of the page."""
        return cookie_name(self.address.name)

    @cached_property
    def reader(self) -> Connection:
        """The same place for those who may only read it; their long work is their own."""
        face = copy(self)
        face.workspace = Workspace(reader(self.workspace.client))
        face.jobs = Jobs()
        return face

    @property
    def is_open(self) -> bool:
        """Whether nobody has closed it."""
        return self._close.alive

    def start(self, key: str, title: str, work: Work[T]) -> Job[T]:
        """Start long work under a key; the connection stays open until it has ended."""
        return self.jobs.start(key, title, partial(_holding, self, work))

    def restart(self, key: str, title: str, work: Work[T]) -> Job[T]:
        """Start long work in the place of a running job of that key, which is cancelled."""
        return self.jobs.restart(key, title, partial(_holding, self, work))

    def forget(self, collection: str) -> None:
        """Drop what is kept of a collection whose payload, vectors or layout have changed."""
        note_change(self.workspace.client, collection)
        self.maps.forget(collection)
        self.nearest.forget(collection)
        self.drawings.forget(collection)
        self.matrices.forget(collection)
        self.neighbourhoods.forget(collection)
        self.studies.forget(collection)
        self.texts.forget(collection)

    def close(self) -> None:
        """Close the client; closing twice is fine."""
        self._close()


class Connections:
    """The connections of a process, each kept open as long as somebody holds it.

    Two who ask for the same address, key included, share a connection: a data folder opens only
    once, and what was read of a cluster need not be read again.
    """

    def __init__(self) -> None:
        self._opening = Lock()
        self._by_address: WeakValueDictionary[Address, Connection] = WeakValueDictionary()
        self._by_token: WeakValueDictionary[str, Connection] = WeakValueDictionary()

    def open(self, address: Address) -> Connection:
        """Return a connection that works.

        Raises StorageError for a folder (locked, not writable), ClusterError for a server.
        """
        note = skew(address.server_version()) if isinstance(address, Cluster) else ""
        with self._opening:
            found = self._by_address.get(address)
            if found is None or not found.is_open:
                found = Connection(address, _client(address), note)
                self._by_address[address] = found
                self._by_token[found.token] = found
            return found

    def find(self, token: str) -> Connection | None:
        """Return the open connection with this token, or None."""
        found = self._by_token.get(token)
        return found if found is not None and found.is_open else None


def _holding(_connection: Connection, work: Work[T], report: Report, stopped: Stopped) -> T:
    return work(report, stopped)


def cookie_name(place: str) -> str:
    """Return the name of the cookie that keeps the token of a place, by the place's name."""
    return f"sextant-{blake2b(place.encode(), digest_size=8).hexdigest()}"


def _client(address: Address) -> Client:
    # The app warms up itself, lest that hold its first map up.
    return Engine(address.path, warm=False) if isinstance(address, Folder) else address.client()


def _close(client: Client, desks: Desks) -> None:
    desks.close()
    client.close()


def _beside(address: Address, name: str) -> Path:
    """Return a folder of ours: with the data, or on this machine by the server's URL."""
    if isinstance(address, Folder):
        return address.path / name
    return data_folder() / name / blake2b(address.url.encode(), digest_size=8).hexdigest()
