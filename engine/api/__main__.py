"""`python -m engine.api --path FOLDER`: the engine alone, as a server."""

from __future__ import annotations

import argparse
import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, get_args

import uvicorn

from engine.api.grpc import make_server
from engine.api.rest import make_api
from engine.api.service import Service
from engine.api.settings import Settings
from engine.engine import MEMORY, Engine
from engine.errors import StorageError
from engine.payload.compat import Compat
from engine.scoring.strategy import Convention

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def main(given: Sequence[str] | None = None) -> None:
    """Read the command line and serve until interrupted."""
    parser = _parser()
    asked = parser.parse_args(given)
    try:
        engine = Engine(asked.path, convention=asked.convention, compat=asked.compat)
    except StorageError as error:
        parser.error(str(error))
    with engine:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # else it ends without closing
        service = Service(engine, _settings(asked))
        with _grpc(service, asked):
            print(f"REST: http://{asked.host}:{asked.port}", flush=True)  # noqa: T201 - what users wait for
            uvicorn.run(
                make_api(service),
                host=asked.host,
                port=asked.port,
                access_log=False,
                log_level="warning",
                timeout_graceful_shutdown=2,
            )


@contextmanager
def _grpc(service: Service, asked: argparse.Namespace) -> Iterator[None]:
    """Serve gRPC while the body runs, unless its port is 0."""
    if not asked.grpc_port:
        yield
        return
    server, port = make_server(service, f"{asked.host}:{asked.grpc_port}")
    server.start()
    print(f"gRPC: {asked.host}:{port}", flush=True)  # noqa: T201 - what users wait for
    try:
        yield
    finally:
        server.stop(grace=2).wait()


def _settings(asked: argparse.Namespace) -> Settings:
    """Return the settings; a server for this machine alone answers to its own names only."""
    own = _LOOPBACK if asked.host in _LOOPBACK else ("*",)
    return Settings(
        api_key=asked.api_key,
        read_only_api_key=asked.read_only_api_key,
        allowed_origins=tuple(asked.allowed_origin),
        allowed_hosts=(*own, *asked.allowed_host),
        seconds=asked.time_limit,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m engine.api", description="Serve collections over REST and gRPC."
    )
    add = parser.add_argument
    add("--path", default=MEMORY, help=f"data folder ({MEMORY}: nothing is kept)")
    add("--host", default="127.0.0.1", help="address to bind (127.0.0.1: only this machine)")
    add("--port", type=int, default=6333, help="port of REST (6333)")
    add("--grpc-port", type=int, default=6334, help="port of gRPC (6334), 0 for none")
    add("--compat", choices=get_args(Compat), default="1.20", help="whose filters (1.20)")
    add("--convention", choices=get_args(Convention), default="qdrant", help="whose formulas")
    add("--api-key", default=_secret("SEXTANT_API_KEY"), help="key that callers must give")
    add(
        "--read-only-api-key",
        default=_secret("SEXTANT_READ_ONLY_API_KEY"),
        help="key that only allows reading (both keys are better given in the environment)",
    )
    add("--allowed-origin", action="append", default=[], help="web origin that may call; repeat")
    add("--allowed-host", action="append", default=[], help="another name of this server; repeat")
    add("--time-limit", type=float, default=60.0, help="seconds that a read may take (60)")
    return parser


def _secret(name: str) -> str | None:
    return os.environ.get(name) or None


if __name__ == "__main__":
    main()
