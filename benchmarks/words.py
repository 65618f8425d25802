"""BM25 words and token vectors of the docstrings, tiled: ours and the real engine, both exact.

Nobody approximates here: sparse vectors have an inverted index, token vectors are compared one by
one, where another stage proposes a hundred points.
"""

from __future__ import annotations

import tempfile
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import qdrant_edge as edge
from qdrant_client import models

from benchmarks.timing import compared, interleaved
from engine import Engine
from engine.index import loops
from engine.scoring import kernels
from tests.edge_requests import query_core

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from benchmarks.report import Row

    Ask = Callable[[models.QueryRequest], list[int]]

POINTS, LIMIT, CANDIDATES, ROUND, WORDS_ASKED = 100_000, 10, 100, 24, 6
DOCSTRINGS = Path(__file__).parents[1] / "datasets" / "docstrings" / "vectors"
GOALS = {"words": 1.0, "words of a tenth of the points": 1.0, "tokens of 100 candidates": 2.0}
NAME = "words"
BEST_TOKEN = models.MultiVectorConfig(comparator=models.MultiVectorComparator.MAX_SIM)


def run() -> list[Row]:
    """Measure sparse nearest, whole and filtered, and MaxSim over a hundred candidates."""
    loops.warm_up(wait=True)
    kernels.warm_up(wait=True)
    points = Tiled(POINTS)
    with tempfile.TemporaryDirectory() as folder:
        ours = _ours(points, Path(folder) / "ours")
        core = _real_engine(points, Path(folder) / "edge")
        return [_compared(work, asked, ours, core) for work, asked in requests(points).items()]


class Tiled:
    """The docstrings repeated, each copy without some of its words and with noise in its vectors.

    Attributes:
        tokens: float32 (k, 32) for each point.
        words: sparse vectors, values of BM25.
        tenth: bool (n,), what a filter keeps.

    """

    def __init__(self, size: int, seed: int = 5) -> None:
        rng = np.random.default_rng(seed)
        stored = np.load(DOCSTRINGS / "bm25.npz")
        indices, values, offsets = stored["indices"], stored["values"], stored["offsets"]
        codes, scale = np.load(DOCSTRINGS / "tokens.npy"), np.load(DOCSTRINGS / "tokens.scale.npy")
        starts = np.load(DOCSTRINGS / "tokens.offsets.npy")
        drawn = rng.integers(len(starts) - 1, size=size)
        self.tenth = rng.random(size) < 0.1
        self.words: list[models.SparseVector] = []
        self.tokens: list[NDArray[np.float32]] = []
        for document in drawn.tolist():
            part = slice(int(offsets[document]), int(offsets[document + 1]))
            kept = rng.random(part.stop - part.start) < 0.9
            self.words.append(
                models.SparseVector.model_construct(
                    indices=indices[part][kept].tolist(), values=values[part][kept].tolist()
                )
            )
            tokens = codes[starts[document] : starts[document + 1]] * scale
            noise = rng.standard_normal(tokens.shape, dtype=np.float32) * np.float32(0.05)
            self.tokens.append((tokens + noise).astype(np.float32))

    def __len__(self) -> int:
        return len(self.words)

    def payload(self, place: int) -> dict[str, str]:
        """Return the field that a filter asks for."""
        return {"tenth": "yes" if self.tenth[place] else "no"}


def requests(points: Tiled) -> dict[str, list[models.QueryRequest]]:
    """Return a round of requests for each kind of work."""
    rng = np.random.default_rng(9)
    asked = [
        place for place in rng.permutation(len(points)) if len(points.words[place].indices) > 8
    ]
    kept = models.Filter(
        must=[models.FieldCondition(key="tenth", match=models.MatchValue(value="yes"))]
    )

    def words(place: int, condition: models.Filter | None = None) -> models.QueryRequest:
        chosen = rng.choice(points.words[place].indices, WORDS_ASKED, replace=False)
        query = models.SparseVector(indices=chosen.tolist(), values=[1.0] * WORDS_ASKED)
        return models.QueryRequest(
            query=models.NearestQuery(nearest=query), using="words", limit=LIMIT, filter=condition
        )

    def tokens(place: int) -> models.QueryRequest:
        chosen = rng.permutation(len(points))[:CANDIDATES].tolist()
        only = models.Filter(must=[models.HasIdCondition(has_id=chosen)])
        source = models.Prefetch(filter=only, limit=CANDIDATES)
        query = models.NearestQuery(nearest=points.tokens[place].tolist())
        return models.QueryRequest(query=query, using="tokens", limit=LIMIT, prefetch=source)

    return {
        "words": [words(place) for place in asked[:ROUND]],
        "words of a tenth of the points": [words(place, kept) for place in asked[:ROUND]],
        "tokens of 100 candidates": [tokens(place) for place in asked[:ROUND]],
    }


def _ours(points: Tiled, folder: Path) -> Ask:
    client = Engine(folder)
    dot = models.Distance.DOT
    client.create_collection(
        NAME,
        {
            "tokens": models.VectorParams(size=32, distance=dot, multivector_config=BEST_TOKEN),
        },
        sparse_vectors_config={"words": models.SparseVectorParams(modifier=models.Modifier.IDF)},
        hnsw_config=models.HnswConfigDiff(m=0),
    )
    client.upload_collection(
        NAME,
        (
            {
                "tokens": points.tokens[place].tolist(),
                "words": points.words[place],
            }
            for place in range(len(points))
        ),
        payload=[points.payload(place) for place in range(len(points))],
        ids=range(len(points)),
    )
    client.create_payload_index(NAME, "tenth", "keyword")

    def ask(request: models.QueryRequest) -> list[int]:
        found = client.query_points(
            NAME,
            query=request.query,
            using=request.using,
            prefetch=request.prefetch,
            query_filter=request.filter,
            limit=LIMIT,
            with_payload=False,
        )
        return [int(point.id) for point in found.points]

    return ask


def _real_engine(points: Tiled, folder: Path) -> Ask:
    folder.mkdir()
    dot = edge.Distance.Dot
    best_token = edge.MultiVectorConfig(edge.MultiVectorComparator.MaxSim)
    config = edge.EdgeConfig(
        vectors={
            "tokens": edge.EdgeVectorParams(32, dot, multivector_config=best_token),
        },
        sparse_vectors={"words": edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)},
        optimizers=edge.EdgeOptimizersConfig(
            default_segment_number=1, indexing_threshold=1000, max_segment_size=10_000_000
        ),
        hnsw_config=edge.HnswIndexConfig(0, 100, 10_000),
    )
    shard = edge.EdgeShard.create(str(folder), config)
    for start in range(0, len(points), 1000):
        batch = [_point(points, place) for place in range(start, min(start + 1000, len(points)))]
        shard.update(edge.UpdateOperation.upsert_points(batch))
    shard.optimize()
    keyword = edge.PayloadSchemaType.Keyword
    shard.update(edge.UpdateOperation.create_field_index("tenth", keyword))
    shard.flush()
    return lambda request: [int(hit.id) for hit in query_core(shard, request)]


def _point(points: Tiled, place: int) -> Any:
    words = points.words[place]
    vectors = {
        "tokens": points.tokens[place].tolist(),
        "words": edge.SparseVector(words.indices, words.values),
    }
    return edge.Point(place, vectors, points.payload(place))


def _compared(work: str, asked: list[models.QueryRequest], ours: Ask, core: Ask) -> Row:
    shared = [len({*ours(request)} & {*core(request)}) for request in asked]
    rounds: dict[str, Iterator[models.QueryRequest]] = {"ours": cycle(asked), "core": cycle(asked)}
    taken = interleaved(
        {
            "ours": partial(lambda: ours(next(rounds["ours"]))),
            "core": partial(lambda: core(next(rounds["core"]))),
        },
        repeats=200,
        budget=6.0,
    )
    agree = sum(shared) / len(shared) / LIMIT
    work, goal = f"{POINTS:,}: {work}", GOALS[work]
    return compared(work, taken["ours"], "real engine", taken["core"], goal, agree=agree)
