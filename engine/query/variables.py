"""What the variables of a formula stand for: scores of the sources, and payload of the points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.errors import WrongInput
from engine.payload.datetimes import NOT_A_MOMENT, parse_moment
from engine.payload.filters import condition_mask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qdrant_client import models

    from engine.payload.column import Lane
    from engine.payload.compat import Compat
    from engine.query.candidates import Candidates
    from engine.snapshot import Snapshot

Values: TypeAlias = NDArray[np.float64]
"""float64 (n,), one for each place."""

Places: TypeAlias = NDArray[np.int64]
"""Which of the points a value is wanted for, int64 (n,)."""


@dataclass(frozen=True, slots=True)
class Defaults:
    """What stands in for variables that a point does not have.

    Attributes:
        scores: by number of the source.
        payload: JSON values by canonical key path.

    """

    scores: Mapping[int, float]
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Variables:
    """The points that a formula scores.

    Attributes:
        snapshot: the collection.
        rows: int64 (points,), distinct and ascending.
        sources: what each prefetch found.
        defaults: for what points do not have.
        compat: whose filter semantics hold in conditions.

    """

    snapshot: Snapshot
    rows: NDArray[np.int64]
    sources: Sequence[Candidates]
    defaults: Defaults
    compat: Compat

    def scores(self, number: int, places: Places) -> Values:
        """Return the score that source `number` gave; its default, else 0, where it gave none."""
        scores = np.full(len(self.rows), self.defaults.scores.get(number, 0.0))
        if number < len(self.sources):
            source = self.sources[number]
            scores[np.searchsorted(self.rows, source.rows)] = source.scores
        return scores[places]

    def numbers(self, path: str, places: Places) -> Values:
        """Return the one number at a payload path; raises WrongInput where there is another."""
        column = self.snapshot.payload.column(path)
        found = np.zeros(len(places))
        has_one = np.zeros(len(places), np.bool_)
        for lane in (column.integers, column.floats):
            is_one, values = self._only(lane, path, places)
            found[is_one], has_one[is_one] = values, True
        default = as_number(self.defaults.payload.get(path))
        self._stand_in(path, places, has_one, is_usable=default is not None, kind="number")
        if default is not None:
            found[~has_one] = default
        return found

    def moments(self, path: str, places: Places) -> Values:
        """Return the one moment at a payload path in seconds since the epoch; raises likewise."""
        column = self.snapshot.payload.column(path)
        found = np.zeros(len(places))
        is_one, codes = self._only(column.strings, path, places)
        moments = column.vocabulary.moments()[codes]
        is_one[is_one] = moments != NOT_A_MOMENT
        found[is_one] = moments[moments != NOT_A_MOMENT] / 1e6
        default = self.defaults.payload.get(path)
        moment = parse_moment(default) if isinstance(default, str) else NOT_A_MOMENT
        usable = moment != NOT_A_MOMENT
        self._stand_in(path, places, is_one, is_usable=usable, kind="datetime")
        found[~is_one] = moment / 1e6
        return found

    def geo_points(self, path: str, places: Places) -> NDArray[np.float64]:
        """Return the one place at a payload path: longitude and latitude, (n, 2)."""
        column = self.snapshot.payload.column(path)
        found = np.zeros((len(places), 2))
        is_one, values = self._only(column.geos, path, places)
        found[is_one] = values
        default = _lon_lat(self.defaults.payload.get(path))
        self._stand_in(path, places, is_one, is_usable=default is not None, kind="geo")
        if default is not None:
            found[~is_one] = default
        return found

    def holds(self, condition: models.Condition, places: Places) -> Values:
        """Return 1 where a filter's condition holds, else 0."""
        mask = condition_mask(condition, self.snapshot, self.compat)
        return mask[self.rows[places]].astype(np.float64)

    def _only(
        self, lane: Lane, path: str, places: Places
    ) -> tuple[NDArray[np.bool_], NDArray[Any]]:
        """Return bool (n,), where the lane has the point's one and only value, and these values."""
        nodes = self.snapshot.payload.column(path).nodes
        rows = self.rows[places]
        first, last = _between(nodes, rows)
        is_one = last - first == 1
        is_one[is_one] = nodes.values[first[is_one]] == 1
        first, last = _between(lane, rows)
        is_one &= last > first
        return is_one, lane.values[first[is_one]]

    def _stand_in(
        self,
        path: str,
        places: Places,
        is_one: NDArray[np.bool_],
        *,
        is_usable: bool,
        kind: str,
    ) -> None:
        """Raise WrongInput where a value is missing and the default is no use, or it is another."""
        nodes = self.snapshot.payload.column(path).nodes
        nodes = nodes.where(nodes.values != 0)  # an empty array is as good as no field
        first, last = _between(nodes, self.rows[places])
        is_missing = last == first
        refused = ~is_one & ~(is_missing & is_usable)
        if refused.any():
            place = int(refused.argmax())
            reason = "No value found" if is_missing[place] else f"Value is not one {kind}"
            raise WrongInput(
                f"Expected {kind} value for {path} in the payload and/or in the formula defaults. "
                f"Error: {reason} in point {self.snapshot.ids.id_of(int(self.rows[places[place]]))}"
            )


def as_number(value: object) -> float | None:
    """Return a JSON number as float64, None for other values and integers beyond its range."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def _between(lane: Lane, rows: NDArray[np.int64]) -> tuple[Places, Places]:
    """Return where the values of each row begin and end in a lane."""
    return np.searchsorted(lane.rows, rows, "left"), np.searchsorted(lane.rows, rows, "right")


def _lon_lat(value: object) -> tuple[float, float] | None:
    match value:
        case {"lon": int() | float() as lon, "lat": int() | float() as lat}:
            return float(lon), float(lat)
    return None
