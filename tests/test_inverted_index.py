"""The best products of a sparse query: the loop over the inverted index against all products."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qdrant_client import models

from engine import Engine
from engine.index import loops
from engine.index.inverted import leading_rows
from engine.schema import VectorKind, VectorSpec
from engine.storage.ragged import offsets_of
from engine.vectors import SparseRows
from engine.vectors.values import SparseValues


@pytest.fixture(scope="module", autouse=True)
def compiled():
    loops.warm_up(wait=True)


def drawn(rng, count, vocabulary, values):
    lengths = rng.integers(0, min(8, vocabulary + 1), size=count)
    indices = [np.sort(rng.permutation(vocabulary)[:length]) for length in lengths]
    return SparseRows(
        VectorSpec("words", VectorKind.SPARSE, None, None),
        offsets_of(lengths),
        np.concatenate(indices).astype(np.uint32),
        values(rng, int(lengths.sum())).astype(np.float32),
        np.ones(count, np.bool_),
    )


VALUES = {
    "positive": lambda rng, size: rng.random(size),
    "signed": lambda rng, size: rng.standard_normal(size),
    "ties": lambda rng, size: rng.integers(1, 3, size=size),
}


@settings(max_examples=120)
@given(
    values=st.sampled_from(sorted(VALUES)),
    vocabulary=st.sampled_from([1, 5, 40]),
    count=st.sampled_from([1, 50, 9000]),
    limit=st.sampled_from([1, 10, 300]),
    filtered=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_finds_the_best_and_all_that_tie_with_the_last(
    values, vocabulary, count, limit, filtered, seed
):
    rng = np.random.default_rng(seed)
    rows = drawn(rng, count, vocabulary, VALUES[values])
    indices = np.sort(rng.permutation(vocabulary + 3)[: rng.integers(1, 6)]).astype(np.uint32)
    query = SparseValues(indices, VALUES[values](rng, len(indices)).astype(np.float32))
    allowed = rng.random(count) < 0.3 if filtered else None
    found = leading_rows(rows.postings, query, allowed, count, limit)
    sharing = rows.shares_index(query) & (True if allowed is None else allowed)
    scores = rows.similarities([query])[0]
    candidates = np.flatnonzero(sharing)
    least = np.sort(scores[candidates])[-limit] if len(candidates) >= limit else -np.inf
    expected = candidates[scores[candidates] >= least]
    if found is None:
        assert len(expected) > limit
    else:
        assert set(expected.tolist()) <= set(found.tolist()) <= set(candidates.tolist())
        assert (np.diff(found) > 0).all()
        assert len(found) <= len(expected) + 2  # rounding may let some pass
        assert (rows.similarities([query], found)[0] == scores[found]).all()


def test_answers_are_those_without_the_loops(monkeypatch):
    rng = np.random.default_rng(4)
    with Engine(":memory:") as engine:
        engine.create_collection(
            "c",
            {},
            sparse_vectors_config={"words": models.SparseVectorParams(modifier="idf")},
        )
        points = [
            models.PointStruct(
                id=number,
                vector={
                    "words": models.SparseVector(
                        indices=np.sort(rng.permutation(50)[:6]).tolist(),
                        values=rng.integers(1, 4, size=6).astype(float).tolist(),
                    )
                },
            )
            for number in range(400)
        ]
        engine.upsert("c", points)
        engine.delete("c", [3, 77])
        query = models.SparseVector(indices=[1, 7, 30], values=[1.0, 2.0, 0.5])

        def answer():
            return engine.query_points("c", query=query, using="words", limit=25).points

        compiled = answer()
        monkeypatch.setattr(loops.LOOPS, "loaded", None)
        assert answer() == compiled
