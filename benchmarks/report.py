"""Results as one printed table and one JSON file."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RESULTS = Path(__file__).parent / "results"
PEERS = ("qdrant-client", "qdrant-edge-py", "numpy", "numba", "streamlit")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure.

    Attributes:
        work: what was measured.
        ours: median.
        p95: 95th percentile, where there are enough runs.
        recall: share of the exactly best results that ours has; where both look at all points, of
            the peer's.
        against: the peer, or the goal.
        peer: the peer's median; None when the row has a goal instead.
        peer_recall: share that the peer has.
        ratio: peer / ours; above 1 we are faster.
        goal: what was asked for, in words.
        met: whether it was.
        unit: of `ours`, `p95` and `peer`.
        note: agreement of the results, sizes, anything that a reader must know.

    """

    work: str
    ours: float
    p95: float | None = None
    recall: float | None = None
    against: str = ""
    peer: float | None = None
    peer_recall: float | None = None
    ratio: float | None = None
    goal: str = ""
    met: bool | None = None
    unit: str = "ms"
    note: str = ""


HEAD = "work", "ours", "p95", "recall", "against", "peer", "recall", "ratio", "goal", "", "note"


def table(parts: Mapping[str, Sequence[Row]]) -> str:
    """Return the rows of each part as one aligned text table."""
    head = ("part", *HEAD)
    lines = [head, *((name, *cells(row)) for name, rows in parts.items() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def save(rows: list[Row], name: str) -> Path:
    """Write the rows with a description of the machine to `benchmarks/results/<name>.json`."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(
        json.dumps({"machine": machine(), "rows": [asdict(row) for row in rows]}, indent=1)
    )
    return path


def machine() -> dict[str, object]:
    """Describe what the figures were measured on."""
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "processor": platform.machine(),
        "python": platform.python_version(),
        **{peer: version(peer) for peer in PEERS},
    }


def cells(row: Row) -> tuple[str, ...]:
    """Return what the table says of a row."""
    return (
        row.work,
        _number(row.ours, row.unit),
        _number(row.p95, row.unit),
        _share(row.recall),
        row.against,
        _number(row.peer, row.unit),
        _share(row.peer_recall),
        "" if row.ratio is None else f"{row.ratio:.1f}x",
        row.goal,
        {None: "", True: "met", False: "MISSED"}[row.met],
        row.note,
    )


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    return f"{value:.3g} {unit}" if value < 100 else f"{value:,.0f} {unit}"
