"""Make the airports set from vega-datasets.

Run from the repository's root: `python -m datasets.airports.make`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from vega_datasets import data

from datasets.build import write_card, write_layout, write_payload, write_vectors

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

FOLDER = Path(__file__).parent

REGIONS = {
    "Northeast": "CT ME MA NH RI VT NJ NY PA",
    "Midwest": "IL IN MI OH WI IA KS MN MO NE ND SD",
    "South": "DE DC FL GA MD NC SC VA WV AL KY MS TN AR LA OK TX",
    "West": "AZ CO ID MT NV NM UT WY AK CA HI OR WA",
    "Islands": "PR VI GU AS CQ",
}
"""The regions of the United States Census Bureau; its island areas under one name."""

REGION_OF = {state: region for region, states in REGIONS.items() for state in states.split()}


@dataclass(frozen=True)
class Inset:
    """A part of the map with its own Albers projection.

    Attributes:
        parallels: the two latitudes, in degrees, at which the scale is true.
        centre: latitude and longitude, in degrees, that lie at `place`.
        scale: size beside the mainland.
        place: x and y on the whole map, in Earth radii.

    """

    parallels: tuple[float, float]
    centre: tuple[float, float]
    scale: float = 1.0
    place: tuple[float, float] = (0.0, 0.0)

    def project(self, latitude: float, longitude: float) -> tuple[float, float]:
        """Return x and y: Albers' equal-area conic projection (Snyder 1987, section 14)."""
        first, second = np.sin(np.radians(self.parallels))
        cone = (first + second) / 2
        shared = 1 - first**2 + 2 * cone * first
        radius, middle = (
            np.sqrt(shared - 2 * cone * np.sin(np.radians(degrees))) / cone
            for degrees in (latitude, self.centre[0])
        )
        turned = (longitude - self.centre[1] + 180) % 360 - 180
        angle = cone * np.radians(turned)
        x, y = radius * np.sin(angle), middle - radius * np.cos(angle)
        return self.place[0] + self.scale * x, self.place[1] + self.scale * y


MAINLAND = Inset((29.5, 45.5), (37.5, -96))
ALASKA = Inset((55, 65), (63, -153), scale=0.4, place=(-0.32, -0.215))
HAWAII = Inset((8, 18), (20.9, -157.5), place=(-0.17, -0.24))
CARIBBEAN = Inset((8, 18), (18.1, -66), place=(0.32, -0.26))
PACIFIC = Inset((5, 20), (10, 150), scale=0.12, place=(-0.06, -0.27))


def main() -> None:
    airports = corrected(data.airports())
    rows: list[Any] = airports.to_dict("records")
    write_payload(FOLDER, map(payload, rows))
    write_vectors(FOLDER, "unnamed", sphere(airports))
    write_layout(FOLDER, np.array([place(row) for row in rows]))
    write_card(FOLDER, card(airports["iata"].tolist()))
    print(f"{len(airports)} airports")


def corrected(airports: pd.DataFrame) -> pd.DataFrame:
    """Return the table with the signs set right that the source lost on the Pacific islands."""
    fixed = airports.astype({"latitude": float, "longitude": float})
    east, south = fixed["state"].isin(["GU", "CQ"]), fixed["state"] == "AS"
    fixed.loc[east, "longitude"] = fixed.loc[east, "longitude"].abs()
    fixed.loc[south, "latitude"] = -fixed.loc[south, "latitude"].abs()
    return fixed


def payload(row: dict[str, Any]) -> dict[str, Any]:
    """Return a point's payload; what the source does not know is left out."""
    known = {
        key: " ".join(row[key].split())
        for key in ("iata", "name", "city", "state", "country")
        if isinstance(row[key], str)
    }
    region = {"region": REGION_OF[row["state"]]} if row["state"] in REGION_OF else {}
    location = {"lat": round(row["latitude"], 5), "lon": round(row["longitude"], 5)}
    return {**known, **region, "location": location}


def sphere(airports: pd.DataFrame) -> NDArray[np.float32]:
    """Return points on the unit sphere (n, 3): x to 0 degrees east, z to the north pole."""
    latitude, longitude = np.radians(airports[["latitude", "longitude"]].to_numpy().T)
    level = np.cos(latitude)
    return np.stack(
        [level * np.cos(longitude), level * np.sin(longitude), np.sin(latitude)], axis=1
    ).astype(np.float32)


def place(row: dict[str, Any]) -> tuple[float, float]:
    return inset(row).project(row["latitude"], row["longitude"])


def inset(row: dict[str, Any]) -> Inset:
    by_state = {"AK": ALASKA, "HI": HAWAII, "PR": CARIBBEAN, "VI": CARIBBEAN, "AS": PACIFIC}
    far = PACIFIC if row["longitude"] > 0 else MAINLAND
    return by_state.get(row["state"], far)


def card(codes: Sequence[str]) -> dict[str, Any]:
    return {
        "title": "Airports",
        "summary": "Airports of the United States as points on the globe. Near means near, so "
        "what a context pair does can be seen: each draws a line across the map.",
        "points": len(codes),
        "source": "OurAirports by way of vega-datasets (airports.csv)",
        "licence": "Public domain",
        "collection": {"vectors": {"size": 3, "distance": "Cosine"}},
        "indexes": [
            {"field_name": "state", "field_schema": "keyword"},
            {"field_name": "region", "field_schema": "keyword"},
            {"field_name": "country", "field_schema": "keyword"},
            {"field_name": "iata", "field_schema": "keyword"},
            {"field_name": "name", "field_schema": {"type": "text"}},
            {"field_name": "city", "field_schema": {"type": "text"}},
            {"field_name": "location", "field_schema": "geo"},
        ],
        "hints": {
            "title": "name",
            "colour": "region",
            "vector": "",
            "starters": starters({code: number for number, code in enumerate(codes)}),
            "layout": "airports",
        },
    }


def starters(ids: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {"title": "Around San Francisco", "mode": "nearest", "positives": [ids["SFO"]]},
        {
            "title": "Between Seattle and Miami, away from Denver",
            "mode": "recommend",
            "positives": [ids["SEA"], ids["MIA"]],
            "negatives": [ids["DEN"]],
        },
        {
            "title": "Near Chicago, on the Gulf's side of the line from Houston to Boston",
            "mode": "discover",
            "target": ids["ORD"],
            "pairs": [[ids["IAH"], ids["BOS"]]],
        },
        {
            "title": "Closer to Denver than to five other hubs",
            "mode": "context",
            "pairs": [[ids["DEN"], ids[hub]] for hub in ("SEA", "LAX", "DFW", "ORD", "MSP")],
        },
    ]


if __name__ == "__main__":
    main()
