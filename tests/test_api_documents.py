"""Every kind of request that the documentation's pages on exploring and on hybrid queries show.

Each is asked four times: as JSON over HTTP, and in Python of the engine itself and of the client
over REST and over gRPC. All four must answer alike.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import pytest
from qdrant_client import QdrantClient, models

from tests.api_serving import serving

if TYPE_CHECKING:
    from collections.abc import Callable

C = "places"
UUID = "43cf51e2-8777-4f52-bc74-c2cbde0c8b04"
NAMES = (100, 231, 718, 200, 67, 300, UUID, *range(1, 24))
POINTS, BATCH, GROUPS = "points/query", "points/query/batch", "points/query/groups"
PAIRS, OFFSETS = "points/search/matrix/pairs", "points/search/matrix/offsets"


@dataclass(frozen=True)
class Shown:
    """One request of the documentation: its path under the collection, its JSON, its Python."""

    path: str
    body: dict[str, Any]
    python: Callable[[Any], Any]


LONDON = {"must": [{"key": "city", "match": {"value": "London"}}]}
RED = {"must": {"key": "color", "match": {"value": "red"}}}
DENSE, FULL, BYTES = [0.01, 0.45, 0.67, 0.2], [0.01, 0.299, 0.45, 0.67], [1, 23, 45, 67]
TOKENS = [[0.1, 0.2, 0.3, 0.4], [0.2, 0.1, 0.5, 0.1], [0.8, 0.9, 0.1, 0.0]]
SPARSE = {"indices": [1, 42], "values": [0.22, 0.8]}
PAIRED = [{"positive": 100, "negative": 718}, {"positive": 200, "negative": 300}]


def matching(key, value):
    condition = models.FieldCondition(key=key, match=models.MatchValue(value=value))
    return models.Filter(must=[condition])


def liking(positive, negative, strategy=None):
    examples = models.RecommendInput(positive=positive, negative=negative, strategy=strategy)
    return models.RecommendQuery(recommend=examples)


def pairs():
    return [models.ContextPair(**pair) for pair in PAIRED]


def recommended(strategy):
    body = {"positive": [100, 231], "negative": [718, [0.2, 0.3, 0.4, 0.5]], "strategy": strategy}
    query = liking(body["positive"], body["negative"], models.RecommendStrategy(strategy))
    return Shown(
        POINTS,
        {"query": {"recommend": body}, "filter": LONDON, "limit": 3},
        lambda client: client.query_points(
            collection_name=C, query=query, query_filter=matching("city", "London"), limit=3
        ),
    )


def coloured(name):
    return {"must": {"key": "color", "match": {"value": name}}}


SHOWN = {
    "average_vector": recommended("average_vector"),
    "best_score": recommended("best_score"),
    "sum_scores": recommended("sum_scores"),
    "only_negatives": Shown(
        POINTS,
        {"query": {"recommend": {"negative": [718], "strategy": "best_score"}}},
        lambda client: client.query_points(
            C, query=liking(None, [718], models.RecommendStrategy.BEST_SCORE)
        ),
    ),
    "recommend_by_a_named_vector": Shown(
        POINTS,
        {"query": {"recommend": {"positive": [100, 231], "negative": [718]}}, "using": "image"},
        lambda client: client.query_points(
            collection_name=C, query=liking([100, 231], [718]), using="image", limit=10
        ),
    ),
    "recommend_with_lookup": Shown(
        POINTS,
        {
            "query": {"recommend": {"positive": [100, 231], "negative": [718]}},
            "limit": 10,
            "lookup_from": {"collection": "external", "vector": "picture"},
        },
        lambda client: client.query_points(
            C,
            query=liking([100, 231], [718]),
            lookup_from=models.LookupLocation(collection="external", vector="picture"),
        ),
    ),
    "batch": Shown(
        BATCH,
        {
            "searches": [
                {"query": {"recommend": {"positive": [100, 231], "negative": [718]}}, "limit": 10},
                {"query": {"recommend": {"positive": [200, 67]}}, "filter": LONDON, "limit": 10},
            ]
        },
        lambda client: client.query_batch_points(
            collection_name=C,
            requests=[
                models.QueryRequest(query=liking([100, 231], [718]), limit=10),
                models.QueryRequest(
                    query=liking([200, 67], None), filter=matching("city", "London"), limit=10
                ),
            ],
        ),
    ),
    "discover": Shown(
        POINTS,
        {"query": {"discover": {"target": DENSE, "context": PAIRED}}, "limit": 10},
        lambda client: client.query_points(
            C,
            query=models.DiscoverQuery(
                discover=models.DiscoverInput(target=DENSE, context=pairs())
            ),
        ),
    ),
    "context": Shown(
        POINTS,
        {"query": {"context": PAIRED}, "limit": 10},
        lambda client: client.query_points(C, query=models.ContextQuery(context=pairs())),
    ),
    "matrix_pairs": Shown(
        PAIRS,
        {"sample": 100, "limit": 2, "filter": RED},
        lambda client: client.search_matrix_pairs(
            C, sample=100, limit=2, query_filter=matching("color", "red")
        ),
    ),
    "matrix_offsets": Shown(
        OFFSETS,
        {"sample": 100, "limit": 2, "filter": RED},
        lambda client: client.search_matrix_offsets(
            C, sample=100, limit=2, query_filter=matching("color", "red")
        ),
    ),
    "fusion": Shown(
        POINTS,
        {
            "prefetch": [
                {"query": SPARSE, "using": "sparse", "limit": 20},
                {"query": DENSE, "using": "dense", "limit": 20},
            ],
            "query": {"fusion": "rrf"},
            "limit": 10,
        },
        lambda client: client.query_points(
            collection_name=C,
            prefetch=[
                models.Prefetch(query=models.SparseVector(**SPARSE), using="sparse", limit=20),
                models.Prefetch(query=DENSE, using="dense", limit=20),
            ],
            query=models.FusionQuery(fusion=models.Fusion.RRF),
        ),
    ),
    "fusion_by_distribution": Shown(
        POINTS,
        {
            "prefetch": [{"query": FULL, "using": "full"}, {"query": DENSE, "using": "dense"}],
            "query": {"fusion": "dbsf"},
        },
        lambda client: client.query_points(
            C,
            prefetch=[
                models.Prefetch(query=FULL, using="full"),
                models.Prefetch(query=DENSE, using="dense"),
            ],
            query=models.FusionQuery(fusion=models.Fusion.DBSF),
        ),
    ),
    "two_stages": Shown(
        POINTS,
        {
            "prefetch": {"query": BYTES, "using": "mrl_byte", "limit": 1000},
            "query": FULL,
            "using": "full",
            "limit": 10,
        },
        lambda client: client.query_points(
            collection_name=C,
            prefetch=models.Prefetch(query=BYTES, using="mrl_byte", limit=1000),
            query=FULL,
            using="full",
            limit=10,
        ),
    ),
    "tokens": Shown(
        POINTS,
        {"prefetch": {"query": DENSE, "limit": 100}, "query": TOKENS, "using": "colbert"},
        lambda client: client.query_points(
            C, prefetch=models.Prefetch(query=DENSE, limit=100), query=TOKENS, using="colbert"
        ),
    ),
    "three_stages": Shown(
        POINTS,
        {
            "prefetch": {
                "prefetch": {"query": BYTES, "using": "mrl_byte", "limit": 1000},
                "query": FULL,
                "using": "full",
                "limit": 12,
            },
            "query": TOKENS,
            "using": "colbert",
            "limit": 10,
        },
        lambda client: client.query_points(
            C,
            prefetch=models.Prefetch(
                prefetch=models.Prefetch(query=BYTES, using="mrl_byte", limit=1000),
                query=FULL,
                using="full",
                limit=12,
            ),
            query=TOKENS,
            using="colbert",
        ),
    ),
    "by_id": Shown(POINTS, {"query": UUID}, lambda client: client.query_points(C, query=UUID)),
    "by_id_of_another_collection": Shown(
        POINTS,
        {
            "query": UUID,
            "using": "full",
            "lookup_from": {"collection": "external", "vector": "picture"},
        },
        lambda client: client.query_points(
            C,
            query=UUID,
            using="full",
            lookup_from=models.LookupLocation(collection="external", vector="picture"),
        ),
    ),
    "order_by": Shown(
        POINTS,
        {
            "prefetch": [
                {"query": DENSE, "filter": coloured("red"), "limit": 10},
                {"query": DENSE, "filter": coloured("green"), "limit": 10},
            ],
            "query": {"order_by": "price"},
        },
        lambda client: client.query_points(
            C,
            prefetch=[
                models.Prefetch(query=DENSE, filter=matching("color", name), limit=10)
                for name in ("red", "green")
            ],
            query=models.OrderByQuery(order_by="price"),
        ),
    ),
    "groups": Shown(
        GROUPS,
        {"query": DENSE, "group_by": "document_id", "limit": 4, "group_size": 2},
        lambda client: client.query_points_groups(
            collection_name=C, query=DENSE, group_by="document_id", limit=4, group_size=2
        ),
    ),
}


def place(name, rng):
    dense = {key: rng.normal(size=4).round(3).tolist() for key in ("", "image", "dense", "full")}
    indices = sorted({1, 42, int(rng.integers(100, 200))})
    vectors = {
        **dense,
        "mrl_byte": rng.integers(0, 255, size=4).tolist(),
        "colbert": rng.normal(size=(3, 4)).round(3).tolist(),
        "sparse": {"indices": indices, "values": rng.random(len(indices)).round(3).tolist()},
    }
    payload = {
        "city": ["London", "Paris"][int(rng.integers(2))],
        "color": ["red", "green", "blue"][int(rng.integers(3))],
        "price": int(rng.integers(10_000)),
        "document_id": int(rng.integers(6)),
    }
    return {"id": name, "vector": vectors, "payload": payload}


@pytest.fixture(scope="module")
def served():
    """The two collections, made by raw JSON."""
    rng = np.random.default_rng(7)
    dense = {"size": 4, "distance": "Cosine"}
    vectors = {
        **dict.fromkeys(("", "image", "dense", "full"), dense),
        "mrl_byte": {**dense, "datatype": "uint8"},
        "colbert": {**dense, "multivector_config": {"comparator": "max_sim"}},
    }
    outside = [{"id": name, "vector": {"picture": rng.normal(size=4).tolist()}} for name in NAMES]
    with serving() as served, httpx.Client(base_url=f"{served.url}/collections") as http:
        for path, body in (
            (f"/{C}", {"vectors": vectors, "sparse_vectors": {"sparse": {}}}),
            (f"/{C}/index", {"field_name": "price", "field_schema": "integer"}),
            (f"/{C}/points", {"points": [place(name, rng) for name in NAMES]}),
            ("/external", {"vectors": {"picture": dense}}),
            ("/external/points", {"points": outside}),
        ):
            http.put(path, json=body).raise_for_status()
        yield served


@pytest.fixture(scope="module", params=["engine", "rest", "grpc"])
def client(served, request):
    if request.param == "engine":
        yield served.engine
        return
    over_grpc = request.param == "grpc"
    client = QdrantClient(
        url=served.url, check_compatibility=False, grpc_port=served.grpc_port, prefer_grpc=over_grpc
    )
    yield client
    client.close()


def comparable(answer):
    """Return an answer to compare with: no payloads, which only Python asks for; scores are f32."""
    if isinstance(answer, list):
        return [comparable(one) for one in answer]
    if isinstance(answer, dict):
        return {
            key: comparable(value)
            for key, value in answer.items()
            if key != "payload" and value is not None
        }
    return pytest.approx(answer, abs=1e-5) if isinstance(answer, float) else answer


def as_json(answer):
    if isinstance(answer, list):
        return [as_json(one) for one in answer]
    return json.loads(answer.model_dump_json())


@pytest.mark.parametrize("name", SHOWN)
def test_every_face_answers_alike(served, client, name):
    shown = SHOWN[name]
    over_http = httpx.post(f"{served.url}/collections/{C}/{shown.path}", json=shown.body)
    assert over_http.status_code == 200, over_http.text
    result = over_http.json()["result"]
    assert any(len(found) > 2 for found in lists_in(result))
    assert plain(as_json(shown.python(client))) == comparable(result)


def lists_in(result):
    """Return the lists of points, pairs or groups of an answer."""
    answers = result if isinstance(result, list) else [result]
    return [value for answer in answers for value in answer.values()]


def plain(answer):
    """Return an answer without what `comparable` leaves out."""
    if isinstance(answer, list):
        return [plain(one) for one in answer]
    if isinstance(answer, dict):
        kept = {key: value for key, value in answer.items() if key != "payload"}
        return {key: plain(value) for key, value in kept.items() if value is not None}
    return answer


def test_the_batch_path_as_the_documentation_has_it(served):
    answer = httpx.post(f"{served.url}/collections/{C}/query/batch", json=SHOWN["batch"].body)
    assert len(answer.json()["result"]) == 2
