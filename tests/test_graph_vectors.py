"""Graphs by sparse vectors and multivectors against brute force, embedded and through a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from qdrant_client import QdrantClient, models

from explorer.graph.drawings import Drawings
from explorer.graph.linking import Linking
from explorer.graph.view import Sample, View
from explorer.nearest import Nearest
from explorer.points import PointMaps
from tests.api_serving import serving

if TYPE_CHECKING:
    from engine import Engine

POINTS, TERMS, K = 40, 30, 4


def words() -> np.ndarray:
    """Return sparse rows (n, terms): the last point shares no term with another."""
    rng = np.random.default_rng(1)
    rows = np.where(rng.random((POINTS, TERMS)) < 0.2, rng.random((POINTS, TERMS)), 0)
    rows[:, -1] = 0
    rows[-1] = 0
    rows[-1, -1] = 1
    return rows.astype(np.float32)


def tokens() -> list[np.ndarray]:
    """Return the vectors of each point, one to four of them."""
    rng = np.random.default_rng(2)
    return [rng.standard_normal((rng.integers(1, 5), 3)).astype(np.float32) for _ in range(POINTS)]


def fill(engine: Engine) -> None:
    rows = models.MultiVectorConfig(comparator=models.MultiVectorComparator.MAX_SIM)
    config = models.VectorParams(size=3, distance=models.Distance.DOT, multivector_config=rows)
    sparse = {"words": models.SparseVectorParams()}
    engine.create_collection("c", {"tokens": config}, sparse_vectors_config=sparse)
    for number, (row, vectors) in enumerate(zip(words(), tokens(), strict=True)):
        filled = np.flatnonzero(row)
        sparse_vector = models.SparseVector(indices=filled.tolist(), values=row[filled].tolist())
        named = {"tokens": vectors.tolist(), "words": sparse_vector}
        engine.upsert("c", [models.PointStruct(id=number, vector=named)])


def scores(using: str) -> np.ndarray:
    """Return the score of each point (columns) for each query point (rows), -inf for no hit."""
    if using == "words":
        rows = words()
        found = rows @ rows.T
        found[(rows > 0).astype(int) @ (rows > 0).T == 0] = -np.inf
    else:
        found = np.array([[(a @ b.T).max(axis=1).sum() for b in tokens()] for a in tokens()])
    np.fill_diagonal(found, -np.inf)
    return found


def expected(using: str) -> dict[tuple[int, int], float]:
    """Return the links by their ends with their scores."""
    matrix = scores(using)
    links: dict[tuple[int, int], float] = {}
    for a, row in enumerate(matrix):
        for b in np.argsort(-row, kind="stable")[:K]:
            if np.isfinite(row[b]):
                ends = (min(a, int(b)), max(a, int(b)))
                links[ends] = max(links.get(ends, -np.inf), row[b])
    return links


@pytest.fixture(scope="module")
def clients():
    with serving() as served:
        fill(served.engine)
        client = QdrantClient(url=served.url, check_compatibility=False)
        yield {"embedded": served.engine, "remote": client}
        client.close()


@pytest.fixture(params=["embedded", "remote"])
def drawings(clients, request):
    client = clients[request.param]
    return Drawings(client, PointMaps(client), Nearest(client))


@pytest.mark.parametrize("using", ["words", "tokens"])
def test_links_are_those_of_brute_force(drawings, using):
    graph = drawings.drawing(View("c", using, Sample(POINTS), k=K)).graph
    found = {(a, b): s for (a, b), s in zip(graph.edges.tolist(), graph.scores, strict=True)}
    wanted = expected(using)
    assert found.keys() == wanted.keys()
    for ends, score in found.items():
        assert score == pytest.approx(wanted[ends], rel=1e-5)


def test_what_shares_no_term_stands_alone(drawings):
    drawing = drawings.drawing(View("c", "words", Sample(POINTS), linking=Linking.TREE))
    assert drawing.graph.degrees[-1] == 0
    assert np.isfinite(drawing.xy).all()


@pytest.mark.parametrize("using", ["words", "tokens"])
def test_a_click_adds_the_neighbours(drawings, using):
    drawing = drawings.drawing(View("c", using, k=K).around(3))
    near = np.argsort(-scores(using)[3], kind="stable")[:K]
    assert set(drawing.graph.ids) == {3, *near.tolist()}
