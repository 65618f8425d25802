"""Make the cars set from vega-datasets.

Run from the repository's root: `python -m datasets.cars.make`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from vega_datasets import data

from datasets.build import umap_layout, write_card, write_layout, write_payload, write_vectors

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

FOLDER = Path(__file__).parent

MEASURES = {
    "Miles_per_Gallon": "miles_per_gallon",
    "Cylinders": "cylinders",
    "Displacement": "displacement",
    "Horsepower": "horsepower",
    "Weight_in_lbs": "weight",
    "Acceleration": "acceleration",
}
"""Column of the source -> payload field; in this order they are the dimensions of the vector."""

BRANDS = {
    "capri": "ford",
    "chevroelt": "chevrolet",
    "chevy": "chevrolet",
    "hi": "international harvester",
    "maxda": "mazda",
    "mercedes": "mercedes-benz",
    "toyouta": "toyota",
    "vokswagen": "volkswagen",
    "vw": "volkswagen",
}
"""The first word of a name -> the brand, where the source misspells or shortens it."""


def main() -> None:
    cars = data.cars()
    cars["Name"] = cars["Name"].str.replace("Accelerationord", "accord")  # a slip of the source
    vectors = standardised(cars[list(MEASURES)])
    write_payload(FOLDER, map(payload, cars.to_dict("records")))
    write_vectors(FOLDER, "unnamed", vectors)
    islands = {"min_dist": 0.8, "repulsion_strength": 0.3, "init": "pca"}
    write_layout(FOLDER, umap_layout(vectors, metric="euclidean", n_neighbors=60, **islands))
    write_card(FOLDER, card(cars))
    print(f"{len(cars)} cars, {int(cars[list(MEASURES)].isna().sum().sum())} missing numbers")


def standardised(measures: pd.DataFrame) -> NDArray[np.float32]:
    """Return each column with mean 0 and deviation 1; a missing number becomes the mean, 0."""
    scaled = (measures - measures.mean()) / measures.std(ddof=0)
    return scaled.fillna(0.0).to_numpy(np.float32)


def payload(row: dict[str, Any]) -> dict[str, Any]:
    """Return a point's payload; a missing number is null."""
    first = row["Name"].split()[0]
    return {
        "name": row["Name"],
        "brand": BRANDS.get(first, first),
        "origin": row["Origin"],
        "year": row["Year"].year,
        **{field: number(row[column]) for column, field in MEASURES.items()},
    }


def number(value: float) -> float | int | None:
    """Return a number of the table as JSON has it: whole ones without a point, none as null."""
    if np.isnan(value):
        return None
    return int(value) if float(value).is_integer() else float(value)


def card(cars: pd.DataFrame) -> dict[str, Any]:
    numbers = dict.fromkeys(MEASURES.values(), "float") | {"cylinders": "integer"}
    fields = {"brand": "keyword", "origin": "keyword", "year": "integer", **numbers}
    return {
        "title": "Cars",
        "summary": "Cars of 1970 to 1982 by six measures, each scaled alike and compared by "
        "distance: what a query does can be read off the numbers.",
        "points": len(cars),
        "source": "Donoho and Ramos 1982 (StatLib) by way of vega-datasets (cars.json)",
        "licence": "None stated; published by StatLib, passed on by vega-datasets",
        "collection": {"vectors": {"size": len(MEASURES), "distance": "Euclid"}},
        "indexes": [
            *({"field_name": field, "field_schema": kind} for field, kind in fields.items()),
            {"field_name": "name", "field_schema": {"type": "text"}},
        ],
        "hints": {
            "title": "name",
            "colour": "origin",
            "vector": "",
            "starters": starters({name: number for number, name in enumerate(cars["Name"])}),
            "layout": "cars",
        },
    }


def starters(ids: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {"title": "Like a VW Rabbit", "mode": "nearest", "positives": [ids["vw rabbit"]]},
        {
            "title": "Small and thrifty, but quicker than a diesel",
            "mode": "recommend",
            "positives": [ids["honda civic"], ids["mazda glc"]],
            "negatives": [ids["vw rabbit c (diesel)"]],
        },
        {
            "title": "Like a Ford Mustang, rather light than strong",
            "mode": "discover",
            "target": ids["ford mustang gl"],
            "pairs": [[ids["toyota corolla"], ids["buick estate wagon (sw)"]]],
        },
        {
            "title": "Neither small nor huge",
            "mode": "context",
            "pairs": [
                [ids["volvo 244dl"], ids["honda civic"]],
                [ids["volvo 244dl"], ids["chevrolet impala"]],
            ],
        },
    ]


if __name__ == "__main__":
    main()
