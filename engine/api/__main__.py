"""`python -m engine.api --path FOLDER`: the engine alone, as a server."""

from __future__ import annotations

import argparse
import os
import signal
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import uvicorn

from engine.api import access
from engine.api.rest import make_api
from engine.api.service import Service
from engine.engine import MEMORY, Engine
from engine.errors import StorageError
from engine.payload.compat import Compat
from engine.scoring.strategy import Convention

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def main(given: Sequence[str] | None = None) -> None:
    """Read the command line and serve until interrupted."""
    parser = _parser()
    asked = parser.parse_args(given)
    try:
        settings = access.settings(access.given(asked, os.environ))
        access.check_listening(asked.host, settings)
        engine = Engine(asked.path, convention=asked.convention, compat=asked.compat)
    except (StorageError, ValueError) as error:
        parser.error(str(error))
    with engine:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # else it ends without closing
        service = Service(engine, replace(settings, seconds=asked.time_limit))
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
    from engine.api.grpc import make_server  # noqa: PLC0415 - not needed without the port

    try:
        server, port = make_server(service, f"{asked.host}:{asked.grpc_port}")
    except RuntimeError as error:
        told = "cannot be bound: choose another one, or 0 for no gRPC"
        raise SystemExit(f"--grpc-port {asked.grpc_port} {told} ({error})") from None
    server.start()
    print(f"gRPC: {asked.host}:{port}", flush=True)  # noqa: T201 - what users wait for
    try:
        yield
    finally:
        server.stop(grace=2).wait()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m engine.api", description="Serve collections over REST and gRPC."
    )
    add = parser.add_argument
    add("--path", default=MEMORY, help=f"data folder ({MEMORY}: nothing is kept)")
    add("--port", type=int, default=6333, help="port of REST (6333)")
    add("--grpc-port", type=int, default=6334, help="port of gRPC (6334), 0 for none")
    add("--compat", choices=get_args(Compat), default="1.20", help="whose filters (1.20)")
    add("--convention", choices=get_args(Convention), default="qdrant", help="whose formulas")
    add("--time-limit", type=float, default=60.0, help="seconds that a read may take (60)")
    access.add_options(parser)
    return parser


if __name__ == "__main__":
    main()
