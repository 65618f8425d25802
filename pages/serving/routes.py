"""What the browser fetches beside the pages: the frontend's modules, and the map's packed numbers.

Everything is addressed by its content (a hash or version stands in the URL): it never changes and
may be kept for good. `content-encoding: identity` keeps Streamlit's gzip away from packed numbers,
where it would cost 70 ms a megabyte and gain little. What belongs to a connection is only told to
those whose address has its token: another visitor's cluster cannot be read by guessing.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from functools import cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.responses import (
    FileResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import Route

from engine.errors import EngineError
from explorer.jobs import State
from explorer.layout import LayoutError
from explorer.results import describe
from pages import startup

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from explorer.connection import Connection
    from explorer.matrix import Matrix
    from explorer.points import Colouring, Matching, PointMap

FRONTEND = Path(__file__).parents[2] / "explorer" / "frontend"
_FOREVER = {"cache-control": "private, max-age=31536000, immutable"}
_PACKED = {**_FOREVER, "content-encoding": "identity"}
_MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css"}


@cache
def frontend_hash() -> str:
    """Return a hash over every frontend file: the part of their URL that changes with them."""
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(path for path in FRONTEND.rglob("*") if path.suffix in _MEDIA_TYPES):
        digest.update(path.relative_to(FRONTEND).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def module_url(name: str) -> str:
    """Return the URL of a frontend module, such as `map.js`."""
    return f"/sextant/frontend/{frontend_hash()}/{name}"


def points_url(points: PointMap) -> str:
    """Return the URL of a map's points file."""
    return f"/sextant/points?{_address(points)}"


def moving_url(points: PointMap) -> str:
    """Return the URL of where the points of a map stand while they are being laid out."""
    asked = {"collection": points.collection, "using": points.using}
    return f"/sextant/moving?{urlencode(asked | _place())}"


def colours_url(points: PointMap, colouring: Colouring) -> str:
    """Return the URL of a map's colours file."""
    shown = urlencode({"field": colouring.field, "shown": colouring.version})
    return f"/sextant/colours?{_address(points)}&{shown}"


def tint_url(points: PointMap, colouring: Colouring) -> str:
    """Return the URL of the colours file of a kept tint."""
    asked = {"collection": points.collection, "version": colouring.version}
    return f"/sextant/tint?{urlencode(asked | _place())}"


def mask_url(matching: Matching) -> str:
    """Return the URL of the mask file of a filter's points."""
    asked = {"collection": matching.points.collection, "version": matching.version}
    return f"/sextant/mask?{urlencode(asked | _place())}"


def glyphs_url(points: PointMap, field: str) -> str:
    """Return the URL of the glyphs, a payload field, that are drawn in place of the dots."""
    return f"/sextant/glyphs?{_address(points)}&{urlencode({'field': field})}"


def drawn_url(collection: str, version: str) -> str:
    """Return the URL of a file that a drawn graph keeps: its links, sizes, colours or names."""
    return f"/sextant/drawn?{urlencode({'collection': collection, 'version': version} | _place())}"


def details_url(points: PointMap) -> str:
    """Return the URL of one point's details, in which the browser puts the index."""
    return f"/sextant/details/{{index}}.json?{_address(points)}"


def matrix_url(matrix: Matrix, points: PointMap) -> str:
    """Return the URL of a distance matrix's cells, whose points are told by their map indices."""
    return f"/sextant/matrix?{_address(points)}&{urlencode({'matrix': matrix.version})}"


def job_file_url(job: str) -> str:
    """Return the URL of the file that an ended job of this key has exported."""
    return f"/sextant/file?{urlencode({'job': job} | _place())}"


def _address(points: PointMap) -> str:
    asked = {"collection": points.collection, "using": points.using, "version": points.version}
    return urlencode(asked | _place())


def _place() -> dict[str, str]:
    """Return what tells a request of this visitor's browser from one of anybody else's."""
    return {"at": startup.connection().token}


class _Gone(Exception):
    """What was asked for has been replaced by something newer."""


def _answering(serve: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """Answer what goes wrong with a status and a sentence that the map shows."""

    @wraps(serve)
    def endpoint(request: Request) -> Response:
        try:
            return serve(request)
        except KeyError as error:
            return PlainTextResponse(f"The address lacks {error}.", status_code=400)
        except _Gone:
            return PlainTextResponse("This is gone: reload the page.", status_code=410)
        except (EngineError, LayoutError, ValueError) as error:
            return PlainTextResponse(str(error), status_code=404)

    return endpoint


def _connection(request: Request) -> Connection:
    """Return the connection whose token the request has."""
    found = startup.connections.find(request.query_params["at"])
    if found is None:
        raise _Gone
    return found


def _points(request: Request) -> PointMap:
    """Return the map that a request is about: of a collection, or of a graph drawn of it."""
    asked, connection = request.query_params, _connection(request)
    drawn = connection.drawings.points(asked["collection"], asked["version"])
    if drawn is not None:
        return drawn
    place, maps = (asked["collection"], asked["using"]), connection.maps
    points = maps.kept(*place) or maps.points(*place)
    if points.version != asked["version"]:
        raise _Gone
    return points


def _serve_frontend(request: Request) -> Response:
    path = (FRONTEND / request.path_params["path"]).resolve()
    served = path.is_relative_to(FRONTEND) and path.suffix in _MEDIA_TYPES and path.is_file()
    if not served:
        return PlainTextResponse("There is no such frontend file.", status_code=404)
    current = request.path_params["version"] == frontend_hash()
    headers = _FOREVER if current else {"cache-control": "no-store"}
    return Response(path.read_bytes(), headers=headers, media_type=_MEDIA_TYPES[path.suffix])


def _serve_points(request: Request) -> Response:
    """Serve the points, and the cookie by which a reload of the page finds its connection again."""
    response = _packed(_points(request).packed())
    connection = _connection(request)
    secure = request.url.scheme == "https"
    response.set_cookie(
        connection.cookie, connection.token, httponly=True, samesite="strict", secure=secure
    )
    return response


def _serve_moving(request: Request) -> Response:
    """Serve the latest picture of a layout in the making; 204 where there is none."""
    asked = request.query_params
    places = _connection(request).maps.moving(asked["collection"], asked["using"])
    if places is None:
        return Response(status_code=204, headers={"cache-control": "no-store"})
    headers = {"content-encoding": "identity", "cache-control": "no-store"}
    return Response(places, headers=headers, media_type="application/octet-stream")


def _serve_colours(request: Request) -> Response:
    points = _points(request)
    colouring = _connection(request).maps.colouring(points, request.query_params["field"])
    if colouring.version != request.query_params["shown"]:
        raise _Gone
    return _packed(colouring.packed())


def _serve_tint(request: Request) -> Response:
    asked = request.query_params
    tint = _connection(request).maps.tint_of(asked["collection"], asked["version"])
    if tint is None:
        raise _Gone
    return _packed(tint.packed())


def _serve_mask(request: Request) -> Response:
    asked = request.query_params
    matching = _connection(request).maps.matching_of(asked["collection"], asked["version"])
    if matching is None:
        raise _Gone
    return _packed(matching.packed)


def _serve_matrix(request: Request) -> Response:
    points, asked = _points(request), request.query_params
    matrix = _connection(request).matrices.of_version(points.collection, asked["matrix"])
    if matrix is None:
        raise _Gone
    return _packed(matrix.packed(points))


def _serve_drawn(request: Request) -> Response:
    asked = request.query_params
    content = _connection(request).drawings.file(asked["collection"], asked["version"])
    if content is None:
        raise _Gone
    return _packed(content)


def _serve_glyphs(request: Request) -> Response:
    points = _points(request)
    glyphs = _connection(request).maps.glyphs(points, request.query_params["field"])
    return JSONResponse(glyphs, headers=_FOREVER)


def _serve_details(request: Request) -> Response:
    """Serve what the hover card shows of one point; not kept, since payloads change."""
    points = _points(request)
    index = request.path_params["index"]
    if index >= len(points):
        return PlainTextResponse(f"The map has no point {index}.", status_code=404)
    workspace = _connection(request).workspace
    point = points.ids[index]
    records = workspace.client.retrieve(points.collection, [point], with_payload=True)
    if not records:
        return PlainTextResponse(f"Point {point} has been deleted.", status_code=404)
    hints = workspace.summary(points.collection).hints
    looks = describe(point, records[0].payload or {}, hints)
    return JSONResponse({**asdict(looks), "id": str(point)}, headers={"cache-control": "no-store"})


def _serve_job_file(request: Request) -> Response:
    """Serve an exported file from the disk, to be saved."""
    from explorer.export import Exported  # noqa: PLC0415 - pyarrow is slow to import

    job = _connection(request).jobs.get(request.query_params["job"])
    exported = job.result if job is not None and job.progress.state is State.DONE else None
    if not isinstance(exported, Exported):
        raise _Gone
    return FileResponse(
        exported.path,
        headers={"content-encoding": "identity", "cache-control": "no-store"},
        filename=exported.path.name,
    )


def _lead_to_explore(request: Request) -> Response:
    """Lead from the address that every other page has to that of the first page."""
    query = request.url.query
    return RedirectResponse(f"./?{query}" if query else "./")


def _packed(content: bytes) -> Response:
    return Response(content, headers=_PACKED, media_type="application/octet-stream")


ROUTES = [
    Route("/explore", _lead_to_explore),
    Route("/sextant/frontend/{version}/{path:path}", _serve_frontend),
    Route("/sextant/points", _answering(_serve_points)),
    Route("/sextant/moving", _answering(_serve_moving)),
    Route("/sextant/colours", _answering(_serve_colours)),
    Route("/sextant/tint", _answering(_serve_tint)),
    Route("/sextant/mask", _answering(_serve_mask)),
    Route("/sextant/matrix", _answering(_serve_matrix)),
    Route("/sextant/drawn", _answering(_serve_drawn)),
    Route("/sextant/glyphs", _answering(_serve_glyphs)),
    Route("/sextant/file", _answering(_serve_job_file)),
    Route("/sextant/details/{index:int}.json", _answering(_serve_details)),
]
"""The routes beside Streamlit's own; all of them only read."""
