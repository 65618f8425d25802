"""Results as one printed table and one JSON file."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
PEERS = ("qdrant-client", "qdrant-edge-py", "numpy", "numba", "streamlit")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure.

    Attributes:
        work: what was measured.
        ours: median.
        p95: 95th percentile, where there are enough runs.
        against: the peer, or the goal.
        peer: the peer's median; None when the row has a goal instead.
        ratio: peer / ours; above 1 we are faster.
        goal: what was asked for, in words.
        met: whether it was.
        unit: of `ours`, `p95` and `peer`.
        note: agreement of the results, sizes, anything that a reader must know.

    """

    work: str
    ours: float
    p95: float | None = None
    against: str = ""
    peer: float | None = None
    ratio: float | None = None
    goal: str = ""
    met: bool | None = None
    unit: str = "ms"
    note: str = ""


def table(rows: list[Row]) -> str:
    """Return the rows as an aligned text table."""
    head = ("work", "ours", "p95", "against", "peer", "ratio", "goal", "", "note")
    lines = [head, *(cells(row) for row in rows)]
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
        row.against,
        _number(row.peer, row.unit),
        "" if row.ratio is None else f"{row.ratio:.1f}x",
        row.goal,
        {None: "", True: "met", False: "MISSED"}[row.met],
        row.note,
    )


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    return f"{value:.3g} {unit}" if value < 100 else f"{value:,.0f} {unit}"
