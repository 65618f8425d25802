"""The JavaScript client, unmodified, against the REST interface: each call of the documents."""

from __future__ import annotations

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests.api_serving import serving

PACKAGE = "@qdrant/js-client-rest"
PROGRAM = """
import { QdrantClient } from "@qdrant/js-client-rest";

const client = new QdrantClient({ url: process.argv[2], apiKey: "key" });
const seen = {};
const london = { must: [{ key: "city", match: { value: "London" } }] };
const pairs = [{ positive: 1, negative: 2 }, { positive: 3, negative: 4 }];

const dense = { size: 4, distance: "Dot" };
seen.created = await client.createCollection("c", {
  vectors: {
    dense, image: dense, mrl_byte: { ...dense, datatype: "uint8" },
    colbert: { ...dense, multivector_config: { comparator: "max_sim" } },
  },
  sparse_vectors: { sparse: {} },
});
seen.exists = (await client.collectionExists("c")).exists;
const points = [...Array(12).keys()].map((id) => ({
  id,
  vector: {
    dense: [id, 1, 0, 0], image: [1, id, 0, 0], mrl_byte: [id, 2, 3, 4],
    colbert: [[id, 0, 0, 1], [0, id, 1, 0]], sparse: { indices: [1, 42 + id], values: [0.5, id] },
  },
  payload: { city: id % 2 ? "London" : "Paris", price: 100 - id, document_id: id % 3 },
}));
seen.upserted = (await client.upsert("c", { wait: true, points })).status;
await client.createPayloadIndex("c", { field_name: "price", field_schema: "integer", wait: true });
await client.createPayloadIndex("c", { field_name: "city", field_schema: "keyword", wait: true });

const ids = (answer) => answer.points.map((point) => point.id);
const query = async (body) => ids(await client.query("c", body));
seen.recommend = await query({
  query: { recommend: { positive: [1, 3], negative: [2, [0.2, 0.3, 0.4, 0.5]],
                        strategy: "average_vector" } },
  using: "dense", filter: london, limit: 3,
});
seen.discover = await query({
  query: { discover: { target: [0.2, 0.1, 0.9, 0.7], context: pairs } }, using: "image", limit: 10,
});
seen.context = await query({ query: { context: pairs }, using: "dense", limit: 10 });
seen.fusion = await query({
  prefetch: [
    { query: { values: [0.22, 0.8], indices: [1, 42] }, using: "sparse", limit: 20 },
    { query: [0.01, 0.45, 0.67, 0.1], using: "dense", limit: 20 },
  ],
  query: { fusion: "rrf" },
});
seen.stages = await query({
  prefetch: {
    prefetch: { query: [1, 23, 45, 67], using: "mrl_byte", limit: 1000 },
    query: [0.01, 0.45, 0.67, 0.1], using: "dense", limit: 5,
  },
  query: [[0.1, 0.2, 0, 0], [0.2, 0.1, 0, 0]], using: "colbert", limit: 10,
});
seen.byId = await query({ query: 3, using: "dense", limit: 2 });
seen.ordered = await query({ query: { order_by: "price" }, limit: 3 });
seen.batch = (await client.queryBatch("c", {
  searches: [
    { query: { recommend: { positive: [1] } }, using: "dense", filter: london, limit: 2 },
    { query: [1, 0, 0, 0], using: "dense", limit: 1, with_payload: true },
  ],
})).map(ids);
seen.groups = (await client.queryGroups("c", {
  query: [1, 0, 0, 0], using: "dense", group_by: "document_id", limit: 2, group_size: 2,
})).groups.map((group) => [group.id, group.hits.map((hit) => hit.id)]);
seen.pairs = (await client.searchMatrixPairs("c", {
  sample: 100, limit: 1, using: "dense", filter: london,
})).pairs.length;
const hits = (points) => points.map((point) => point.id);
const near = { vector: { name: "dense", vector: [1, 0, 0, 0] }, limit: 2 };
seen.oldSearch = hits(await client.search("c", near));
seen.oldSearches = (await client.searchBatch("c", { searches: [near] })).map(hits);
seen.oldGroups = (await client.searchPointGroups("c", {
  ...near, group_by: "document_id", group_size: 1,
})).groups.map((group) => group.id);
const like = { positive: [1], using: "dense", limit: 2 };
seen.oldRecommend = hits(await client.recommend("c", like));
seen.oldDiscover = hits(await client.discoverPoints("c", { ...like, target: 4, context: pairs }));
const offsets = await client.searchMatrixOffsets("c", { sample: 100, limit: 1, using: "dense" });
seen.offsets = offsets.ids;
seen.scrolled = (await client.scroll("c", { limit: 5 })).next_page_offset;
seen.counted = (await client.count("c", { filter: london })).count;
seen.facets = (await client.facet("c", { key: "city" })).hits;
await client.setPayload("c", { payload: { city: "Rome" }, points: [1], wait: true });
seen.retrieved = (await client.retrieve("c", { ids: [1, 99] })).map((point) => point.payload.city);
await client.delete("c", { points: [1], wait: true });
seen.left = (await client.getCollection("c")).points_count;
seen.error = await client.query("nowhere", { query: 1 }).catch((error) => error.status);
seen.dropped = await client.deleteCollection("c");
console.log(JSON.stringify(seen));
"""


@cache
def installed_client() -> Path | None:
    """A folder with the client in it: that of an earlier run, else npm's; None without either."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return None
    folder = Path(__file__).parent.parent / ".pytest_cache" / "javascript"
    if not (folder / "node_modules" / PACKAGE).is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true}')
        command = ["npm", "install", "--no-audit", "--no-fund", "--silent", f"{PACKAGE}@1.18.0"]
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=120, check=False)
        if done.returncode:
            return None
    return folder


def test_the_javascript_client_works():
    folder = installed_client()
    if folder is None:
        pytest.skip(f"needs node, npm and {PACKAGE}")
    (folder / "calls.mjs").write_text(PROGRAM)
    with serving() as served:
        command = ["node", "calls.mjs", served.url]
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=60, check=False
        )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert "incompatible" not in (done.stderr + done.stdout).lower()
    rivals = seen.pop("context"), seen.pop("discover"), seen.pop("fusion"), seen.pop("stages")
    assert [len(found) for found in rivals] == [8, 8, 10, 5]
    assert len(seen.pop("oldDiscover")) == 2
    assert seen == {
        "created": True,
        "exists": True,
        "upserted": "completed",
        "recommend": [11, 9, 7],
        "byId": [11, 10],
        "ordered": [11, 10, 9],
        "batch": [[11, 9], [11]],
        "groups": [[2, [11, 8]], [1, [10, 7]]],
        "pairs": 6,
        "oldSearch": [11, 10],
        "oldSearches": [[11, 10]],
        "oldGroups": [2, 1],
        "oldRecommend": [11, 10],
        "offsets": list(range(12)),
        "scrolled": 5,
        "counted": 6,
        "facets": [{"value": "London", "count": 6}, {"value": "Paris", "count": 6}],
        "retrieved": ["Rome"],
        "left": 11,
        "error": 404,
        "dropped": True,
    }
