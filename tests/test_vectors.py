"""Encoding at insert and similarities of stored vectors of each kind."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from qdrant_client import models
from qdrant_client.models import Datatype, Distance

from engine.errors import FormatError, InvalidRequest, WrongInput
from engine.schema import VectorKind, VectorSpec
from engine.scoring import kernels
from engine.vectors import (
    DenseRows,
    MultiRows,
    SparseRows,
    encode_dense,
    encode_multi,
    encode_sparse,
    normalised,
    parse_vector,
    parse_vectors,
)
from engine.vectors.values import unchecked_floats


def dense(size=3, distance=Distance.COSINE, datatype=Datatype.FLOAT32):
    return VectorSpec("v", VectorKind.DENSE, size, distance, datatype)


def rows_of(spec, vectors):
    return DenseRows(spec, encode_dense(spec, vectors), np.ones(len(vectors), np.bool_))


def test_cosine_stores_unit_vectors_and_other_distances_leave_them():
    assert encode_dense(dense(2), [[3, 4]]).tolist() == [[np.float32(0.6), np.float32(0.8)]]
    assert encode_dense(dense(2, Distance.DOT), [[3, 4]]).tolist() == [[3, 4]]


def test_tiny_and_zero_vectors_are_not_normalised():
    tiny = np.array([[3e-4, 0], [0, 0]], np.float32)
    assert (normalised(tiny) == tiny).all()
    above = np.array([[3.5e-4, 0]], np.float32)
    assert normalised(above)[0, 0] == 1


@given(hnp.arrays(np.float32, (4, 5), elements=st.floats(-1e3, 1e3, width=32)))
def test_normalising_twice_changes_nothing_more(vectors):
    once = normalised(vectors)
    assert (normalised(once) == once).all()


@given(
    hnp.arrays(np.float32, (40, 3), elements=st.floats(-2, 2, width=32))
    | st.just(np.float32([[1 + step * 1e-7, 0, 0] for step in range(-20, 20)]))
    | st.just(np.float32([[step * 1e-5, 0, 0] for step in range(40)]))
)
def test_the_loop_normalises_as_numpy_does(vectors):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels.LOOPS, "loaded", None)
        plain = normalised(vectors)
    assert kernels.compiled() is not None
    np.testing.assert_allclose(normalised(vectors), plain, rtol=3e-7)
    alone = np.count_nonzero(vectors, axis=1) == 1  # nothing is added up, so nothing is rounded
    assert np.array_equal(normalised(vectors)[alone], plain[alone])


@given(
    hnp.arrays(np.float32, (40, 3), elements=st.floats(-2, 2, width=32))
    | st.just(np.float32([[1 + step * 1e-7, 0, 0] for step in range(-20, 20)]))
)
def test_few_vectors_are_normalised_as_many_are(vectors):
    few = [normalised(vectors[start : start + 5]) for start in range(0, 40, 5)]
    assert np.array_equal(np.concatenate(few), normalised(vectors))


def test_float16_rounds_after_normalising():
    stored = encode_dense(dense(2, datatype=Datatype.FLOAT16), [[1, 2]])
    assert stored.dtype == np.float16
    expected = (np.array([1, 2], np.float32) / np.sqrt(np.float32(5))).astype(np.float16)
    assert (stored[0] == expected).all()


def test_float16_refuses_what_would_become_infinite():
    with pytest.raises(WrongInput, match="65504"):
        encode_dense(dense(1, Distance.DOT, Datatype.FLOAT16), [[1e6]])


def test_uint8_drops_fractions_and_saturates():
    stored = encode_dense(dense(4, datatype=Datatype.UINT8), [[-3.7, 1.99, 255.9, 1e9]])
    assert stored.tolist() == [[0, 1, 255, 255]]


def test_cosine_of_uint8_divides_by_both_norms_and_is_0_for_zeros():
    rows = rows_of(dense(2, datatype=Datatype.UINT8), [[3, 4], [0, 0], [4, 3]])
    found = rows.similarities([np.array([30.5, 40], np.float32)])
    np.testing.assert_allclose(found, [[1, 0, 24 / 25]], rtol=1e-6)
    np.testing.assert_allclose(
        rows.similarities([np.array([30, 40], np.float32)], np.array([2])), [[24 / 25]], rtol=1e-6
    )


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e39])
def test_values_that_are_not_finite_are_refused_with_their_place(bad):
    with pytest.raises(WrongInput, match=r"at position \[0, 1\]"):
        encode_dense(dense(), [[1, bad, 2]])
    with pytest.raises(WrongInput, match=r"at position \[2\]"):
        parse_vector([1.0, 2.0, bad])


@pytest.mark.parametrize("is_warm", [True, False])
def test_vectors_whose_norm_overflows_are_refused(monkeypatch, is_warm):
    if not is_warm:
        monkeypatch.setattr(kernels.LOOPS, "loaded", None)
    with pytest.raises(WrongInput, match="too long to be normalised"):
        encode_dense(dense(), [[3e38, 3e38, 0]])


@pytest.mark.parametrize(
    ("vectors", "got"), [([[1.0, 2.0]], 2), ([[1.0, 2.0, 3.0, 4.0]], 4), ([[]], 0)]
)
def test_another_dimension_is_refused(vectors, got):
    with pytest.raises(WrongInput, match=f"Vector dimension error: expected dim: 3, got {got}"):
        encode_dense(dense(), vectors)


NUMBERS = st.one_of(
    st.floats(allow_nan=True), st.integers(-(2**70), 2**70), st.booleans(), st.just(np.float32(0.1))
)


@given(st.integers(0, 4).flatmap(lambda n: st.lists(st.lists(NUMBERS, min_size=n, max_size=n))))
def test_lists_become_what_numpy_makes_of_them(rows):
    with np.errstate(over="ignore"):
        expected = [np.array(row, np.float32) for row in rows]
    for row, wanted in zip(rows, expected, strict=True):
        np.testing.assert_array_equal(unchecked_floats(row), wanted)
    if rows:
        np.testing.assert_array_equal(unchecked_floats(rows), np.stack(expected))
        unchecked_floats(rows)[...] = 0  # may be changed


@pytest.mark.parametrize(
    "values",
    [
        [[1.0, 2.0], [3.0, 4.0]],
        [[1.0, 2.0], [3.0]],
        [[1.0, 2.0], np.array([3.0, 4.0])],
        [[[1.0, 2.0]], [[3.0, 4.0]]],
        [[1.0, 2.0]],
        [],
    ],
)
def test_vectors_read_together_are_those_read_alone(values):
    together = parse_vectors(values)
    assert len(together) == len(values)
    for vector, value in zip(together, values, strict=True):
        alone = parse_vector(value)
        assert vector.dtype == alone.dtype
        np.testing.assert_array_equal(vector, alone)


def test_vectors_read_together_are_checked_like_those_read_alone():
    with pytest.raises(WrongInput, match=r"nan at position \[1\]"):
        parse_vectors([[1.0, 2.0], [3.0, np.nan]])
    with pytest.raises(FormatError, match="Expected some form of vector"):
        parse_vectors([[1.0, 2.0], {3.0: 1, 4.0: 2}])


def test_numbers_beyond_floats_are_refused():
    with pytest.raises(WrongInput, match="rows of numbers"):
        parse_vector([10**400])


def test_ragged_rows_and_words_are_refused():
    with pytest.raises(WrongInput, match="equally long rows of numbers"):
        encode_dense(dense(), [[1, 2, 3], [1, 2]])
    with pytest.raises(WrongInput, match="rows of numbers"):
        parse_vector(["a", "b"])
    with pytest.raises(FormatError, match="Expected some form of vector"):
        parse_vector({"a": 1})


def test_queries_of_the_wrong_kind_or_size_are_refused():
    rows = rows_of(dense(), [[1, 2, 3]])
    sparse = parse_vector(models.SparseVector(indices=[1], values=[1.0]))
    with pytest.raises(WrongInput, match="Conversion between sparse and regular vectors failed"):
        rows.similarities([sparse])
    with pytest.raises(WrongInput, match="Conversion between multi and regular vectors failed"):
        rows.similarities([parse_vector([[1, 2, 3]])])
    with pytest.raises(WrongInput, match="expected dim: 3, got 1"):
        rows.similarities([parse_vector([1])])


def sparse_rows(*vectors, idf=False):
    spec = VectorSpec("s", VectorKind.SPARSE, 0, Distance.DOT, idf=idf)
    encoded = [encode_sparse(spec, list(vector), list(vector.values())) for vector in vectors]
    offsets = np.cumsum([0] + [len(indices) for indices, _ in encoded]).astype(np.uint64)
    return SparseRows(
        spec,
        offsets,
        np.concatenate([indices for indices, _ in encoded]),
        np.concatenate([values for _, values in encoded]),
        np.ones(len(vectors), np.bool_),
    )


def sparse(**values):
    return parse_vector(
        models.SparseVector(indices=[int(i[1:]) for i in values], values=list(values.values()))
    )


def test_sparse_vectors_are_stored_sorted_by_index():
    rows = sparse_rows({7: 1.0, 2: 3.0}, {})
    assert rows.to_model(0) == models.SparseVector(indices=[2, 7], values=[3.0, 1.0])
    assert rows.to_model(1) == models.SparseVector(indices=[], values=[])


def test_sparse_similarity_is_the_product_over_shared_indices():
    rows = sparse_rows({1: 1.0, 2: 2.0}, {}, {2: -1.0, 4_294_967_295: 5.0})
    found = rows.similarities([sparse(i2=3.0, i9=1.0), sparse(i4294967295=2.0)])
    assert found.tolist() == [[6, 0, -3], [0, 0, 10]]
    assert rows.similarities([sparse(i2=3.0)], np.array([2, 0])).tolist() == [[-3, 6]]
    assert rows.shares_index(sparse(i1=1.0, i9=1.0)).tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("indices", "values", "message"),
    [
        ([1, 2], [1.0], "must be the same length as indices"),
        ([1, 1], [1.0, 2.0], "must be unique: 1 repeats"),
        ([-1], [1.0], "value -1 invalid"),
        ([2**32], [1.0], "value 4294967296 invalid"),
    ],
)
def test_malformed_sparse_vectors_are_refused(indices, values, message):
    with pytest.raises(InvalidRequest, match=message):
        encode_sparse(VectorSpec("s", VectorKind.SPARSE, 0, Distance.DOT), indices, values)


def test_rarity_counts_non_empty_vectors_of_the_corpus():
    rows = sparse_rows({1: 1.0}, {1: 1.0, 2: 1.0}, {}, {2: 1.0}, idf=True)
    corpus = np.array([True, True, True, False])
    weighted = rows.weighted_by_rarity(sparse(i1=2.0, i2=1.0, i3=1.0), corpus)
    expected = [2 * np.log(0.5 / 2.5 + 1), np.log(1.5 / 1.5 + 1), np.log(2.5 / 0.5 + 1)]
    np.testing.assert_allclose(weighted.values, expected, rtol=1e-6)


def multi_rows(distance, *matrices):
    spec = VectorSpec("m", VectorKind.MULTI, 2, distance)
    encoded = [encode_multi(spec, matrix) if matrix else np.empty((0, 2)) for matrix in matrices]
    offsets = np.cumsum([0] + [len(matrix) for matrix in encoded]).astype(np.uint64)
    data = np.concatenate(encoded).astype(np.float32)
    return MultiRows(spec, data, offsets, np.array([bool(matrix) for matrix in matrices]))


@pytest.mark.parametrize("distance", list(Distance))
def test_max_sim_sums_the_best_match_of_each_query_vector(distance):
    matrices = [[[1, 2], [3, 1]], [], [[0, 1]], [[2, 2], [1, 0], [5, -1]]]
    rows = multi_rows(distance, *matrices)
    query = np.array([[1, 1], [-1, 2]], np.float32)
    found = rows.similarities([query])[0]
    for row, matrix in enumerate(matrices):
        spec = dense(2, distance)
        expected = (
            rows_of(spec, matrix).similarities(list(query)).max(axis=1).sum() if matrix else 0
        )
        assert found[row] == pytest.approx(expected, rel=1e-6)
    some = rows.similarities([query, query[0]], np.array([3, 1, 0]))
    np.testing.assert_allclose(some[0], found[[3, 1, 0]], rtol=1e-6)
    np.testing.assert_allclose(some[1], rows.similarities([query[:1]])[0][[3, 1, 0]], rtol=1e-6)


def test_a_single_dense_vector_is_a_multivector_of_one():
    spec = VectorSpec("m", VectorKind.MULTI, 2, Distance.DOT)
    assert encode_multi(spec, [1, 2]).tolist() == [[1, 2]]
    with pytest.raises(InvalidRequest, match="at least one vector"):
        encode_multi(spec, [])
