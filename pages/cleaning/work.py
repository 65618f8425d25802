"""The work on the points of a collection: its progress, and what it has to say in the end."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from pages import job_view, notice, reading, startup

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from explorer.cleaning import Desk
    from explorer.jobs import Report, Stopped

Told: TypeAlias = "Sequence[tuple[str, str]]"
"""What is to be said, each with the name of its Material symbol."""


def running(collection: str) -> bool:
    """Draw how far the work is that is under way, and how it ended; return whether it runs."""
    making, putting_back = _making(collection), _putting_back(collection)
    made = job_view.show(making, partial(_ended, making))
    back = job_view.show(putting_back, partial(_ended, putting_back), stoppable=False)
    return made or back


def make(desk: Desk, work: Callable[[Report, Stopped], Told]) -> None:
    """Change points; what is stopped midway is taken back."""
    _start(_making(desk.collection), "Cleaning", desk, work)


def put_back(desk: Desk, work: Callable[[Report], Told]) -> None:
    """Bring points back as they were, to the end."""
    _start(_putting_back(desk.collection), "Undoing", desk, lambda report, _: work(report))


def _start(key: str, title: str, desk: Desk, work: Callable[[Report, Stopped], Told]) -> None:
    connection = startup.connection()

    def held(report: Report, stopped: Stopped) -> Told:
        try:
            return work(report, stopped)
        finally:
            connection.forget(desk.collection)

    connection.start(key, title, held).wait(reading.PATIENCE)


def _ended(key: str, told: Told) -> None:
    startup.jobs().dismiss(key)
    for text, icon in told:
        notice.later(text, icon)
    notice.show()


def _making(collection: str) -> str:
    return f"cleaning {collection}"


def _putting_back(collection: str) -> str:
    return f"cleaning back {collection}"
