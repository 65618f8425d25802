"""Text as a sparse vector of words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from qdrant_client import models

from engine import Engine
from explorer.terms import singular, term_counts, term_query


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Array", "arrays"),
        ("query", "queries"),
        ("class", "classes"),
        ("matrix", "MATRIX"),
        ("box", "boxes"),
        ("naïve", "naive"),
        ("read_csv", "read csv"),
        ("k-means", "k means"),
    ],
)
def test_what_makes_no_difference(one, other):
    assert term_counts(one) == term_counts(other)


@pytest.mark.parametrize("word", ["bus", "class", "trees", "shoes", "s"])
def test_a_word_keeps_a_letter(word):
    assert singular(word)


def test_a_name_is_found_whole_and_by_its_parts():
    whole = term_counts("SGDClassifier of pandas.DataFrame")
    for part in ("sgdclassifier", "SGD", "classifier", "dataframe", "data", "frame", "pandas"):
        assert whole.keys() >= term_counts(part).keys()
    assert sum(term_counts("DataFrame").values()) == 3


def test_counts_add_up():
    assert sorted(term_counts("arrays of an array").values()) == [1, 1, 2]
    assert term_query("arrays of an array").values.count(2.0) == 1
    assert term_query(" … ").indices == []


@given(st.text())
def test_any_text_is_a_query_that_the_engine_takes(text):
    query = term_query(text)
    assert query.indices == sorted(set(query.indices))
    assert all(0 <= index < 2**32 for index in query.indices)
    assert len(query.values) == len(query.indices)


def test_rare_words_weigh_more_in_a_collection():
    texts = ["sort the array", "sum the array", "the array", "sort"]
    with Engine(":memory:") as engine:
        idf = models.SparseVectorParams(modifier=models.Modifier.IDF)
        engine.create_collection("c", {}, sparse_vectors_config={"bm25": idf})
        points = [
            models.PointStruct(id=number, vector={"bm25": term_query(text)})
            for number, text in enumerate(texts)
        ]
        engine.upsert("c", points)
        hits = engine.query_points("c", term_query("sum arrays"), using="bm25").points
    assert [hit.id for hit in hits] == [1, 0, 2]
