"""Whom a server answers, as told by environment variables and options of the command line.

A server without a key answers programs of this machine alone, and only by this machine's own names,
lest somebody's web page rebinds one to it. With a key it answers whoever has it, from anywhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from engine.api.errors import Forbidden
from engine.api.settings import Settings

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Mapping

API_KEY, READ_ONLY_API_KEY = "SEXTANT_API_KEY", "SEXTANT_READ_ONLY_API_KEY"
"""Variables that hold the keys. With `_FILE` behind it, one names a file that holds the key."""

ORIGINS, HOSTS = "SEXTANT_ALLOWED_ORIGINS", "SEXTANT_ALLOWED_HOSTS"
"""Variables that list foreign web origins and further names of the server, with commas."""

WITHOUT_KEY = "SEXTANT_WITHOUT_KEY"
"""Variable that is set where everybody may do everything."""

LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Addresses and names by which a machine calls itself."""

_MAPPED = "::ffff:"  # before an IPv4 address, on a socket that takes both kinds


def add_options(parser: ArgumentParser) -> None:
    """Give a command line the options that `given` reads."""
    add = parser.add_argument_group("who may come in").add_argument
    add("--host", default="127.0.0.1", help="address to bind (127.0.0.1: only this machine)")
    add("--api-key", metavar="KEY", help=f"key that callers must give (else {API_KEY})")
    add("--api-key-file", metavar="FILE", help="file that holds it: others cannot see it there")
    add("--read-only-api-key", metavar="KEY", help=f"for reading (else {READ_ONLY_API_KEY})")
    add("--read-only-api-key-file", metavar="FILE", help="file that holds it")
    add("--allowed-origin", action="append", help="web origin that may call; repeat for more")
    add("--allowed-host", action="append", help="another name of this server; repeat for more")
    add("--without-key", action="store_true", help="let everybody do everything, on any --host")


def given(asked: Namespace, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with what the command line says put over it."""
    options = {
        API_KEY: asked.api_key,
        f"{API_KEY}_FILE": asked.api_key_file,
        READ_ONLY_API_KEY: asked.read_only_api_key,
        f"{READ_ONLY_API_KEY}_FILE": asked.read_only_api_key_file,
        ORIGINS: ",".join(asked.allowed_origin or ()),
        HOSTS: ",".join(asked.allowed_host or ()),
        WITHOUT_KEY: "yes" if asked.without_key else "",
    }
    return {**environment, **{name: value for name, value in options.items() if value}}


def settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings of a server; raises ValueError for a key's file that cannot be read."""
    api_key, read_only = (_secret(name, environment) for name in (API_KEY, READ_ONLY_API_KEY))
    guarded = bool(api_key or read_only or environment.get(WITHOUT_KEY))
    return Settings(
        api_key=api_key,
        read_only_api_key=read_only,
        allowed_origins=_listed(environment.get(ORIGINS, "")),
        allowed_hosts=("*",) if guarded else (*LOOPBACK, *_listed(environment.get(HOSTS, ""))),
        local_only=not guarded,
    )


def check_listening(host: str, settings: Settings) -> None:
    """Raise ValueError where a server without a key would listen to other machines."""
    if settings.local_only and host not in LOOPBACK:
        raise ValueError(
            f"--host {host} would open this server to others, and it has no key. Put one into "
            f"{API_KEY} or --api-key-file, or say --without-key to let everybody do everything."
        )


def check_caller(settings: Settings, headers: Mapping[str, str], peer: str | None) -> None:
    """Raise Forbidden for a machine, a name of this one, or a web page that is not let in.

    Args:
        settings: of the server.
        headers: of the request.
        peer: the caller's address; None where it has none, as on a Unix socket.

    """
    if settings.local_only and peer and peer.removeprefix(_MAPPED) not in LOOPBACK:
        raise Forbidden(
            f"there is no key here, so only programs of the same machine are answered, not those "
            f"of {peer}. Start the server with {API_KEY}, or with {WITHOUT_KEY}=yes."
        )
    host = headers.get("host", "")
    if {_place(f"//{host}")[0], "*"}.isdisjoint(settings.allowed_hosts):
        raise Forbidden(f"{host} is no name of this server; add it to {HOSTS}")
    _check_origin(settings, headers.get("origin"), host)


def _check_origin(settings: Settings, origin: str | None, host: str) -> None:
    """Refuse pages of foreign origins: a browser sends some requests without asking first."""
    if origin is None or not {origin, "*"}.isdisjoint(settings.allowed_origins):
        return
    if _place(origin)[1] != host:
        raise Forbidden(f"pages of {origin} may not call this server; add it to {ORIGINS}")


def _place(address: str) -> tuple[str | None, str]:
    """Return the name of the machine in an address, and the same with the port as it is written."""
    try:
        parts = urlsplit(address)
    except ValueError:  # an unfinished IPv6 address
        return None, ""
    return parts.hostname, parts.netloc


def _secret(name: str, environment: Mapping[str, str]) -> str | None:
    """Return a key, or None where none is told."""
    told, file = environment.get(name), environment.get(f"{name}_FILE")
    if told or not file:
        return told or None
    try:
        read = Path(file).expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"the key in {file} cannot be read: {error}") from None
    if not read:
        raise ValueError(f"{file} is empty; write the key into it")
    return read


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part for part in map(str.strip, text.split(",")) if part)
