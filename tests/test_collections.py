"""Making, describing, changing and dropping collections."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from qdrant_client import models

from engine import Conflict, Engine, InvalidRequest, NotFound, NotSupported, WrongInput
from engine.storage.folders import folder_name

FLAT = models.VectorParams(size=2, distance=models.Distance.COSINE)


@pytest.fixture(params=["memory", "disk"])
def opened(request, tmp_path):
    with Engine(":memory:" if request.param == "memory" else tmp_path) as made:
        yield made


def test_collections_are_listed_in_order(opened):
    for name in ("b", "a", "B"):
        assert opened.create_collection(name, FLAT)
    assert [one.name for one in opened.get_collections().collections] == ["B", "a", "b"]
    assert opened.collection_exists("B")
    assert not opened.collection_exists("c")


def test_a_name_is_taken_once(opened):
    opened.create_collection("a", FLAT)
    with pytest.raises(Conflict, match="Collection `a` already exists!"):
        opened.create_collection("a", FLAT)
    assert opened.delete_collection("a")
    assert not opened.delete_collection("a")
    opened.create_collection("a", FLAT)


def test_a_collection_is_made_anew(opened):
    opened.create_collection("a", FLAT)
    opened.upsert("a", [models.PointStruct(id=1, vector=[1.0, 0.0])])
    opened.recreate_collection("a", FLAT)
    assert opened.count("a").count == 0


@pytest.mark.parametrize("name", ["", "x" * 256, "a/b", "a\\b", "nul\0", "what?", "a:b", "tab\t"])
def test_names_that_qdrant_refuses(opened, name):
    with pytest.raises(WrongInput, match="collection name"):
        opened.create_collection(name, FLAT)
    assert opened.get_collections().collections == []


@pytest.mark.parametrize(
    "name", [".", "..", "con", "Große Städte", "x" * 255, "日本" * 100, "a b%2"]
)
def test_any_other_name_is_kept(tmp_path, name):
    with Engine(tmp_path) as opened:
        opened.create_collection(name, FLAT)
        opened.upsert(name, [models.PointStruct(id=1, vector=[1.0, 0.0])])
    with Engine(tmp_path) as opened:
        assert [one.name for one in opened.get_collections().collections] == [name]
        assert opened.count(name).count == 1
        assert opened.delete_collection(name)


@given(st.lists(st.text(), unique=True, min_size=2, max_size=2))
def test_folder_names_differ_even_where_case_does_not_count(names):
    first, second = map(folder_name, names)
    assert first != second
    assert first == first.lower()
    assert len(first) <= 120


def test_info_echoes_what_was_created(opened):
    opened.create_collection(
        "a",
        {
            "text": models.VectorParams(
                size=3,
                distance=models.Distance.DOT,
                datatype=models.Datatype.FLOAT16,
                hnsw_config=models.HnswConfigDiff(m=4),
            ),
            "tokens": models.VectorParams(
                size=2,
                distance=models.Distance.COSINE,
                multivector_config=models.MultiVectorConfig(
                    comparator=models.MultiVectorComparator.MAX_SIM
                ),
            ),
        },
        {"words": models.SparseVectorParams(modifier=models.Modifier.IDF)},
        hnsw_config=models.HnswConfigDiff(m=32),
        metadata={"made": "here"},
        on_disk_payload=False,
    )
    info = opened.get_collection("a")
    assert info.config.params.vectors["text"].hnsw_config.m == 4
    assert info.config.params.vectors["text"].datatype == models.Datatype.FLOAT16
    assert info.config.params.sparse_vectors["words"].modifier == models.Modifier.IDF
    assert info.config.params.on_disk_payload is False
    assert info.config.hnsw_config.m == 32
    assert info.config.hnsw_config.ef_construct == 100
    assert info.config.metadata == {"made": "here"}
    assert info.points_count == 0
    assert info.payload_schema == {}


def test_a_collection_without_vectors(opened):
    opened.create_collection("a")
    opened.upsert("a", [models.PointStruct(id=1, vector={}, payload={"k": 1})])
    opened.upsert("a", [models.PointStruct(id=2, vector=[], payload={"k": 2})])
    assert [record.payload for record in opened.scroll("a")[0]] == [{"k": 1}, {"k": 2}]


def test_settings_are_merged_and_kept(tmp_path):
    with Engine(tmp_path) as opened:
        opened.create_collection("a", FLAT, metadata={"a": 1, "b": 2})
        opened.update_collection(
            "a",
            metadata={"b": None, "c": 3},
            hnsw_config=models.HnswConfigDiff(m=8),
            vectors_config={"": models.VectorParamsDiff(on_disk=True)},
            collection_params=models.CollectionParamsDiff(replication_factor=2),
        )
    with Engine(tmp_path) as opened:
        config = opened.get_collection("a").config
        assert isinstance(config.params.vectors, models.VectorParams)
        assert config.metadata == {"a": 1, "c": 3}
        assert config.hnsw_config.m == 8
        assert config.params.vectors.on_disk is True
        assert config.params.vectors.size == 2
        assert config.params.replication_factor == 2


def test_settings_of_unknown_vectors_or_collections(opened):
    opened.create_collection("a", FLAT)
    with pytest.raises(WrongInput, match="Not existing vector name error: nope"):
        opened.update_collection("a", vectors_config={"nope": models.VectorParamsDiff()})
    with pytest.raises(NotFound):
        opened.update_collection("b", metadata={})


@pytest.mark.parametrize("size", [0, 65_537, -1])
def test_sizes_out_of_range(opened, size):
    with pytest.raises(InvalidRequest, match=f"value {size} invalid, must be from 1 to 65536"):
        opened.create_collection("a", models.VectorParams(size=size, distance=models.Distance.DOT))
    assert not opened.collection_exists("a")


def test_dense_and_sparse_vectors_share_names(opened):
    with pytest.raises(WrongInput, match="`x` repeats"):
        opened.create_collection("a", {"x": FLAT}, {"x": models.SparseVectorParams()})


def test_unknown_datatypes(opened):
    with pytest.raises(NotSupported, match="turbo4"):
        opened.create_collection(
            "a",
            models.VectorParams(
                size=2, distance=models.Distance.DOT, datatype=models.Datatype.TURBO4
            ),
        )


def test_indexes_are_kept(tmp_path):
    with Engine(tmp_path) as opened:
        opened.create_collection("a", FLAT)
        params = models.TextIndexParams(
            type=models.TextIndexType.TEXT, tokenizer=models.TokenizerType.WORD, min_token_len=2
        )
        opened.create_payload_index("a", "t", params)
        opened.create_payload_index("a", "k", models.PayloadSchemaType.KEYWORD)
        opened.create_payload_index("a", "k", models.PayloadSchemaType.KEYWORD)
        opened.upsert("a", [models.PointStruct(id=1, vector=[1.0, 0.0], payload={"k": "x"})])
    with Engine(tmp_path) as opened:
        schema = opened.get_collection("a").payload_schema
        assert schema["t"].params == params
        assert (schema["k"].data_type, schema["k"].points) == ("keyword", 1)


def test_a_modifier_counts_at_once(opened):
    """The weights by rarity need no restart."""
    opened.create_collection("a", {}, {"s": models.SparseVectorParams()})
    common = models.SparseVector(indices=[1], values=[1.0])
    opened.upsert("a", [models.PointStruct(id=n, vector={"s": common}) for n in range(3)])
    assert opened.query_points("a", common, using="s").points[0].score == 1.0
    weighted = {"s": models.SparseVectorParams(modifier=models.Modifier.IDF)}
    opened.update_collection("a", sparse_vectors_config=weighted)
    assert opened.query_points("a", common, using="s").points[0].score == pytest.approx(
        0.1335, 1e-3
    )
    opened.upsert("a", [models.PointStruct(id=3, vector={"s": common})])
    assert opened.query_points("a", common, using="s").points[0].score == pytest.approx(
        0.1054, 1e-3
    )
