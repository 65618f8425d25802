"""The REST interface of the app's own data, on the port of the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import Engine
from engine.api.beside import ApiBeside
from engine.api.service import Service
from engine.errors import NotSupported
from pages import access, startup

if TYPE_CHECKING:
    from starlette.types import ASGIApp


def api_beside() -> ApiBeside:
    """Return the REST interface, which asks for the keys of this process."""
    return ApiBeside(_make)


def _make() -> ASGIApp:
    from engine.api.rest import make_api  # noqa: PLC0415 - slow to import

    return make_api(Service(_engine, access.settings()))


def _engine() -> Engine:
    """Return the app's own engine; raises StorageError, and NotSupported where it has none."""
    client = startup.home().workspace.client
    if isinstance(client, Engine):
        return client
    raise NotSupported("this app looks at a server; ask that one")
