"""A drawn graph as a file: GraphML, GEXF, JSON, or its links as CSV."""

from __future__ import annotations

import csv
import io
import json
import math
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from explorer.results import describe

if TYPE_CHECKING:
    import networkx

    from explorer.graph.drawing import Drawing
    from explorer.hints import Hints


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
    if wanted is GraphFormat.CSV:
        return _links(drawing).encode()
    graph = to_networkx(drawing, hints)
    import networkx  # noqa: PLC0415 - slow to import

    if wanted is GraphFormat.JSON:
        written = networkx.node_link_data(graph, edges="links")
        return json.dumps(written, ensure_ascii=False, allow_nan=False).encode()
    generate = (
        networkx.generate_graphml if wanted is GraphFormat.GRAPHML else networkx.generate_gexf
    )
    return "\n".join(generate(graph)).encode()


def to_networkx(drawing: Drawing, hints: Hints) -> networkx.Graph:
    """Return a drawing as a NetworkX graph, whose nodes are named by their ids as text."""
    import networkx  # noqa: PLC0415 - slow to import

    view, graph = drawing.view, drawing.graph
    made = networkx.Graph(
        collection=view.collection, vector=view.using, linking=view.linking.value, k=view.k
    )
    for place, point in enumerate(graph.ids):
        made.add_node(str(point), **_attributes(drawing, hints, place))
    for (a, b), score in zip(graph.edges.tolist(), graph.scores.tolist(), strict=True):
        made.add_edge(str(graph.ids[a]), str(graph.ids[b]), score=score)
    return made


def _attributes(drawing: Drawing, hints: Hints, place: int) -> dict[str, Any]:
    payload = drawing.payloads[place]
    scalars = {
        _plain(key): _plain(value) if isinstance(value, str) else value
        for key, value in payload.items()
        if isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value))
    }
    x, y = drawing.xy[place].tolist()
    return {
        **scalars,
        "label": _plain(describe(drawing.graph.ids[place], payload, hints).title),
        "x": x,
        "y": y,
        "degree": int(drawing.graph.degrees[place]),
        "community": int(drawing.communities[place]) + 1,
        "occurrences": int(drawing.occurrences[place]),
    }


def _plain(text: str) -> str:
    """Return a text without the characters that XML 1.0 cannot carry."""
    return "".join(c for c in text if c >= " " or c in "\t\n\r").encode("utf-8", "replace").decode()


def _links(drawing: Drawing) -> str:
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(("source", "target", "score"))
    ids, graph = drawing.graph.ids, drawing.graph
    for (a, b), score in zip(graph.edges.tolist(), graph.scores, strict=True):
        writer.writerow((ids[a], ids[b], score))
    return sheet.getvalue()
