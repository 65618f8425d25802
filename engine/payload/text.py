"""Full-text conditions: all tokens, any token, or a phrase; by token or by substring."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from qdrant_client import models

from engine.payload.tokens import Tokenizer, tokenizer_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.payload.column import Column, Mask

TokenMatch: TypeAlias = models.MatchText | models.MatchTextAny | models.MatchPhrase
TextMatch: TypeAlias = TokenMatch | models.MatchPrefix | models.MatchSubstring


def text_mask(
    match: TextMatch,
    column: Column,
    index: models.PayloadIndexInfo | None,
    *,
    tokenises_text: bool,
) -> Mask:
    """Return bool (rows,): where the text matches.

    A prefix and a substring are compared with case. Text and phrases: with a text index its
    tokenizer decides, `text` pools the tokens of all strings of a point, and phrases match nothing
    unless the index has `phrase_matching`; without one, either each string is tokenised on its own,
    or substrings are compared.
    """
    if isinstance(match, models.MatchPrefix):
        prefix = match.prefix
        return _rows_with(column, column.vocabulary.test(lambda text: text.startswith(prefix)))
    if isinstance(match, models.MatchSubstring):
        part = match.substring
        return _rows_with(column, column.vocabulary.test(lambda text: part in text))
    indexed = index is not None and index.data_type == models.PayloadSchemaType.TEXT
    if indexed and index is not None:
        params = index.params if isinstance(index.params, models.TextIndexParams) else None
        return _indexed_mask(match, column, params)
    if tokenises_text:
        return _rows_with(column, _token_hits(match, column, Tokenizer()))
    return _rows_with(column, _substring_hits(match, column))


def _indexed_mask(match: TokenMatch, column: Column, params: models.TextIndexParams | None) -> Mask:
    tokenizer = tokenizer_of(params)
    if isinstance(match, models.MatchPhrase) and not (params and params.phrase_matching):
        return np.zeros(column.rows, np.bool_)
    if not isinstance(match, models.MatchText):
        return _rows_with(column, _token_hits(match, column, tokenizer))
    masks = [
        _rows_with(column, hits)
        for hits in column.vocabulary.with_tokens(tokenizer.query_tokens(match.text), tokenizer)
    ]
    return reduce(np.logical_and, masks) if masks else np.zeros(column.rows, np.bool_)


def _token_hits(match: TokenMatch, column: Column, tokenizer: Tokenizer) -> Mask:
    """Return bool (strings,) for each distinct string on its own."""
    wanted = tokenizer.query_tokens(_query(match))
    vocabulary = column.vocabulary
    hits = vocabulary.with_tokens(wanted, tokenizer)
    one_is_enough = not wanted or isinstance(match, models.MatchTextAny)
    together: Mask = (np.logical_or if one_is_enough else np.logical_and).reduce(hits)
    if isinstance(match, models.MatchPhrase):
        for code in np.flatnonzero(together).tolist():
            together[code] = _has_run(tokenizer.tokens(vocabulary.strings[code]), wanted)
    return together


def _substring_hits(match: TokenMatch, column: Column) -> Mask:
    query = _query(match)
    if isinstance(match, models.MatchTextAny):
        words = query.split()
        return column.vocabulary.test(lambda text: any(word in text for word in words))
    return column.vocabulary.test(lambda text: query in text)


def _query(match: TokenMatch) -> str:
    match match:
        case models.MatchText(text=query):
            return query
        case models.MatchTextAny(text_any=query):
            return query
        case models.MatchPhrase(phrase=query):
            return query


def _has_run(tokens: Sequence[str], run: Sequence[str]) -> bool:
    starts = range(len(tokens) - len(run) + 1)
    return any(tokens[start : start + len(run)] == run for start in starts)


def _rows_with(column: Column, hits: Mask) -> Mask:
    return column.strings.any_of(hits[column.strings.values], column.rows)
