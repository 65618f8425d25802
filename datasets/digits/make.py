"""Make the digits set from scikit-learn.

Run from the repository's root: `python -m datasets.digits.make`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import TruncatedSVD

from datasets.build import (
    SEED,
    recall,
    umap_layout,
    write_card,
    write_layout,
    write_payload,
    write_vectors,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOLDER = Path(__file__).parent
SIXES = [[67, 36], [67, 22], [65, 64]]
"""Pairs (a six; a zero, a two, a four) whose common zone holds 157 images, 153 of them sixes."""

STAGE = 30
"""Candidates of the first stage at which its recall is stated."""


def main() -> None:
    digits = load_digits()
    pixels = digits.data.astype(np.float32)
    units = pixels / np.linalg.norm(pixels, axis=1, keepdims=True)
    components = TruncatedSVD(16, random_state=SEED).fit_transform(units).astype(np.float32)

    write_payload(FOLDER, map(payload, digits.target, digits.data.astype(int)))
    write_vectors(FOLDER, "pixels", pixels.astype(np.uint8))
    write_vectors(FOLDER, "pca16", components)
    islands = {"min_dist": 1.0, "spread": 2.5, "repulsion_strength": 0.4}
    write_layout(FOLDER, umap_layout(pixels, metric="cosine", n_neighbors=15, **islands))
    write_card(FOLDER, card(digits.target))
    print(f"{len(pixels)} digits, recall of pca16: {recall(pixels, components):.3f} at 10")
    print(f"the 10 nearest by pixels are among the {STAGE} nearest by pca16:")
    print(f"{recall(pixels, components, among=STAGE):.3f}")


def payload(label: int, pixels: NDArray[np.int64]) -> dict[str, Any]:
    return {"label": str(label), "ink": int(pixels.sum()), "pixels": pixels.tolist()}


def card(labels: NDArray[np.int64]) -> dict[str, Any]:
    return {
        "title": "Handwritten digits",
        "summary": "Images of 8 x 8 pixels, the ten digits by 13 writers. The label is known, so "
        "a query can be graded; a few images would fool anyone.",
        "points": len(labels),
        "source": "UCI optical recognition of handwritten digits, test set, from scikit-learn",
        "licence": "CC BY 4.0",
        "collection": {
            "vectors": {
                "pixels": {"size": 64, "distance": "Cosine"},
                "pca16": {"size": 16, "distance": "Cosine"},
            },
        },
        "indexes": [
            {"field_name": "label", "field_schema": "keyword"},
            {"field_name": "ink", "field_schema": "integer"},
        ],
        "hints": {
            "title": "label",
            "picture": {
                "kind": "pixels",
                "field": "pixels",
                "width": 8,
                "height": 8,
                "maximum": 16,
            },
            "colour": "label",
            "vector": "pixels",
            "starters": starters(
                {str(digit): np.flatnonzero(labels == digit) for digit in range(10)}
            ),
            "layout": "digits",
        },
    }


def starters(of: dict[str, NDArray[np.int64]]) -> list[dict[str, Any]]:
    first = {digit: int(ids[0]) for digit, ids in of.items()}
    return [
        {"title": "Drawn like this seven", "mode": "nearest", "positives": [first["7"]]},
        {
            "title": "Fours that cannot be taken for a nine",
            "mode": "recommend",
            "positives": [int(number) for number in of["4"][:2]],
            "negatives": [first["9"]],
        },
        {
            "title": "Like a three, leaning to eight rather than five",
            "mode": "discover",
            "target": first["3"],
            "pairs": [[first["8"], first["5"]]],
        },
        {"title": "Sixes and nothing else", "mode": "context", "pairs": SIXES},
    ]


if __name__ == "__main__":
    main()
