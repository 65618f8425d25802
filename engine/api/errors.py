"""Refusals that only a server makes, beside those of `engine.errors`.

RequestError
├── MalformedParameter  400  "Format error in query parameters: ..."
├── Disconnected        400  the client went away; nobody reads it
├── Unauthorized        401  no API key, or a wrong one
├── Forbidden           403  "Forbidden: ..."   a read-only key, or a page of a foreign origin
├── TimedOut            408  "Timeout: ..."     a read that took too long
├── BodyTooLarge        413  "Payload error: ..."
└── InvalidParameter    422  "Validation error in query parameters: [...]"
"""

from __future__ import annotations

from engine.errors import RequestError


class Unauthorized(RequestError):
    """The caller gave no API key, or a wrong one."""

    status = 401

    def __init__(self) -> None:
        super().__init__("Must provide an API key or an Authorization bearer token")


class Forbidden(RequestError):
    """The caller may not do this."""

    status = 403
    prefix = "Forbidden: "


class TimedOut(RequestError):
    """A read was not done in time."""

    status = 408
    prefix = "Timeout: "

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"no answer within {seconds:g} s; ask for less, add a filter, or raise the time limit"
        )


class BodyTooLarge(RequestError):
    """The body of a request is more than the server takes at once; `how` says in what."""

    status = 413
    prefix = "Payload error: "

    def __init__(self, how: str) -> None:
        super().__init__(f"JSON payload {how}; send it in several requests")


class MalformedParameter(RequestError):
    """The query string cannot be read."""

    prefix = "Format error in query parameters: "


class InvalidParameter(RequestError):
    """A value in the query string is outside its range."""

    status = 422

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"Validation error in query parameters: [{name}: {reason}]")


class Disconnected(RequestError):
    """The client went away before its request was whole; nobody reads this."""
