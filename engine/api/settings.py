"""What a server is started with: who may do what, and how much one request may ask for."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from enum import IntEnum

VERSION = "1.19.0"
"""The version that clients are told; those of 1.18 to 1.20 accept it without a warning."""

TITLE = "qdrant - vector search engine"


class Access(IntEnum):
    """What a caller may do; each level includes those below."""

    NONE = 0
    READ = 1
    WRITE = 2


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """Settings of the REST and gRPC interfaces. Keys are left out of its repr, for logs.

    Attributes:
        api_key: allows everything; None when no key is needed.
        read_only_api_key: allows reading.
        allowed_origins: web origins, such as "https://example.org", whose pages may call the API
            from a browser; "*" allows all. Pages of the API's own origin always may.
        allowed_hosts: names by which the server may be called, "*" for any; a server for this
            machine alone should only answer to its own names, lest a web page rebind another to it.
        local_only: whether programs of other machines are refused.
        body_bytes: size of the largest request body.
        seconds: how long a read may take before it is answered 408.
        threads: how many reads are worked on at once, and how many updates beside them.

    """

    api_key: str | None = None
    read_only_api_key: str | None = None
    allowed_origins: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ("*",)
    local_only: bool = False
    body_bytes: int = 32 * 1024 * 1024
    seconds: float = 60.0
    threads: int = 8

    @property
    def has_key(self) -> bool:
        """Whether callers must give a key."""
        return self.api_key is not None or self.read_only_api_key is not None

    def access(self, key: str | None) -> Access:
        """Return what the bearer of a key may do; takes as long for a wrong key as for a right."""
        if not self.has_key:
            return Access.WRITE
        given = (key or "").encode()
        granted = (
            (Access.WRITE, _same(given, self.api_key)),
            (Access.READ, _same(given, self.read_only_api_key)),
        )
        return max((access for access, fits in granted if fits), default=Access.NONE)


def _same(given: bytes, key: str | None) -> bool:
    return key is not None and hmac.compare_digest(given, key.encode())
