"""Typed text: BM25 against its formula, and the search over a collection."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qdrant_client import models

from engine import Engine
from explorer import encoder
from explorer.bm25 import K1, B, WordIndex, words_of
from explorer.conditions import AnyOf
from explorer.draft import Draft
from explorer.hints import Hints
from explorer.jobs import Cancelled
from explorer.ngrams import ngram_query
from explorer.text import Means, TextSearch

words = st.sampled_from(["red", "green", "blue", "fish", "fishing", "Café", "x1"])
texts = st.lists(words, max_size=8).map(" ".join)


def bm25(documents, query):
    """The formula, read literally."""
    split = [[w.lower().replace("é", "e") for w in text.split()] for text in documents]
    mean = sum(map(len, split)) / len(split)
    scores = []
    for document in split:
        score = 0.0
        for word in query:
            holding = sum(word in other for other in split)
            idf = math.log(1 + (len(split) - holding + 0.5) / (holding + 0.5))
            tf = document.count(word)
            if tf:
                length = len(document) / mean
                score += idf * tf * (K1 + 1) / (tf + K1 * (1 - B + B * length))
        scores.append(score)
    return scores


@settings(deadline=None)
@given(st.lists(texts, min_size=1, max_size=12), st.lists(words, min_size=1, max_size=3))
def test_scores_follow_the_formula(documents, query):
    index = WordIndex.build(enumerate(documents))
    found = dict(index.search(" ".join(query) + " "))
    expected = bm25(documents, [word.lower().replace("é", "e") for word in query])
    assert {i for i, score in enumerate(expected) if score} == set(found)
    for document, score in found.items():
        assert score == pytest.approx(expected[document], rel=1e-5)


def test_the_last_word_may_be_unfinished():
    index = WordIndex.build([(1, "fish"), (2, "fishing boat"), (3, "boat"), (4, "finish")])
    assert {point for point, _ in index.search("fish")} == {1, 2}
    assert [point for point, _ in index.search("fish ")] == [1]
    assert index.search("boat fi")[0][0] == 2


def test_a_whole_word_counts_more_than_one_that_it_begins():
    index = WordIndex.build([(1, "caterpillar"), (2, "cat"), (3, "cat"), (4, "dog")])
    assert [point for point, _ in index.search("cat")] == [2, 3, 1]


def test_an_empty_index_and_an_empty_query_find_nothing():
    assert WordIndex.build([]).search("x") == []
    assert WordIndex.build([(1, ""), (2, "...")]).search("x") == []
    assert WordIndex.build([(1, "word")]).search(" … ") == []


def test_best_first_ties_in_order_and_limited():
    index = WordIndex.build([(5, "a b"), (3, "a b"), (9, "a a"), (4, "c d")])
    assert [point for point, _ in index.search("a ")] == [9, 5, 3]
    assert len(index.search("a ", limit=1)) == 1


def test_words_come_from_every_depth_but_not_from_keys():
    payload = {"key": "one", "list": ["two", {"inner": "three"}], "number": 4, "pixels": [0.5] * 9}
    assert list(words_of(payload)) == ["one", "two", "three"]


@pytest.fixture
def search():
    with Engine(":memory:") as engine:
        engine.create_collection("c", models.VectorParams(size=2, distance=models.Distance.DOT))
        engine.upsert("c", [point(i) for i in range(600)])
        yield TextSearch(engine)


def point(i):
    colour = "red" if i % 2 else "green"
    payload = {"name": f"{colour} thing {i}", "group": colour}
    return models.PointStruct(id=i, vector=[1.0, float(i)], payload=payload)


def test_words_find_points_that_meet_the_conditions(search):
    draft = Draft("c", text="thing 59", conditions=(AnyOf("group", ("red",)),), limit=4)
    answer = search.answer(draft, Hints())
    assert answer.means is Means.WORDS
    assert answer.request is None
    assert [hit.id for hit in answer.hits] == [59, 591, 593, 595]
    assert answer.hits[0].payload == {"name": "red thing 59", "group": "red"}
    later = Draft("c", text="thing ", conditions=(AnyOf("group", ("red",)),), limit=3, offset=298)
    assert [hit.id for hit in search.answer(later, Hints()).hits] == [597, 599]


def test_the_threshold_cuts_words_too(search):
    every = search.answer(Draft("c", text="thing 7 ", limit=1000), Hints()).hits
    best = search.answer(Draft("c", text="thing 7 ", threshold=every[0].score), Hints()).hits
    assert [hit.id for hit in best] == [7]


def test_the_index_follows_points_that_come_and_go(search):
    draft = Draft("c", text="platypus")
    assert search.answer(draft, Hints()).hits == []
    engine = search._client
    engine.upsert(
        "c", [models.PointStruct(id=700, vector=[0.0, 1.0], payload={"name": "Platypus"})]
    )
    assert [hit.id for hit in search.answer(draft, Hints()).hits] == [700]
    engine.set_payload("c", {"name": "beaver"}, points=[700])
    assert search.answer(draft, Hints()).hits == []


def test_indexing_reports_and_stops(search):
    seen = []
    search.prepare("c", report=lambda done, total, _: seen.append((done, total)))
    assert seen[-1] == (600, 600)
    search.forget("c")
    with pytest.raises(Cancelled):
        search.prepare("c", stopped=lambda: True)


def test_a_text_model_without_an_encoder_is_told(search, monkeypatch):
    monkeypatch.setattr(encoder, "available", lambda: None)
    answer = search.answer(Draft("c", text="thing"), Hints(encoders={"": encoder.MODEL}))
    assert answer.means is Means.WORDS
    assert "pip install" in answer.note


class TinyEncoder:
    """Stands in for the optional weights, which tests cannot require."""

    def matches(self, model_name):
        return model_name == "tiny"

    @property
    def model(self):
        return "tiny"

    def encode(self, texts):
        return np.array([[0.0, float(len(text))] for text in texts], "float32")


def test_a_fitting_encoder_asks_by_vector(search, monkeypatch):
    monkeypatch.setattr(encoder, "available", TinyEncoder)
    answer = search.answer(Draft("c", text="any", limit=2), Hints(encoders={"": "tiny"}))
    assert answer.means is Means.VECTOR
    assert [hit.id for hit in answer.hits] == [599, 598]
    assert answer.request.query.nearest == [0.0, 3.0]
    other = search.answer(Draft("c", text="thing"), Hints(encoders={"": "another"}))
    assert other.means is Means.WORDS
    assert "'another' cannot be encoded" in other.note
    assert search.answer(Draft("c", text="thing"), Hints()).note == ""


def test_words_and_ngrams_need_no_encoder(monkeypatch):
    monkeypatch.setattr(encoder, "available", lambda: None)
    with Engine(":memory:") as engine:
        engine.create_collection("c", {}, {"ngrams": models.SparseVectorParams()})
        names = {1: "caterpillar", 2: "dog", 3: "category"}
        engine.upsert(
            "c",
            [
                models.PointStruct(id=i, vector={"ngrams": ngram_query(name)}, payload={"n": name})
                for i, name in names.items()
            ],
        )
        search, hints = TextSearch(engine), Hints(encoders={"ngrams": "trigrams"})
        draft = Draft("c", "ngrams", text="catterpilar")
        assert not search.must_read(draft, hints)
        answer = search.answer(draft, hints)
        assert (answer.means, answer.note) == (Means.VECTOR, "")
        assert [hit.id for hit in answer.hits] == [1, 3]
