"""The REST interface of the app's own data, on the port of the pages.

Whoever has the key may use it from anywhere. Without a key it answers programs of this machine
only, and only by this machine's own names, lest somebody's web page rebinds one to it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from starlette.routing import Match

from engine import Engine
from engine.api import Service, Settings
from engine.api.rest import ApiRoute, make_api
from engine.errors import NotSupported
from pages import startup

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Scope

API_KEY, READ_ONLY_API_KEY = "SEXTANT_API_KEY", "SEXTANT_READ_ONLY_API_KEY"
"""The environment variables that hold the keys for the REST interface."""

_NAMES = ("127.0.0.1", "localhost", "[::1]")
_PEERS = ("127.0.0.1", "::1", "::ffff:127.0.0.1")


class OwnMachineRoute(ApiRoute):
    """Serves an API to programs of this machine; to others it is not there."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return a full match for the API's paths when the caller is on this machine."""
        peer = (scope.get("client") or ("", 0))[0]
        return super().matches(scope) if peer in _PEERS else (Match.NONE, {})


def api_route(environment: Mapping[str, str] = os.environ) -> ApiRoute:
    """Return the route of the REST interface, as safe as its keys allow."""
    key, read_only = environment.get(API_KEY), environment.get(READ_ONLY_API_KEY)
    if key or read_only:
        settings = Settings(api_key=key or None, read_only_api_key=read_only or None)
        return ApiRoute(make_api(Service(_engine, settings)))
    return OwnMachineRoute(make_api(Service(_engine, Settings(allowed_hosts=_NAMES))))


def _engine() -> Engine:
    """Return the app's own engine; raises StorageError, and NotSupported where it has none."""
    client = startup.home().workspace.client
    if isinstance(client, Engine):
        return client
    raise NotSupported("this app looks at a server; ask that one")
