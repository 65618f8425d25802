"""The vectors of a batch of rows, and what is wrong with those that have none."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from qdrant_client.models import SparseVector

from engine.schema import VectorKind
from explorer.importers.kinds import parse_vector

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from explorer.importers.batches import Batch
    from explorer.importers.plan import VectorPlan


@dataclass(frozen=True, slots=True)
class Scale:
    """Mean and standard deviation of each number column, float64 (d,); 1 where all are equal."""

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class BatchVectors:
    """Vectors of one name for a batch.

    Attributes:
        X: float32 (n, size); zeros where there is none. Multivectors and sparse vectors are a list,
            None where there is none.
        present: bool (n,).
        problems: reasons by position; a row that merely lacks the vector has none.

    """

    X: NDArray[np.float32] | list[Any]
    present: NDArray[np.bool_]
    problems: dict[int, str]

    def __getitem__(self, row: int) -> Any:
        """Return one vector as a request carries it."""
        vector = self.X[row]
        return vector.tolist() if isinstance(vector, np.ndarray) else vector


def read_scale(batches: Iterable[Batch], columns: tuple[str, ...]) -> Scale:
    """Return the scale of number columns over a whole file; missing numbers do not count.

    Means and squares are merged batch by batch (Chan, Golub and LeVeque 1983).
    """
    count = np.zeros(len(columns))
    mean = np.zeros(len(columns))
    squares = np.zeros(len(columns))
    for batch in batches:
        X = _number_columns(batch, columns)[0]
        here = np.isfinite(X).sum(axis=0)
        filled = np.where(np.isfinite(X), X, 0)
        local = filled.sum(axis=0) / np.maximum(here, 1)
        spread = np.where(np.isfinite(X), X - local, 0)
        total = np.maximum(count + here, 1)
        squares += (spread**2).sum(axis=0) + (local - mean) ** 2 * count * here / total
        mean += (local - mean) * here / total
        count += here
    deviation = np.sqrt(squares / np.maximum(count, 1))
    return Scale(mean, np.where(deviation > 0, deviation, 1))


def batch_vectors(
    batch: Batch, plan: VectorPlan, scale: Scale | None, matrix: NDArray[np.generic] | None
) -> BatchVectors:
    """Return the vectors that `plan` describes for the rows of `batch`."""
    if not plan.columns:
        return _matrix_rows(batch, plan, matrix)
    if plan.kind is not VectorKind.DENSE:
        return _listed(batch.values(plan.columns[0]), plan)
    if plan.from_numbers:
        return _checked(*_scaled(batch, plan, scale))
    whole = _whole_lists(batch.column(plan.columns[0]), plan.size)
    return (
        _lists(batch.values(plan.columns[0]), plan.size) if whole is None else _checked(whole, {})
    )


def _matrix_rows(
    batch: Batch, plan: VectorPlan, matrix: NDArray[np.generic] | None
) -> BatchVectors:
    X = np.zeros((len(batch.numbers), plan.size), np.float32)
    if matrix is None:
        return BatchVectors(X, np.zeros(len(X), bool), {})
    inside = batch.numbers <= len(matrix)
    X[inside] = matrix[batch.numbers[inside] - 1].astype(np.float32)
    beyond = {int(i): f"the matrix has only {len(matrix)} rows" for i in np.nonzero(~inside)[0]}
    return _checked(X, beyond)


def _scaled(
    batch: Batch, plan: VectorPlan, scale: Scale | None
) -> tuple[NDArray[np.float64], dict[int, str]]:
    X, problems = _number_columns(batch, plan.columns)
    if scale is not None:
        X = (np.where(np.isnan(X), scale.mean, X) - scale.mean) / scale.deviation
    return X, problems


def _number_columns(
    batch: Batch, columns: tuple[str, ...]
) -> tuple[NDArray[np.float64], dict[int, str]]:
    """Return the columns side by side, NaN where a number is missing, and what is no number."""
    X = np.full((len(batch.numbers), len(columns)), np.nan)
    problems: dict[int, str] = {}
    for place, name in enumerate(columns):
        for row, value in enumerate(batch.values(name)):
            try:
                X[row, place] = np.nan if value is None else float(value)
            except (TypeError, ValueError):
                problems[row] = f"column {name!r}: {value!r} is not a number"
    return X, problems


def _lists(values: list[Any], size: int) -> BatchVectors:
    X = np.zeros((len(values), size), np.float32)
    present = np.zeros(len(values), bool)
    problems: dict[int, str] = {}
    for row, value in enumerate(values):
        if value is None:
            continue
        try:
            X[row] = _one_list(value, size)
            present[row] = True
        except ValueError as error:
            problems[row] = str(error)
    checked = _checked(X, problems)
    return BatchVectors(X, present & checked.present, checked.problems)


def _listed(values: list[Any], plan: VectorPlan) -> BatchVectors:
    """Return multivectors or sparse vectors."""
    found: list[Any] = [None] * len(values)
    problems: dict[int, str] = {}
    for row, value in enumerate(values):
        if value is not None:
            try:
                found[row] = (
                    _sparse(value) if plan.kind is VectorKind.SPARSE else _multi(value, plan)
                )
            except (TypeError, ValueError) as error:
                problems[row] = f"{_short(value)}: {error}"
    return BatchVectors(found, np.array([vector is not None for vector in found]), problems)


def _sparse(value: Any) -> SparseVector:
    parts = json.loads(value) if isinstance(value, str) else value
    if not isinstance(parts, dict) or set(parts) != {"indices", "values"}:
        raise ValueError("a sparse vector has indices and values")
    indices, values = np.asarray(parts["indices"]), _finite(parts["values"], 1)
    if indices.shape != values.shape or len(set(indices.tolist())) < len(indices):
        raise ValueError("each index needs one value, and no index may come twice")
    if len(indices) and (indices.dtype.kind not in "iu" or indices.min() < 0):
        raise ValueError("an index is a whole number from 0 on")
    return SparseVector(indices=indices.tolist(), values=values.tolist())


def _multi(value: Any, plan: VectorPlan) -> list[list[float]]:
    rows = _finite(json.loads(value) if isinstance(value, str) else value, 2)
    if not len(rows) or rows.shape[1] != plan.size:
        raise ValueError(f"rows of {plan.size} numbers are expected")
    listed: list[list[float]] = rows.tolist()
    return listed


def _finite(numbers: Any, dimensions: int) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):  # becomes infinite
        array = np.asarray(numbers, np.float32)
    if array.ndim != dimensions or not np.isfinite(array).all():
        raise ValueError("finite numbers are expected")
    return array


def _whole_lists(values: pa.Array | list[Any], size: int) -> NDArray[Any] | None:
    """Return an Arrow list column as one matrix without a copy per row; None if rows differ."""
    if isinstance(values, list):
        return None
    if not (pa.types.is_list(values.type) or pa.types.is_fixed_size_list(values.type)):
        return None
    flat = values.flatten()
    lengths = values.value_lengths()
    if values.null_count or flat.null_count or set(lengths.unique().to_pylist()) != {size}:
        return None
    if not (pa.types.is_floating(flat.type) or pa.types.is_integer(flat.type)):
        return None
    numbers: NDArray[Any] = flat.to_numpy(zero_copy_only=False)
    return numbers.reshape(-1, size)


def _one_list(value: Any, size: int) -> NDArray[np.float32]:
    numbers = parse_vector(value) if isinstance(value, str) else value
    if not isinstance(numbers, list):
        raise ValueError(f"{_short(value)} is not a list of numbers")
    if len(numbers) != size:
        raise ValueError(f"vector has {len(numbers)} numbers, {size} expected")
    try:
        with np.errstate(over="ignore"):  # becomes infinite, which `_checked` names
            return np.asarray(numbers, np.float32)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{_short(value)} holds something that is not a number") from error


def _checked(X: NDArray[Any], problems: dict[int, str]) -> BatchVectors:
    """Return the rows as float32; NaN and infinity, or numbers beyond float32, are problems."""
    with np.errstate(over="ignore"):
        rows = X.astype(np.float32)
    finite = np.isfinite(rows)
    problems = dict(problems)
    for row in np.nonzero(~finite.all(axis=1))[0]:
        place = int(np.argmin(finite[row]))
        reason = f"number {place + 1} of the vector is {X[row, place]}, not a finite number"
        problems.setdefault(int(row), reason)
    present = np.ones(len(rows), bool)
    present[list(problems)] = False
    return BatchVectors(rows, present, problems)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
