"""A drawn graph as a file: GraphML, GEXF, JSON, or its links as CSV."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias
from xml.sax.saxutils import escape, quoteattr

from explorer.graph.looks import titles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from explorer.graph.drawing import Drawing
    from explorer.hints import Hints

Scalar: TypeAlias = str | bool | int | float

OWN = ("label", "x", "y", "degree", "community", "occurrences")
"""What we say of a node."""

RESERVED = frozenset((*OWN, "id"))
"""A payload field of such a name is written as `payload.` and the name."""

_XML = '<?xml version="1.0" encoding="utf-8"?>\n'
_GRAPHML = "http://graphml.graphdrawing.org/xmlns"
_GEXF = "http://www.gexf.net/1.2draft"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class GraphFormat(StrEnum):
    """How a graph is written."""

    GRAPHML = "graphml"
    GEXF = "gexf"
    JSON = "json"
    CSV = "csv"

    @property
    def media_type(self) -> str:
        """What a browser calls it."""
        return {"json": "application/json", "csv": "text/csv"}.get(self, "application/xml")


def write_graph(drawing: Drawing, hints: Hints, wanted: GraphFormat) -> bytes:
    """Return a drawing as a file.

    Each node carries its title, place, degree, community, k-occurrence and those payload values
    that are a text, a number or a truth; each link its score. CSV has the links alone. Ids are
    written as text, since not every reader knows numbers up to 2**64.
    """
    tables = _Tables.of(drawing, hints)
    match wanted:
        case GraphFormat.GRAPHML:
            return "".join(_graphml(tables)).encode()
        case GraphFormat.GEXF:
            return "".join(_gexf(tables)).encode()
        case GraphFormat.JSON:
            return _json(tables).encode()
        case GraphFormat.CSV:
            return _csv(tables).encode()


@dataclass(frozen=True)
class _Tables:
    """What every format writes: of the graph, of its nodes by id, of its links."""

    about: Mapping[str, Scalar]
    nodes: Mapping[str, Mapping[str, Scalar]]
    links: tuple[tuple[str, str, float], ...]

    @classmethod
    def of(cls, drawing: Drawing, hints: Hints) -> _Tables:
        view, graph = drawing.view, drawing.graph
        about = {"collection": view.collection, "vector": view.using}
        ids = [str(point) for point in graph.ids]
        own = zip(
            map(_plain, titles(drawing, hints)),
            *drawing.xy.round(4).T.tolist(),
            graph.degrees.tolist(),
            (drawing.communities + 1).tolist(),
            drawing.occurrences.tolist(),
            strict=True,
        )
        nodes = {
            point: {**_scalars(payload), **dict(zip(OWN, values, strict=True))}
            for point, payload, values in zip(ids, drawing.payloads, own, strict=True)
        }
        ends = zip(graph.edges.tolist(), graph.scores, strict=True)
        # Of a float32 the few digits that tell it from others, not those of the double.
        links = tuple((ids[a], ids[b], float(str(score))) for (a, b), score in ends)
        return cls({**about, "linking": view.linking.value, "k": view.k}, nodes, links)


def _scalars(payload: Mapping[str, Any]) -> dict[str, Scalar]:
    """Return the values that every reader of files knows."""
    found: dict[str, Scalar] = {}
    for key, value in payload.items():
        name = f"payload.{key}" if key in RESERVED else _plain(key)
        if isinstance(value, str):
            found[name] = _plain(value)
        elif isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
            found[name] = value if -(2**63) <= value < 2**63 else str(value)
    return found


def _plain(text: str) -> str:
    """Return a text without the characters that XML 1.0 cannot carry."""
    return _NOT_XML.sub("", text)


def _types(rows: Iterable[Mapping[str, Scalar]]) -> dict[tuple[str, str], str]:
    """Return a short key for each name and type; values of one name may have several types."""
    found = dict.fromkeys((name, _type(value)) for row in rows for name, value in row.items())
    return {column: f"n{number}" for number, column in enumerate(found)}


def _type(value: Scalar) -> str:
    """Return what GraphML and GEXF call the type of a value."""
    match value:
        case bool():
            return "boolean"
        case int():
            return "long"
        case float():
            return "double"
        case _:
            return "string"


def _text(value: Scalar) -> str:
    return escape(_word(value), {"\r": "&#13;"})


def _word(value: Scalar) -> str:
    return value if isinstance(value, str) else str(value).lower()  # true and false


def _graphml(tables: _Tables) -> Iterator[str]:
    """Yield GraphML (Brandes et al., "GraphML progress report", 2002)."""
    keys = _types(tables.nodes.values())
    yield f'{_XML}<graphml xmlns="{_GRAPHML}">\n'
    for (name, kind), key in keys.items():
        yield _graphml_key(key, "node", name, kind)
    for name, value in tables.about.items():
        yield _graphml_key(name, "graph", name, _type(value))
    yield _graphml_key("score", "edge", "score", "double")
    yield '<graph edgedefault="undirected">\n'
    yield from (_graphml_data(name, value) for name, value in tables.about.items())
    for point, row in tables.nodes.items():
        data = "".join(_graphml_data(keys[n, _type(value)], value) for n, value in row.items())
        yield f"<node id={quoteattr(point)}>{data}</node>\n"
    for a, b, score in tables.links:
        data = _graphml_data("score", score)
        yield f"<edge source={quoteattr(a)} target={quoteattr(b)}>{data}</edge>\n"
    yield "</graph>\n</graphml>\n"


def _graphml_key(key: str, whose: str, name: str, kind: str) -> str:
    return f'<key id="{key}" for="{whose}" attr.name={quoteattr(name)} attr.type="{kind}"/>\n'


def _graphml_data(key: str, value: Scalar) -> str:
    return f'<data key="{key}">{_text(value)}</data>'


def _gexf(tables: _Tables) -> Iterator[str]:
    """Yield GEXF 1.2, whose readers keep the places."""
    keys = _types(tables.nodes.values())
    told = escape("; ".join(f"{name}: {value}" for name, value in tables.about.items()))
    yield f'{_XML}<gexf xmlns="{_GEXF}" xmlns:viz="{_GEXF}/viz" version="1.2">\n'
    yield f'<meta><description>{told}</description></meta>\n<graph defaultedgetype="undirected">\n'
    yield '<attributes class="node">\n'
    for (name, kind), key in keys.items():
        yield f'<attribute id="{key}" title={quoteattr(name)} type="{kind}"/>\n'
    yield '</attributes>\n<attributes class="edge">\n'
    yield '<attribute id="score" title="score" type="double"/>\n</attributes>\n<nodes>\n'
    for point, row in tables.nodes.items():
        label = quoteattr(str(row["label"]))
        data = "".join(
            f'<attvalue for="{keys[name, _type(value)]}" value={quoteattr(_word(value))}/>'
            for name, value in row.items()
        )
        place = f'<viz:position x="{row["x"]}" y="{row["y"]}" z="0.0"/>'
        yield f"<node id={quoteattr(point)} label={label}>"
        yield f"<attvalues>{data}</attvalues>{place}</node>\n"
    yield "</nodes>\n<edges>\n"
    for number, (a, b, score) in enumerate(tables.links):
        ends = f"source={quoteattr(a)} target={quoteattr(b)}"
        data = f'<attvalue for="score" value="{score}"/>'
        yield f'<edge id="{number}" {ends}><attvalues>{data}</attvalues></edge>\n'
    yield "</edges>\n</graph>\n</gexf>\n"


def _json(tables: _Tables) -> str:
    """Return the node-link form that d3 and NetworkX read."""
    written = {
        "directed": False,
        "multigraph": False,
        "graph": tables.about,
        "nodes": [{**row, "id": point} for point, row in tables.nodes.items()],
        "links": [{"source": a, "target": b, "score": score} for a, b, score in tables.links],
    }
    return json.dumps(written, ensure_ascii=False, allow_nan=False)


def _csv(tables: _Tables) -> str:
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(("source", "target", "score"))
    writer.writerows(tables.links)
    return sheet.getvalue()
