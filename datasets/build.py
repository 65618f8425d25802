"""What the scripts that make the bundled sets share: writing a set's files, and its map."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from umap import UMAP

from explorer.bm25 import K1, B

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from explorer.projection import Projection

SEED = 20240229
"""Of every random choice, so that a script gives the same files again."""


def write_payload(folder: Path, payload: Iterable[Mapping[str, Any]]) -> None:
    """Write one JSON object a line."""
    lines = (json.dumps(point, ensure_ascii=False, separators=(",", ":")) for point in payload)
    text = "".join(f"{line}\n" for line in lines)
    (folder / "payload.jsonl").write_text(text, encoding="utf-8", newline="\n")


def write_card(folder: Path, card: Mapping[str, Any]) -> None:
    """Write the card, readable."""
    text = json.dumps(card, ensure_ascii=False, indent=2)
    (folder / "card.json").write_text(f"{text}\n", encoding="utf-8", newline="\n")


def write_vectors(folder: Path, name: str, vectors: NDArray[Any]) -> None:
    """Write dense vectors (n, dim) as they are."""
    _save(folder / "vectors" / f"{name}.npy", vectors)


def write_quantised(folder: Path, name: str, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Write dense vectors as int8 with one scale a dimension; return what a reader will see."""
    scale = (np.abs(vectors).max(axis=0) / 127).astype(np.float32)
    rounded = np.rint(vectors / scale).astype(np.int8)
    _save(folder / "vectors" / f"{name}.npy", rounded)
    _save(folder / "vectors" / f"{name}.scale.npy", scale)
    stored: NDArray[np.float32] = rounded * scale
    return stored


def write_multi(
    folder: Path, name: str, vectors: Sequence[NDArray[np.float32]]
) -> list[NDArray[np.float32]]:
    """Write multivectors, each (k, dim), as int8 with one scale a dimension, and offsets.

    Return what a reader will see.
    """
    offsets = np.cumsum([0, *map(len, vectors)])
    stored = write_quantised(folder, name, np.concatenate(vectors))
    _save(folder / "vectors" / f"{name}.offsets.npy", offsets.astype(np.uint32))
    return np.split(stored, offsets[1:-1])


def write_projection(folder: Path, name: str, projection: Projection) -> None:
    """Write how the vector `name` is made from that of the sentence encoder."""
    _save(folder / "projections" / f"{name}.npy", projection.axes)


def write_sparse(folder: Path, name: str, rows: Sequence[Mapping[int, float]]) -> None:
    """Write sparse vectors as offsets, indices (ascending in a row) and values."""
    pairs = [sorted(row.items()) for row in rows]
    flat = [pair for row in pairs for pair in row]
    path = folder / "vectors" / f"{name}.npz"
    path.parent.mkdir(exist_ok=True)
    np.savez_compressed(
        path,
        offsets=np.cumsum([0, *map(len, pairs)]).astype(np.uint32),
        indices=np.array([index for index, _ in flat], np.uint32),
        values=np.array([value for _, value in flat], np.float32),
    )


def write_layout(folder: Path, coordinates: NDArray[Any]) -> None:
    """Write the map, centred and scaled alike in both directions into -1..1."""
    low, high = coordinates.min(axis=0), coordinates.max(axis=0)
    centred = (coordinates - (low + high) / 2) / ((high - low).max() / 2)
    _save(folder / "layout.npy", centred.astype(np.float32))


def umap_layout(vectors: NDArray[np.float32], **parameters: Any) -> NDArray[np.float32]:
    """Return UMAP coordinates (n, 2) of vectors (McInnes, Healy and Melville 2018).

    Clusters that lie far out would leave the rest little room: two certain neighbours a point and
    a weaker push keep them near.
    """
    settled = {"local_connectivity": 2, "repulsion_strength": 0.7, "spread": 1.2}
    reducer = UMAP(random_state=SEED, n_jobs=1, **(settled | parameters))
    coordinates = reducer.fit_transform(vectors)
    return _laid_flat(coordinates - coordinates.mean(axis=0))


def _laid_flat(centred: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn a map whose directions mean nothing so that it is wide rather than tall."""
    axes = np.linalg.svd(centred, full_matrices=False)[2]
    turned: NDArray[np.float32] = centred @ axes.T
    return turned


def bm25_weights(counts: Sequence[Mapping[int, int]]) -> list[dict[int, float]]:
    """Return the BM25 weight of each term in each text, without its rarity (IDF).

    Source: Robertson and Zaragoza 2009.
    """
    lengths = np.array([sum(terms.values()) for terms in counts])
    damping = K1 * (1 - B + B * lengths / lengths.mean())
    return [
        {term: count * (K1 + 1) / (count + float(damp)) for term, count in terms.items()}
        for terms, damp in zip(counts, damping, strict=True)
    ]


def recall(
    exact: NDArray[np.float32], approximate: NDArray[np.float32], limit: int = 10, among: int = 10
) -> float:
    """Return how many of each point's `limit` nearest others, by cosine, stay in the first `among`.

    The mean share, 0..1.
    """
    pairs = zip(_nearest(exact, limit), _nearest(approximate, among), strict=True)
    return float(np.mean([len({*wanted} & {*found}) / limit for wanted, found in pairs]))


def _nearest(vectors: NDArray[np.float32], limit: int) -> NDArray[np.int64]:
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    scores = units @ units.T
    np.fill_diagonal(scores, -np.inf)
    return np.argpartition(-scores, limit, axis=1)[:, :limit]


def _save(path: Path, array: NDArray[Any]) -> None:
    path.parent.mkdir(exist_ok=True)
    np.save(path, array, allow_pickle=False)
