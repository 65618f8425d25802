"""Printed code asks exactly what the request asks."""

import json
import shutil
import subprocess
from typing import cast

import pytest
import qdrant_client
from qdrant_client import QdrantClient, models

from engine import Engine
from explorer import codegen
from explorer.conditions import AnyOf, Between, Dated, HasText, IdsIn, Inside, Not, filter_of

NASTY = 'a"b\\c\n${d}`é\u2028</script>'
NAME = "it's é `${d}` %s"
"""A collection name as strange as an engine allows."""

IDS = tuple(range(1, 9))

FILTER = filter_of(
    [
        Not(AnyOf("group", ("x", NASTY))),
        Between("size", 0, 6.5),
        Dated("seen", "2024-01-02", "2024-03-01T00:00:00"),
        Inside("place", 50.0, -10.0, -50.0, 100.0),
        IdsIn(tuple(range(2, 60))),
        HasText("name", "point"),
    ]
)
REQUESTS = {
    "id": models.QueryRequest(query=1, using="v", with_payload=True),
    "vector": models.QueryRequest(query=[0.1, -2.0, 3.5], using="v", limit=3, with_payload=True),
    "filtered": models.QueryRequest(query=1, using="v", filter=FILTER, limit=5, offset=1),
    "recommend": models.QueryRequest(
        query=models.RecommendQuery(
            recommend=models.RecommendInput(
                positive=[1, [0.5, 0.25, 1.0]],
                negative=[3],
                strategy=models.RecommendStrategy.BEST_SCORE,
            )
        ),
        using="v",
        score_threshold=-0.75,
        with_payload=True,
    ),
    "discover": models.QueryRequest(
        query=models.DiscoverQuery(
            discover=models.DiscoverInput(
                target=1, context=[models.ContextPair(positive=2, negative=3)]
            )
        ),
        using="v",
        with_payload=["name"],
        with_vector=True,
    ),
    "context": models.QueryRequest(
        query=models.ContextQuery(
            context=[models.ContextPair(positive=2, negative=[1.0, 2.0, 3.0])]
        ),
        using="v",
        params=models.SearchParams(exact=True),
    ),
    "except": models.QueryRequest(
        query=1,
        using="v",
        filter=models.Filter(
            must=[
                models.FieldCondition(
                    key="group", match=models.MatchExcept.model_validate({"except": ["x"]})
                )
            ],
            should=[models.IsEmptyCondition(is_empty=models.PayloadField(key="none"))],
        ),
    ),
}


@pytest.fixture(params=["engine", "local mode"])
def client(request):
    client = Engine(":memory:") if request.param == "engine" else QdrantClient(":memory:")
    client.create_collection(
        NAME, {"v": models.VectorParams(size=3, distance=models.Distance.COSINE)}
    )
    client.upsert(
        NAME,
        [
            models.PointStruct(
                id=point,
                vector={"v": [float(point), float(point % 3), float(-point % 5)]},
                payload={
                    "name": f"point {point}",
                    "group": "xyz"[point % 3],
                    "size": point / 1,
                    "seen": f"2024-02-0{point}",
                    "place": {"lat": point, "lon": point},
                },
            )
            for point in IDS
        ],
    )
    yield client
    client.close()


def run_printed(code, client, monkeypatch):
    """Run the program as printed, with the given client in the place of a server's."""
    monkeypatch.setattr(qdrant_client, "QdrantClient", lambda **_: client)
    scope: dict[str, object] = {}
    exec(compile(code, "printed.py", "exec"), scope)
    return cast("list[models.ScoredPoint]", scope["hits"])


@pytest.mark.filterwarnings("ignore:Local mode performs exact")
@pytest.mark.parametrize("name", REQUESTS)
def test_python_finds_what_the_request_finds(client, name, monkeypatch):
    request = REQUESTS[name]
    expected = client.query_batch_points(NAME, requests=[request])[0].points
    found = run_printed(codegen.python(NAME, request), client, monkeypatch)
    assert found
    assert [hit.id for hit in found] == [hit.id for hit in expected]
    assert [hit.payload for hit in found] == [hit.payload for hit in expected]
    assert [hit.vector for hit in found] == [hit.vector for hit in expected]


@pytest.mark.parametrize("name", REQUESTS)
def test_http_body_is_the_request(name):
    first, _, body = codegen.http(NASTY, REQUESTS[name]).partition("\n")
    assert first.startswith("POST /collections/a%22b%5Cc%0A")
    assert first.endswith("/points/query")
    sent = models.QueryRequest.model_validate(json.loads(body))
    assert sent.model_copy(update={"limit": sent.limit or 10}) == REQUESTS[name].model_copy(
        update={"limit": REQUESTS[name].limit or 10}
    )
    assert codegen.from_json(codegen.http(NASTY, REQUESTS[name])) == sent


@pytest.mark.skipif(shutil.which("node") is None, reason="no node to read TypeScript with")
def test_typescript_calls_with_the_body_of_the_request(tmp_path):
    """Every printed program runs in node against a client that prints what it is called with."""
    package = tmp_path / "node_modules" / "@qdrant" / "js-client-rest"
    package.mkdir(parents=True)
    (package / "package.json").write_text('{"type": "module", "exports": "./index.js"}')
    (package / "index.js").write_text(
        "export class QdrantClient { async query(...call) {"
        " console.log(JSON.stringify(call)); return { points: [] }; } }"
    )
    names = list(REQUESTS)
    for name in names:
        (tmp_path / f"{name}.mjs").write_text(codegen.typescript(NASTY, REQUESTS[name]))
    (tmp_path / "all.mjs").write_text("".join(f'await import("./{name}.mjs");' for name in names))
    run = subprocess.run(
        ["node", "all.mjs"], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )
    for name, line in zip(names, run.stdout.rstrip("\n").split("\n"), strict=True):
        collection, body = json.loads(line)
        assert collection == NASTY
        assert body == json.loads(codegen.http(NASTY, REQUESTS[name]).partition("\n")[2])


def test_code_reads_as_a_person_writes_it():
    request = models.QueryRequest(
        query=models.RecommendQuery(
            recommend=models.RecommendInput(positive=[100, 231], negative=[718])
        ),
        using="image",
        limit=3,
        with_payload=True,
    )
    assert codegen.python("cities", request) == (
        "from qdrant_client import QdrantClient, models\n"
        "\n"
        'client = QdrantClient(url="http://localhost:6333")\n'
        "\n"
        "hits = client.query_points(\n"
        '    collection_name="cities",\n'
        "    query=models.RecommendQuery(\n"
        "        recommend=models.RecommendInput(positive=[100, 231], negative=[718]),\n"
        "    ),\n"
        '    using="image",\n'
        "    limit=3,\n"
        ").points\n"
    )
    assert codegen.http("cities", request) == (
        "POST /collections/cities/points/query\n"
        "{\n"
        '  "query": { "recommend": { "positive": [100, 231], "negative": [718] } },\n'
        '  "using": "image",\n'
        '  "limit": 3,\n'
        '  "with_payload": true\n'
        "}\n"
    )


def test_lines_stay_within_the_width():
    request = models.QueryRequest(query=[i / 7 for i in range(64)], filter=FILTER)
    for code in (codegen.python("c", request), codegen.http("c", request)):
        assert max(map(len, code.splitlines())) <= codegen.WIDTH


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1"),
        ("{query: 1}", "line 1, column 2"),
        ("[1, 2]", "no query"),
        ('{"limit": "many"}', "limit"),
        ('{"query": {"nearest": 1}, "filter": {"must": 5}}', "filter"),
        ("[" * 100_000, "nested"),
    ],
)
def test_pasted_text_that_is_no_query_says_where(text, message):
    with pytest.raises(codegen.PasteError, match=message):
        codegen.from_json(text)
