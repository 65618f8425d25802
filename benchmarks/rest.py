"""What the REST interface adds to the engine, and how many requests a second it answers."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import tempfile
from contextlib import closing, contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from qdrant_client import models

from benchmarks.data import clustered, payloads
from benchmarks.report import Row
from benchmarks.timing import Timing
from engine import Engine
from engine.scoring import kernels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np

POINTS, DIMENSIONS, LIMIT = 1_000, 384, 10  # few points, so that the interface is what is measured
ALTERNATING, PER_CONNECTION = 400, 200
CONNECTIONS = (1, 16)
GOAL = 1.0
NAME = "rest"


def run() -> list[Row]:
    """Ask an engine in this process and a server in another one the same, in turns."""
    vectors = clustered(POINTS, DIMENSIONS)
    asked = vectors[7].tolist()
    with tempfile.TemporaryDirectory() as folder:
        _load(folder, vectors)
        with _server(folder) as port:
            request = _request(port, asked)
            answered = [asyncio.run(_answered(port, request, count)) for count in CONNECTIONS]
            with Engine(":memory:") as engine:
                _fill(engine, vectors)
                rows = _added(engine, asked, port, request)
    return [*rows, *map(_throughput, CONNECTIONS, answered)]


def _load(folder: str, vectors: np.ndarray) -> None:
    with Engine(folder) as engine:
        _fill(engine, vectors)


def _fill(engine: Engine, vectors: np.ndarray) -> None:
    params = models.VectorParams(size=DIMENSIONS, distance=models.Distance.COSINE)
    engine.create_collection(NAME, params)
    engine.upload_collection(NAME, vectors, payload=payloads(POINTS), ids=range(POINTS))


@contextmanager
def _server(folder: str) -> Iterator[int]:
    """Serve the folder from another process while the body runs; gives the port."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "engine.api", "--path", folder, "--port", str(port)]
    with subprocess.Popen([*command, "--grpc-port", "0"]) as process:
        try:
            _wait_for(port, process)
            yield port
        finally:
            process.terminate()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    started = perf_counter()
    while perf_counter() - started < 60 and process.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            continue
    raise RuntimeError("the server did not start within a minute")


def _request(port: int, vector: list[float]) -> bytes:
    body = json.dumps({"query": vector, "limit": LIMIT, "with_payload": True}).encode()
    head = (
        f"POST /collections/{NAME}/points/query HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _added(engine: Engine, vector: list[float], port: int, request: bytes) -> list[Row]:
    """Measure both in turns over one kept connection."""
    kernels.warm_up(wait=True)
    embedded, served = [], []
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(ALTERNATING):
            embedded.append(_seconds(lambda: engine.query_points(NAME, vector, limit=LIMIT)))
            served.append(_seconds(lambda: _exchange(connection, request)))
    direct, rest = Timing(tuple(embedded)), Timing(tuple(served))
    added = (rest.median - direct.median) * 1e3
    return [
        Row(
            work="latency that REST adds to query_points",
            ours=added,
            p95=(rest.p95 - direct.p95) * 1e3,
            goal=f"< {GOAL:g} ms",
            met=added < GOAL,
            note=f"p50 {rest.median * 1e3:.2f} ms over REST, {direct.median * 1e3:.2f} embedded",
        )
    ]


def _exchange(connection: socket.socket, request: bytes) -> bytes:
    connection.sendall(request)
    answer = connection.recv(1 << 16)
    head, _, body = answer.partition(b"\r\n\r\n")
    length = _length(head)
    while len(body) < length:
        body += connection.recv(1 << 16)
    return body


async def _answered(port: int, request: bytes, connections: int) -> Load:
    """Keep that many connections busy and measure every answer."""
    started = perf_counter()
    found = await asyncio.gather(*(_client(port, request) for _ in range(connections)))
    return Load(
        Timing(tuple(second for each in found for second in each)), perf_counter() - started
    )


async def _client(port: int, request: bytes) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    seconds = []
    for _ in range(PER_CONNECTION):
        started = perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(_length(head))
        seconds.append(perf_counter() - started)
    writer.close()
    return seconds


@dataclass(frozen=True, slots=True)
class Load:
    """Answers under load: how long each took, and all together, in seconds."""

    answers: Timing
    seconds: float


def _throughput(connections: int, load: Load) -> Row:
    rate = len(load.answers.seconds) / load.seconds
    return Row(
        work=f"REST answers, {connections} connection{'s' * (connections > 1)}",
        ours=load.answers.median * 1e3,
        p95=load.answers.p95 * 1e3,
        note=f"{rate:,.0f} requests a second; the client takes a part of the same cores",
    )


def _length(head: bytes) -> int:
    assert head.startswith(b"HTTP/1.1 200"), head
    (line,) = (line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    return int(line.partition(b":")[2])


def _seconds(ask: Callable[[], object]) -> float:
    started = perf_counter()
    ask()
    return perf_counter() - started
