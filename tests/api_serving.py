"""An engine served over REST and gRPC on free ports, in this process."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import Thread
from threading import enumerate as running_threads
from typing import TYPE_CHECKING

import uvicorn

from engine import Engine
from engine.api import Service, Settings
from engine.api.grpc import make_server
from engine.api.rest import make_api

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

START_LIMIT = 30.0  # seconds, on a machine that does other things too


@dataclass(frozen=True)
class Served:
    """Where an engine is served."""

    engine: Engine
    url: str
    grpc_port: int


@contextmanager
def serving(settings: Settings | None = None, engine: Engine | None = None) -> Iterator[Served]:
    """Serve an engine, a new one in memory unless given, while the body runs."""
    with ExitStack() as stack:
        used = engine if engine is not None else stack.enter_context(Engine(":memory:"))
        service = Service(used, settings)
        server, port = make_server(service, "127.0.0.1:0")
        server.start()
        stack.callback(lambda: server.stop(grace=None).wait())
        url = stack.enter_context(listening(make_api(service)))
        yield Served(used, url, port)


@contextmanager
def listening(api: FastAPI) -> Iterator[str]:
    """Serve an application over HTTP on a free port, and yield its address."""
    config = uvicorn.Config(api, port=0, log_level="critical", ws="none", lifespan="off")
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + START_LIMIT
    while not server.started:
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(START_LIMIT)


def wait_for_version_checks() -> None:
    """Let the clients' own checks end, in silence, while there is a server to ask."""
    for thread in running_threads():
        if "_check_compatibility" in thread.name:
            thread.join(10)
