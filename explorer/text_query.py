"""A typed text as a query on a vector, whatever kind it is of.

What encodes text for a vector has a name, which a collection's hints give (`Hints.encoders`):
`bm25` and `trigrams` for sparse vectors, the model's name for plain sentence vectors, and
`set/vector`, such as `docstrings/tokens`, for a vector of a bundled set that was projected from
them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from qdrant_client import models

from explorer import catalog, encoder
from explorer.ngrams import ngram_query
from explorer.terms import term_query

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from explorer.bundle import BundledSet

TERMS = "bm25"
"""Encodes the words of a text."""

NGRAMS = "trigrams"
"""Encodes the character n-grams of a text."""

LONGEST = 32
"""Most token vectors of one text."""

TextQuery: TypeAlias = models.SparseVector | list[float] | list[list[float]]
"""What a text asks a sparse vector, a dense one, or a multivector."""


def text_query(name: str, text: str) -> TextQuery:
    """Return what `text` asks a vector whose text is encoded by `name`.

    Raises EncoderError if that takes the sentence encoder and none is installed, or if it is not
    the model of this name; SetDamaged if the file of a projection is not whole.
    """
    if name == TERMS:
        return term_query(text)
    if name == NGRAMS:
        return ngram_query(text)
    encodes = encoder.available()
    if encodes is None:
        raise encoder.EncoderError(encoder.MISSING)
    if encodes.matches(name):
        return _numbers(encodes.encode([text])[0])
    if _projects(name):
        bundle, _, vector = name.partition("/")
        return _projected(encodes, catalog.find(bundle), vector, text)
    raise encoder.EncoderError(
        f"Text for vectors made by {name!r} cannot be encoded; the installed encoder is "
        f"{encodes.model!r}. Query by an example point instead."
    )


def encodable(name: str | None) -> bool:
    """Tell whether `text_query` can encode by this name here and now, without encoding."""
    if name in (TERMS, NGRAMS):
        return True
    try:
        encodes = encoder.available()
    except encoder.EncoderError:
        return False
    if name is None or encodes is None:
        return False
    return encodes.matches(name) or _projects(name)


def _projects(name: str) -> bool:
    """Tell whether a name stands for a projected vector of a bundled set."""
    bundle, _, vector = name.partition("/")
    return bundle in catalog.ORDER and vector in catalog.find(bundle).parameters()


def _projected(encodes: encoder.Encoder, bundle: BundledSet, vector: str, text: str) -> TextQuery:
    projection = bundle.projection(vector)
    if bundle.parameters()[vector].multivector_config is not None:
        return _numbers(projection.units(encodes.encode_tokens([text], LONGEST)[0]))
    return _numbers(projection.levels(encodes.encode([text]))[0])


def _numbers(vectors: NDArray[Any]) -> list[float] | list[list[float]]:
    numbers: list[float] | list[list[float]] = vectors.tolist()
    return numbers
