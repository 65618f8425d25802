"""How the points of a drawn graph look: colours, sizes and names; and its files for the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from engine.payload.key_path import parse_key_path
from explorer.colours import encode, encode_categories, encode_numbers
from explorer.graph.groups import clumps, sizes
from explorer.points import Colouring
from explorer.results import describe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from explorer.graph.drawing import Drawing
    from explorer.graph.graph import Graph
    from explorer.hints import Hints

MEASURES: Mapping[str, str] = {
    "@community": "Community",
    "@clump": "Clump",
    "@occurrences": "Hubness",
    "@degree": "Links",
    "@betweenness": "Betweenness",
}
"""What the links say of each point, by name, as a person reads it."""

SIZES = ("@occurrences", "@degree", "@betweenness")
"""The measures that dots can be sized by."""


def title(drawing: Drawing, place: int, hints: Hints) -> str:
    """Return what a point is called."""
    return describe(drawing.graph.ids[place], drawing.payloads[place], hints).title


def titles(drawing: Drawing, hints: Hints) -> list[str]:
    """Return what the points are called, in their order."""
    return [title(drawing, place, hints) for place in range(len(drawing.graph))]


def group_names(groups: NDArray[np.int32], drawing: Drawing, hints: Hints) -> list[str]:
    """Return a name for each group: its number and the title of its point with the most links."""
    order = np.lexsort((-drawing.graph.degrees, groups))
    firsts = order[np.searchsorted(groups[order], np.arange(groups.max(initial=-1) + 1))]
    return [
        f"{number} · {title(drawing, int(place), hints)}"
        for number, place in enumerate(firsts.tolist(), start=1)
    ]


def measures(
    drawing: Drawing, betweenness: NDArray[np.float32] | None = None
) -> dict[str, NDArray[np.number]]:
    """Return the numbers that dots can be sized and coloured by, by their names in `SIZES`.

    `betweenness` takes its time, so it is there only where it was counted.
    """
    found: dict[str, NDArray[np.number]] = {
        "@occurrences": drawing.occurrences,
        "@degree": drawing.graph.degrees,
    }
    return found if betweenness is None else found | {"@betweenness": betweenness}


def colouring(
    drawing: Drawing,
    shown: Graph,
    colour: str,
    numbers: Mapping[str, NDArray[np.number]],
    hints: Hints,
) -> Colouring:
    """Return the points coloured by a measure or by a payload key path.

    Args:
        drawing: the points.
        shown: its links that are not cut off: clumps hang together by these.
        colour: see `Look.colour`.
        numbers: what `measures` gave.
        hints: what names the points.

    """
    if colour in ("@community", "@clump"):
        groups = drawing.communities if colour == "@community" else clumps(shown)
        names = group_names(groups, drawing, hints)
        several = sizes(groups) > 1
        named = [names[group] if several[group] else None for group in groups.tolist()]
        return Colouring(MEASURES[colour], *encode_categories(named))
    if colour in numbers:
        values = numbers[colour].astype(np.float64)
        whole = numbers[colour].dtype.kind == "i"
        coded = encode_numbers(values, "integer" if whole else "number")
        return Colouring(MEASURES[colour], *coded)
    return Colouring(colour, *encode(_values(drawing, colour)))


def size_values(
    drawing: Drawing, size: str, numbers: Mapping[str, NDArray[np.number]]
) -> NDArray[np.number] | None:
    """Return the numbers that dots grow with, (n,), or None for dots of one size.

    `numbers` is what `measures` gave. Points without a number in a payload field are the smallest.
    """
    if size in numbers or not size:
        return numbers.get(size)
    given = [
        value if isinstance(value, int | float) and not isinstance(value, bool) else np.nan
        for value in _values(drawing, size)
    ]
    known = np.array(given, np.float64)
    finite = np.isfinite(known)
    return np.where(finite, known, known[finite].min()) if finite.any() else None


def packed_links(graph: Graph) -> bytes:
    """Return the links file: little-endian uint32 n and m, both ends of each link, the scores."""
    counts = np.array([len(graph), len(graph.edges)], "<u4")
    ends, scores = graph.edges.astype("<u4"), graph.scores.astype("<f4")
    return counts.tobytes() + ends.tobytes() + scores.tobytes()


def packed_sizes(values: NDArray[np.number]) -> bytes:
    """Return the sizes file: uint32 n, then a byte for each point.

    Areas are what the eye compares, hence the square root. The smallest value is 0, the largest
    255. `values` are at least one.
    """
    roots = np.sqrt(values.astype(np.float64) - values.min())
    levels = (255 * roots / (roots.max() or 1)).astype(np.uint8)
    content: bytes = levels.tobytes()
    return len(values).to_bytes(4, "little") + content


def _values(drawing: Drawing, field: str) -> list[Any]:
    """Return the first value of a payload field for each point, None where there is none."""
    path = parse_key_path(field)
    return [next(iter(path.nodes(payload)), None) for payload in drawing.payloads]
