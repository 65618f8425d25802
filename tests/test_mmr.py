"""Maximal marginal relevance: the order of a plain reading of its formula, compiled and not."""

from dataclasses import replace

import numpy as np
import pytest
import qdrant_edge as edge
from hypothesis import example, given, settings
from hypothesis import strategies as st
from qdrant_client import models

from engine import Engine
from engine.errors import Abandoned
from engine.patience import Waiting
from engine.scoring import diversity, kernels
from tests.edge_requests import query_core

NAME, POINTS, SIZE = "c", 60, 5
DISTANCES = list(models.Distance)
BEST_TOKEN = models.MultiVectorConfig(comparator=models.MultiVectorComparator.MAX_SIM)


def chosen_plainly(relevance, likeness, diversity, limit):
    """Return places in the order of the formula; `likeness[i, j]` is that of i to a chosen j."""
    relevance, diversity = np.asarray(relevance, np.float32), np.float32(diversity)
    left, chosen = list(range(len(relevance))), list[int]()
    while left and len(chosen) < limit:
        merits = relevance[left]
        if chosen:
            closest = likeness[np.ix_(left, chosen)].max(axis=1).astype(np.float32)
            merits = (1 - diversity) * merits - diversity * closest
        best = max(range(len(left)), key=lambda place: (merits[place], place))
        chosen.append(left[best])
        left[best] = left[-1]
        left.pop()
    return chosen


def similarities(distance, ones, others):
    """Return the similarity of each of some vectors, which ask, to each of others, as stored."""
    apart = ones[:, None] - others[None]
    match distance:
        case models.Distance.EUCLID:
            return -(apart**2).sum(axis=2)
        case models.Distance.MANHATTAN:
            return -np.abs(apart).sum(axis=2)
        case models.Distance.COSINE:
            return unit(ones) @ others.T
    return ones @ others.T


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def stored(distance, datatype, vectors):
    """Return vectors as they are stored; bytes are not normalised."""
    is_unit = distance == models.Distance.COSINE and datatype != "uint8"
    return unit(vectors) if is_unit else vectors


def most_alike(distance, one, other):
    return similarities(distance, one, other).max(axis=1).sum()


@pytest.fixture(params=["numpy", "compiled"])
def path(request, monkeypatch):
    if request.param == "compiled":
        kernels.warm_up(wait=True)
    else:
        monkeypatch.setattr(kernels.LOOPS, "loaded", None)
    return request.param


def asked(engine, query, diversity, candidates, limit, using=None):
    mmr = models.Mmr(diversity=diversity, candidates_limit=candidates)
    found = engine.query_points(
        NAME,
        models.NearestQuery(nearest=query, mmr=mmr),
        using=using,
        limit=limit,
        search_params=models.SearchParams(exact=True),
    )
    return [point.id for point in found.points]


def nearest(engine, query, limit, using=None):
    return [point.id for point in engine.query_points(NAME, query, using=using, limit=limit).points]


@settings(max_examples=12, deadline=None)
@given(
    distance=st.sampled_from([each for each in DISTANCES if each != models.Distance.COSINE]),
    datatype=st.sampled_from(["float32", "float16", "uint8"]),
    diversity=st.sampled_from([0.0, 0.5, 0.8, 1.0]),
    candidates=st.sampled_from([1, 20, POINTS]),
    limit=st.sampled_from([3, 20, POINTS]),
    seed=st.integers(0, 1000),
)
@example(  # where merits differ by how they are rounded
    distance=models.Distance.DOT,
    datatype="float32",
    diversity=0.8,
    candidates=20,
    limit=20,
    seed=154,
)
@pytest.mark.parametrize("compiled", [False, True])
def test_dense_points_are_chosen_by_the_formula_ties_included(
    compiled, distance, datatype, diversity, candidates, limit, seed
):
    kernels.warm_up(wait=True)
    vectors = np.random.default_rng(seed).integers(0, 4, (POINTS, SIZE)).astype(np.float32)
    with pytest.MonkeyPatch.context() as patch, Engine(":memory:") as engine:
        if not compiled:
            patch.setattr(kernels.LOOPS, "loaded", None)
        params = models.VectorParams(size=SIZE, distance=distance, datatype=datatype)
        engine.create_collection(NAME, params)
        engine.upload_collection(NAME, vectors, ids=range(POINTS))
        query = [2.0] * SIZE
        places = nearest(engine, query, candidates)
        picked = vectors[places]
        likeness = similarities(distance, picked, picked)
        relevance = similarities(distance, picked, np.float32([query]))[:, 0]
        expected = chosen_plainly(relevance, likeness, diversity, limit)
        assert asked(engine, query, diversity, candidates, limit) == [
            places[place] for place in expected
        ]


@pytest.mark.parametrize("datatype", ["float32", "uint8"])
def test_angles_are_chosen_by_the_formula(path, datatype):
    vectors = np.random.default_rng(2).integers(1, 200, (POINTS, 40)).astype(np.float32)
    with Engine(":memory:") as engine:
        cosine = models.VectorParams(size=40, distance="Cosine", datatype=datatype)
        engine.create_collection(NAME, cosine)
        engine.upload_collection(NAME, vectors, ids=range(POINTS))
        query = [100.0] * 40
        places = nearest(engine, query, POINTS)
        picked = stored(models.Distance.COSINE, datatype, vectors[places])
        likeness = similarities(models.Distance.COSINE, picked, picked)
        relevance = similarities(models.Distance.COSINE, np.float32([query]), picked)[0]
        expected = chosen_plainly(relevance, likeness, 0.7, 20)
        found = asked(engine, query, 0.7, POINTS, 20)
        assert found == [places[place] for place in expected]


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("datatype", ["float32", "uint8"])
def test_token_vectors_ask_those_that_are_chosen(path, distance, datatype):
    rng = np.random.default_rng(7)
    tokens = [
        rng.integers(1, 9, (int(count), SIZE)).astype(np.float32)
        for count in rng.integers(1, 20, POINTS)
    ]
    with Engine(":memory:") as engine:
        params = models.VectorParams(
            size=SIZE, distance=distance, multivector_config=BEST_TOKEN, datatype=datatype
        )
        engine.create_collection(NAME, {"tokens": params})
        engine.upload_collection(
            NAME, [{"tokens": matrix.tolist()} for matrix in tokens], ids=range(POINTS)
        )
        places = nearest(engine, tokens[3].tolist(), 30, "tokens")
        picked = [stored(distance, datatype, tokens[place]) for place in places]
        likeness = np.array([[most_alike(distance, x, y) for y in picked] for x in picked])
        relevance = [most_alike(distance, tokens[3], x) for x in picked]
        expected = chosen_plainly(relevance, likeness, 0.4, 12)
        found = asked(engine, tokens[3].tolist(), 0.4, 30, 12, "tokens")
        assert found == [places[place] for place in expected]


CORE_TYPES = {"float32": "Float32", "float16": "Float16", "uint8": "Uint8"}
KINDS = {
    f"{distance.value}, {datatype}, {'tokens' if tokens else 'one'}": (distance, datatype, tokens)
    for distance in DISTANCES
    for datatype in CORE_TYPES
    for tokens in (False, True)
}


def core_params(distance, datatype, tokens):
    return edge.EdgeVectorParams(
        SIZE,
        getattr(edge.Distance, distance.value),
        multivector_config=edge.MultiVectorConfig(edge.MultiVectorComparator.MaxSim)
        if tokens
        else None,
        datatype=getattr(edge.VectorStorageDatatype, CORE_TYPES[datatype]),
    )


def params(distance, datatype, tokens):
    return models.VectorParams(
        size=SIZE,
        distance=distance,
        datatype=datatype,
        multivector_config=BEST_TOKEN if tokens else None,
    )


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Return the same points, with a vector of each kind, in an engine and in Qdrant's core."""
    rng = np.random.default_rng(6)
    points = [
        {
            name: rng.uniform(0, 255, (rng.integers(1, 4), SIZE) if tokens else SIZE).tolist()
            for name, (*_, tokens) in KINDS.items()
        }
        for _ in range(POINTS)
    ]
    config = edge.EdgeConfig(vectors={name: core_params(*kind) for name, kind in KINDS.items()})
    core = edge.EdgeShard.create(str(tmp_path_factory.mktemp("core")), config)
    made = [edge.Point(number, point, {}) for number, point in enumerate(points)]
    core.update(edge.UpdateOperation.upsert_points(made))
    with Engine(":memory:") as engine:
        engine.create_collection(NAME, {name: params(*kind) for name, kind in KINDS.items()})
        engine.upload_collection(NAME, points, ids=range(POINTS))
        yield engine, core


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("diversity", [0.1, 0.4, 0.7])
def test_qdrant_chooses_the_same(path, both, kind, diversity):
    engine, core = both
    rng = np.random.default_rng(9)
    query = rng.uniform(0, 255, (2, SIZE) if KINDS[kind][2] else SIZE).tolist()
    mmr = models.Mmr(diversity=diversity, candidates_limit=30)
    request = models.QueryRequest(
        query=models.NearestQuery(nearest=query, mmr=mmr), using=kind, limit=12
    )
    expected = [point.id for point in query_core(core, request)]
    assert asked(engine, query, diversity, 30, 12, kind) == expected


@pytest.mark.parametrize("candidates", [40, 200])
def test_sparse_points_are_chosen_by_the_formula(candidates):
    rng = np.random.default_rng(8)
    dense = rng.integers(0, 4, (800, 30)) * (rng.random((800, 30)) < 0.3)
    dense[:, 0] = 1
    words = [np.flatnonzero(row) for row in dense]
    with Engine(":memory:") as engine:
        engine.create_collection(NAME, {}, sparse_vectors_config={"w": models.SparseVectorParams()})
        vectors = [
            {"w": models.SparseVector(indices=held.tolist(), values=row[held].tolist())}
            for held, row in zip(words, dense.astype(float), strict=True)
        ]
        engine.upload_collection(NAME, vectors, ids=range(800))
        places = nearest(engine, vectors[5]["w"], candidates, "w")
        picked = dense[places].astype(np.float32)
        expected = chosen_plainly(picked @ dense[5], picked @ picked.T, 0.5, 30)
        found = asked(engine, vectors[5]["w"], 0.5, candidates, 30, "w")
        assert found == [places[place] for place in expected]


def test_a_long_choice_ends_when_nobody_waits(monkeypatch):
    kernels.warm_up(wait=True)
    monkeypatch.setattr(diversity, "_AT_ONCE", 1)
    waiting, compiled = Waiting(), kernels.compiled()
    assert compiled is not None

    def spread(*args):
        waiting.give_up()
        compiled.spread(*args)

    loops = replace(compiled, spread=spread)
    with Engine(":memory:") as engine:
        engine.create_collection(NAME, models.VectorParams(size=SIZE, distance="Dot"))
        vectors = np.random.default_rng(1).random((POINTS, SIZE), dtype=np.float32)
        engine.upload_collection(NAME, vectors, ids=range(POINTS))
        monkeypatch.setattr(kernels.LOOPS, "loaded", loops)
        with pytest.raises(Abandoned):
            waiting.run(lambda: asked(engine, [1.0] * SIZE, 0.5, POINTS, POINTS))
