"""Carries out an import plan: all of it, or nothing that stays."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from qdrant_client import models

from engine.schema import VectorKind
from explorer import filling
from explorer.importers.batches import BadRow, Batch, ObjectBatch
from explorer.importers.ids import point_ids
from explorer.importers.plan import BadRows, Duplicates, ImportPlan, VectorPlan
from explorer.importers.preview import open_matrix
from explorer.importers.readers import ROWS, read_batches
from explorer.importers.source import ImportProblem, UnfitPlan
from explorer.importers.vectors import BatchVectors, Scale, batch_vectors, read_scale
from explorer.importers.write import GEO_FIELD, write_rows
from explorer.jobs import Cancelled
from explorer.workspace import vector_specs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from engine.ids import PointId
    from explorer.client import Client
    from explorer.importers.source import Source
    from explorer.jobs import Report, Stopped

NOTED = 100
"""Skipped rows that a report names; all of them are counted."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What came of an import.

    Attributes:
        collection: where they were written.
        points: rows that were written.
        skipped: rows that were not, in all.
        noted: the first of those, with reasons.
        duplicates: rows whose id had stood in an earlier row.
        seconds: wall time.

    """

    collection: str
    points: int
    skipped: int
    noted: tuple[BadRow, ...]
    duplicates: int
    seconds: float


def run_import(client: Client, plan: ImportPlan, report: Report, stopped: Stopped) -> ImportReport:
    """Import a source into a new collection, or append it to one.

    A new collection is removed again when anything fails or `stopped` answers True; points already
    appended to an existing one stay, and the error says how many.

    Raises UnreadableSource, UnfitPlan, ImportProblem for a row that the plan refuses, Cancelled,
    and what the client raises.
    """
    _check(client, plan)
    run = _Run(client, plan, report, stopped)
    if plan.append:
        return _appended(run)
    _create(client, plan)
    try:
        outcome = run.whole()
        _finish(client, plan)
    except BaseException:
        client.delete_collection(plan.collection)
        raise
    return outcome


def _appended(run: _Run) -> ImportReport:
    try:
        return run.whole()
    except Cancelled:
        raise Cancelled(_what_stays(run)) from None
    except ImportProblem as problem:
        raise ImportProblem(f"{problem}. {_what_stays(run)}") from problem


def _what_stays(run: _Run) -> str:
    return f"{run.counts['points']:,} points were appended before that and stay."


def _check(client: Client, plan: ImportPlan) -> None:
    exists = client.collection_exists(plan.collection)
    if exists and not plan.append:
        raise UnfitPlan(f"There is already a collection {plan.collection!r}: choose another name")
    if plan.append and not exists:
        raise UnfitPlan(f"There is no collection {plan.collection!r} to append to")
    if plan.append and plan.id_column is None:
        raise UnfitPlan("Appending needs an id column: row numbers would overwrite other points")
    if plan.append:
        _check_sizes(client, plan)
    if not plan.vectors:
        raise UnfitPlan("Choose at least one vector")
    if len({vector.name for vector in plan.vectors}) < len(plan.vectors):
        raise UnfitPlan("Two vectors have the same name: name them apart")
    dense = [vector for vector in plan.vectors if vector.kind is not VectorKind.SPARSE]
    if len(dense) > 1 and not all(vector.name for vector in dense):
        raise UnfitPlan("Of several vectors each needs a name")


def _check_sizes(client: Client, plan: ImportPlan) -> None:
    specs = vector_specs(client.get_collection(plan.collection).config.params)
    for vector in plan.vectors:
        spec = specs.get(vector.name)
        if spec is None or (spec.kind, spec.size) != (vector.kind, vector.size):
            here = spec.size or "sparse" if spec else "none of that name"
            raise UnfitPlan(
                f"Vector {vector.name!r} has {vector.size or 'sparse'} numbers in the file; "
                f"collection {plan.collection!r} has {here}"
            )


def _create(client: Client, plan: ImportPlan) -> None:
    sparse = [vector for vector in plan.vectors if vector.kind is VectorKind.SPARSE]
    configs = {vector.name: _config(vector) for vector in plan.vectors if vector not in sparse}
    idf = models.Modifier.IDF
    client.create_collection(
        plan.collection,
        vectors_config=configs.get("", configs),
        sparse_vectors_config={
            vector.name: models.SparseVectorParams(modifier=idf if vector.idf else None)
            for vector in sparse
        },
        metadata={**plan.hints.metadata(), **filling.begun(plan.source.name)},
    )


def _config(vector: VectorPlan) -> models.VectorParams:
    many = vector.kind is VectorKind.MULTI
    by = models.MultiVectorConfig(comparator=models.MultiVectorComparator.MAX_SIM)
    return models.VectorParams(
        size=vector.size,
        distance=vector.distance,
        multivector_config=by if many else None,
        datatype=vector.datatype,
    )


def _finish(client: Client, plan: ImportPlan) -> None:
    for column in plan.payload:
        if column.indexed and column.schema:
            client.create_payload_index(plan.collection, column.path, column.schema, wait=True)
    if plan.coordinates:
        client.create_payload_index(
            plan.collection, GEO_FIELD, models.PayloadSchemaType.GEO, wait=True
        )
    filling.finish(client, plan.collection, plan.source.name)


@dataclass
class _Run:
    """One import while it runs."""

    client: Client
    plan: ImportPlan
    report: Report
    stopped: Stopped
    seen: set[PointId] = field(default_factory=set)
    noted: list[BadRow] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def whole(self) -> ImportReport:
        """Import every batch."""
        started = time.perf_counter()
        scales = {vector.name: self._scale(vector) for vector in self.plan.vectors}
        matrix = open_matrix(self.plan.source.matrix) if self.plan.source.matrix else None
        for batch in _batches(self.plan.source):
            self._batch(batch, scales, matrix)
            self.counts["rows"] += len(batch.numbers) + len(batch.malformed)
            self._step(self.counts["rows"], "Importing")
        self._check_end(matrix)
        return ImportReport(
            collection=self.plan.collection,
            points=self.counts["points"],
            skipped=self.counts["skipped"],
            noted=tuple(self.noted),
            duplicates=self.counts["duplicates"],
            seconds=time.perf_counter() - started,
        )

    def _step(self, done: int, message: str) -> None:
        self.report(done, self.plan.rows, message)
        if self.stopped():
            raise Cancelled

    def _scale(self, vector: VectorPlan) -> Scale | None:
        if not vector.standardise:
            return None
        return read_scale(self._watched(_batches(self.plan.source)), vector.columns)

    def _watched(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        for batch in batches:
            self._step(int(batch.numbers.max(initial=0)), "Measuring the columns")
            yield batch

    def _batch(
        self,
        batch: Batch,
        scales: Mapping[str, Scale | None],
        matrix: NDArray[np.generic] | None,
    ) -> None:
        for bad in batch.malformed:
            self._refuse(bad.row, bad.reason)
        vectors = {
            vector.name: batch_vectors(batch, vector, scales[vector.name], matrix)
            for vector in self.plan.vectors
        }
        ids = point_ids(batch, self.plan.id_column)
        kept = self._kept(batch, ids, vectors)
        if kept:
            write_rows(self.client, self.plan, batch, kept, vectors)
        self.counts["points"] += len(kept.keys() - self.seen)
        if self.plan.id_column:  # row numbers cannot repeat
            self.seen.update(kept)

    def _kept(
        self, batch: Batch, ids: list[PointId | None], vectors: Mapping[str, BatchVectors]
    ) -> dict[PointId, int]:
        """Return the rows that become points, by id; note the others."""
        kept: dict[PointId, int] = {}
        for row, (number, point_id) in enumerate(zip(batch.numbers.tolist(), ids, strict=True)):
            if point_id is None:
                self._refuse(number, f"column {self.plan.id_column!r} is empty")
            elif reason := _problem(row, vectors):
                self._refuse(number, reason)
            elif not (point_id in kept or point_id in self.seen) or self._is_wanted(
                number, point_id
            ):
                kept[point_id] = row
        return kept

    def _is_wanted(self, number: int, point_id: PointId) -> bool:
        """Whether a row with the id of an earlier row replaces it."""
        self.counts["duplicates"] += 1
        if self.plan.duplicates is Duplicates.REFUSE:
            raise ImportProblem(
                f"Row {number}: id {point_id!r} stood in an earlier row; choose to keep the first "
                "or the last of them, or another id column"
            )
        return self.plan.duplicates is Duplicates.KEEP_LAST

    def _refuse(self, row: int, reason: str) -> None:
        if self.plan.bad_rows is BadRows.REFUSE:
            raise ImportProblem(f"Row {row}: {reason}")
        self.counts["skipped"] += 1
        if len(self.noted) < NOTED:
            self.noted.append(BadRow(row, reason))

    def _check_end(self, matrix: NDArray[np.generic] | None) -> None:
        if matrix is not None and self.counts["rows"] < len(matrix):
            raise ImportProblem(
                f"The table ends after {self.counts['rows']} rows, the matrix has {len(matrix)}"
            )
        if not self.counts["points"]:
            first = f": row {self.noted[0].row}: {self.noted[0].reason}" if self.noted else ""
            raise ImportProblem(f"No row could be imported{first}")


def _problem(row: int, vectors: Mapping[str, BatchVectors]) -> str:
    reasons = [
        f"{name}: {reason}" if name else reason
        for name, found in vectors.items()
        if (reason := found.problems.get(row))
    ]
    if not reasons and not any(found.present[row] for found in vectors.values()):
        return "no vector"
    return "; ".join(reasons)


def _batches(source: Source) -> Iterator[Batch]:
    if source.table:
        return read_batches(source.table, source.encoding)
    return _bare_rows(len(open_matrix(source.matrix)) if source.matrix else 0)


def _bare_rows(count: int) -> Iterator[Batch]:
    for start in range(0, count, ROWS):
        numbers = np.arange(start + 1, min(start + ROWS, count) + 1)
        yield ObjectBatch([{} for _ in numbers], numbers)
