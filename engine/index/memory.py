"""Memory for graphs and codes: how much a graph takes, how much this process may still take.

Linux grants what it does not have and kills whoever uses it, so whoever wants much asks first.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROCESS, _GROUPS = Path("/proc"), Path("/sys/fs/cgroup")
_RESERVE = 1 << 26
"""Bytes that are left to what else goes on: searches, updates, files that are being read."""

_NODE_BYTES = 128  # of hnswlib's own lists: lock, level, label, links of upper levels, visits


def graph_memory(rows: int, size: int, m: int) -> int:
    """Return about how many bytes hnswlib takes to link `rows` float32 vectors of `size` elements.

    A node is its vector, a count and 2 m links on the lowest level, and its label.
    """
    return rows * (4 * size + 4 * (2 * m + 1) + 8 + _NODE_BYTES)


def fits(size: int) -> bool:
    """Return whether `size` more bytes may be used, as far as the system tells."""
    available = available_memory()
    return available is None or size + _RESERVE <= available


def available_memory(process: Path = _PROCESS, groups: Path = _GROUPS) -> int | None:
    """Return how many bytes this process may still take; None where the system does not tell.

    That is the least of what the machine has, what a limit of its address space leaves it, and what
    each control group around it does. Files in memory count as free, since the system drops them.

    Args:
        process: where Linux tells of the machine and of this process.
        groups: where control groups are mounted, of either version.

    """
    own = _free_of_machine(process), _free_of_addresses(process)
    free = [*own, *map(_free_of_group, _groups_of(process, groups))]
    return min((max(0, each) for each in free if each is not None), default=None)


def _free_of_machine(process: Path) -> int | None:
    available = _fields(process / "meminfo").get("MemAvailable:")
    return None if available is None else available << 10


def _free_of_addresses(process: Path) -> int | None:
    """Return what a limit of the address space leaves; None without one."""
    limits = (line.split() for line in _text(process / "self" / "limits").splitlines())
    allowed = next((line[3] for line in limits if line[:3] == ["Max", "address", "space"]), "")
    taken = _fields(process / "self" / "status").get("VmSize:")
    return int(allowed) - (taken << 10) if allowed.isdecimal() and taken is not None else None


def _groups_of(process: Path, mounted: Path) -> Iterator[Path]:
    """Yield the folders of the groups that this process is in, from the innermost outwards."""
    for line in _text(process / "self" / "cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        root = mounted / "memory" if controllers else mounted
        own = root / path.lstrip("/")
        yield from (each for each in (own, *own.parents) if each.is_relative_to(root))


def _free_of_group(folder: Path) -> int | None:
    """Return what a group leaves; None without a limit."""
    stat = _fields(folder / "memory.stat")
    for limit, used, prefix in (
        ("memory.max", "memory.current", ""),
        ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_"),
    ):
        allowed, taken = _text(folder / limit).strip(), _text(folder / used).strip()
        if allowed.isdecimal() and taken.isdecimal():
            files = sum(stat.get(f"{prefix}{kind}_file", 0) for kind in ("active", "inactive"))
            return int(allowed) - int(taken) + files
    return None


def _fields(path: Path) -> dict[str, int]:
    """Return the lines of a file that say `name number`."""
    words = (line.split() for line in _text(path).splitlines())
    return {line[0]: int(line[1]) for line in words if len(line) > 1 and line[1].isdecimal()}


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except (OSError, ValueError):
        return ""
