"""Serves the frontend's modules and made-up points: the components run without Streamlit."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FRONTEND = Path(__file__).parent.parent.parent / "explorer" / "frontend"
PAGE = Path(__file__).with_suffix(".html")
TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}
PALETTE = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8a6fc9", "#8c8c8c"]
RAMP = ["#440154", "#3b528b", "#21918c", "#5ec962", "#fde725"]
GLYPHS = ["🙂", "🐈", "🍓", "⚽", "🚗", "🎻", "🔑", "♥"]
ROLES = [
    {"role": "positive", "label": "Positive", "key": "p"},
    {"role": "negative", "label": "Negative", "key": "n"},
]


@dataclass
class Harness:
    """What the server answers by path; a path that is missing answers 404."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)

    def add_points(self, xy: NDArray[np.float32], name: str = "points") -> None:
        count = np.uint32(len(xy)).tobytes()
        codes = (np.arange(len(xy)) * 7 // max(1, len(xy))).astype(np.uint8)
        numbers = (np.arange(len(xy)) % 255).astype(np.uint8)
        one = np.uint32(1).tobytes()
        self.files[f"/{name}.bin"] = count + np.ascontiguousarray(xy, "<f4").tobytes()
        self.files[f"/{name}.codes"] = count + one + codes.tobytes()
        self.files[f"/{name}.numbers"] = count + one + numbers.tobytes()
        glyphs = [GLYPHS[code] for code in codes]
        self.files[f"/{name}.glyphs"] = json.dumps(glyphs).encode()

    def add_mask(self, path: str, mask: NDArray[np.bool_]) -> None:
        bits = np.packbits(mask, bitorder="little").tobytes()
        self.files[path] = np.uint32(len(mask)).tobytes() + bits

    def add_links(
        self, path: str, n: int, edges: NDArray[np.integer], scores: NDArray[np.floating]
    ) -> None:
        counts = np.array([n, len(edges)], "<u4").tobytes()
        self.files[path] = counts + edges.astype("<u4").tobytes() + scores.astype("<f4").tobytes()

    def add_sizes(self, path: str, sizes: NDArray[np.uint8]) -> None:
        self.files[path] = np.uint32(len(sizes)).tobytes() + sizes.tobytes()

    def add_details(self, index: int, **changes: Any) -> None:
        point = details(index) | changes
        self.files[f"/details/{index}.json"] = json.dumps(point).encode()


def details(index: int) -> dict[str, Any]:
    return {
        "id": index,
        "title": f"point {index}",
        "subtitle": f"group {index % 7}",
        "picture": {"kind": "glyph", "text": GLYPHS[index % 7]},
        "fields": [[f"field {i}", i * index] for i in range(10)],
    }


def blobs(n: int, seed: int = 3) -> NDArray[np.float32]:
    """Seven clouds of points, one per category, some of them overlapping."""
    rng = np.random.default_rng(seed)
    angle = 2 * np.pi * (np.arange(n) * 7 // max(1, n)) / 7
    centres = 4 * np.stack([1.4 * np.cos(angle), np.sin(angle)], axis=1)
    return (centres + rng.normal(size=(n, 2))).astype(np.float32)


def map_data(**changes: Any) -> dict[str, Any]:
    """The data of a map of `/points.bin`."""
    data: dict[str, Any] = {
        "points": {"url": "/points.bin", "version": "1"},
        "colour": category_colour(),
        "overlay": overlay(),
        "active_role": "positive",
        "roles_available": ROLES,
        "tool": "pan",
        "ack": 0,
        "details_url": "/details/{index}.json",
        "height": 600,
    }
    return data | changes


def overlay(**changes: Any) -> dict[str, Any]:
    return {"roles": [], "hits": [], "selected": None, "matching": None} | changes


def category_colour(name: str = "points") -> dict[str, Any]:
    return {
        "url": f"/{name}.codes",
        "kind": "category",
        "field": "group",
        "names": [f"group {code}" for code in range(7)],
        "counts": [251] * 7,
        "palette": PALETTE[:7],
    }


def number_colour() -> dict[str, Any]:
    span = {"min": 0, "max": 1200.5, "ramp": RAMP, "format": "number"}
    return {"url": "/points.numbers", "kind": "number", "field": "price", **span}


def card(index: int, rank: int, score: float, **changes: Any) -> dict[str, Any]:
    item = details(index) | {"index": index, "rank": rank, "score": score}
    return item | {"score_text": f"{score:.3f}", "role": None} | changes


def cards_data(**changes: Any) -> dict[str, Any]:
    data = {"items": [], "ack": 0, "active_role": "positive", "roles_available": ROLES}
    return data | {"empty": None, "loading": False} | changes


def rankings_data(**changes: Any) -> dict[str, Any]:
    """Two columns: the second has the first one's hits the other way round, and one more."""
    first = [4, 9, 16]
    columns = [_column("First", first, first), _column("Second", [*first[::-1], 25], first)]
    columns[0]["chosen"] = True
    data = {"columns": columns, "ack": 0, "active_role": "positive", "roles_available": ROLES}
    return data | {"empty": None} | changes


def _column(name: str, points: list[int], chosen: list[int]) -> dict[str, Any]:
    hits = [
        card(point, rank, 1 / rank)
        | {"moved": chosen.index(point) + 1 - rank if point in chosen else None, "right": None}
        for rank, point in enumerate(points, start=1)
    ]
    figures = [{"name": "Time", "value": "1 ms", "help": "How long it took"}]
    return {"name": name, "chosen": False, "trouble": "", "figures": figures, "hits": hits}


@contextmanager
def serve() -> Iterator[Harness]:
    harness = Harness()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = read(self.path, harness.files)
            self.send_response(HTTPStatus.NOT_FOUND if body is None else HTTPStatus.OK)
            suffix = Path(self.path).suffix or ".html"
            self.send_header("content-type", TYPES.get(suffix, "application/octet-stream"))
            self.send_header("content-length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *args: object) -> None:
            """Keep the output of the tests clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    harness.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield harness
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def read(path: str, files: Mapping[str, bytes]) -> bytes | None:
    if path == "/":
        return PAGE.read_bytes()
    if path.startswith("/frontend/"):
        module = FRONTEND / Path(path).name
        return module.read_bytes() if module.is_file() else None
    return files.get(path)
