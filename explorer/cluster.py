"""A Qdrant server as a client whose errors are told as the engine's own are.

EngineError
├── RequestError
│   └── Refused             the server's status and its own words
└── ClusterError
    ├── BadAddress          not a URL that a server can have
    ├── Unreachable         nobody answers, or too late
    ├── KeyRefused          the server wants an API key, or another one
    └── UnfitServer         it answers, but is no Qdrant, or too old a one
"""

from __future__ import annotations

import json
import re
from contextlib import closing
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from qdrant_client import QdrantClient
from qdrant_client.http.exceptions import ResponseHandlingException

from engine.errors import EngineError, RequestError

if TYPE_CHECKING:
    from collections.abc import Callable

    from httpx import Request, Response

OLDEST = (1, 10)
"""The first version with the Query API."""

TEST_SECONDS = 5
"""How long a server may take for its first answers."""

SECONDS = 60
"""How long it may take later, for a large page of points."""

_PORT = 6333
_FINE = (200, 201, 202)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class ClusterError(EngineError):
    """A server cannot be used; the message says what to do."""


class BadAddress(ClusterError):
    """The address is not one of a server."""


class Unreachable(ClusterError):
    """Nobody answers at the address."""


class KeyRefused(ClusterError):
    """The server does not let us in with this key."""


class UnfitServer(ClusterError):
    """What answers is no Qdrant that can be worked with."""


class Refused(RequestError):
    """The server refused a request; `status` is its HTTP status, the message its own."""

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True)
class Cluster:
    """The address of a Qdrant server. The key is left out of its repr, for logs.

    Attributes:
        url: scheme, host and port, such as `https://example.org:6333`.
        api_key: None where the server asks for none.

    """

    url: str
    api_key: str | None = field(default=None, repr=False)

    @classmethod
    def at(cls, typed: str, api_key: str = "") -> Cluster:
        """Return the address that somebody typed; without a scheme it is http, as on this machine.

        Raises BadAddress.
        """
        text = typed.strip()
        text = text if "://" in text else f"http://{text}"
        try:
            parts = urlsplit(text)
            host, port = parts.hostname, parts.port or _PORT
        except ValueError as error:
            raise BadAddress(f"{typed!r} is not an address: {error}.") from None
        if parts.scheme not in ("http", "https") or not host:
            raise BadAddress(f"{typed!r} is not an address such as http://localhost:{_PORT}.")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise BadAddress("An address has no key in it: the key has a field of its own.")
        shown = f"[{host}]" if ":" in host else host
        return cls(
            f"{parts.scheme}://{shown}:{port}{parts.path.rstrip('/')}", api_key.strip() or None
        )

    @property
    def name(self) -> str:
        """How people call it."""
        return self.url

    @property
    def short_name(self) -> str:
        """The same in a few words."""
        return urlsplit(self.url).netloc

    @property
    def is_open_to_listeners(self) -> bool:
        """Whether a key would travel over a network unencrypted."""
        parts = urlsplit(self.url)
        return parts.scheme == "http" and parts.hostname not in _LOOPBACK

    def client(self, seconds: int = SECONDS) -> QdrantClient:
        """Return a client that raises Refused, KeyRefused and Unreachable; asks nothing yet."""
        headers = {"api-key": self.api_key} if self.api_key else {}
        client = QdrantClient(
            url=self.url, headers=headers, timeout=seconds, check_compatibility=False
        )
        client.http.client.add_middleware(self._translated)
        return client

    def server_version(self) -> str:
        """Return the server's version, having tried that it lets us read.

        Raises Unreachable, KeyRefused, UnfitServer, and Refused for what else it says.
        """
        with closing(self.client(TEST_SECONDS)) as client:
            try:
                found = client.info().version
                if _numbers(found) < OLDEST:
                    raise UnfitServer(
                        f"{self.url} is Qdrant {found}; the Query API came with "
                        f"{'.'.join(map(str, OLDEST))}. Update the server."
                    )
                client.get_collections()
            except (ResponseHandlingException, Refused) as error:
                raise UnfitServer(
                    f"{self.url} answers, but not as Qdrant does ({_first_line(error)}). Is it the "
                    f"address of the REST interface (port {_PORT} unless changed)?"
                ) from error
        return found

    def _translated(self, request: Request, send: Callable[[Request], Response]) -> Response:
        """Pass a request on; tell what goes wrong in the engine's way."""
        try:
            response = send(request)
        except ResponseHandlingException as error:
            raise Unreachable(
                f"{self.url} does not answer ({_first_line(error.source)}). "
                "Check the address, and whether the server is up."
            ) from error
        if response.status_code in _FINE:
            return response
        if response.status_code == 401 or (response.status_code == 403 and not self.api_key):
            raise KeyRefused(self._key_advice())
        raise Refused(_told(response), response.status_code)

    def _key_advice(self) -> str:
        if self.api_key:
            return f"{self.url} does not accept this API key. Check it, or ask for a new one."
        return f"{self.url} wants an API key."


def skew(server: str) -> str:
    """Return what to know about a server whose version is not the client's, or `""`."""
    ours = version("qdrant-client")
    major, minor = _numbers(server)
    our_major, our_minor = _numbers(ours)
    if major == our_major and abs(minor - our_minor) <= 1:
        return ""
    return (
        f"The server is Qdrant {server}, this app speaks {our_major}.{our_minor}: "
        "what only one of them knows may be refused."
    )


def _numbers(text: str) -> tuple[int, int]:
    """Return major and minor of a version; 0, 0 where there are none."""
    found = re.match(r"(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


def _told(response: Response) -> str:
    """Return the server's own sentence, else what the status means."""
    try:
        told = json.loads(response.content)["status"]["error"]
    except (ValueError, KeyError, TypeError):
        told = response.text.strip()[:200]
    return str(told) or f"The server answers {response.status_code} {response.reason_phrase}"
