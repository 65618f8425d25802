"""Files -> collections: look into a file, plan the import, carry it out whole or not at all."""

from explorer.importers.batches import BadRow
from explorer.importers.kinds import Kind
from explorer.importers.load import ImportReport, run_import
from explorer.importers.plan import (
    BadRows,
    Duplicates,
    ImportPlan,
    PayloadColumn,
    VectorPlan,
    planned,
    possible_vectors,
    suggest_plan,
)
from explorer.importers.preview import Column, Preview, inspect
from explorer.importers.source import (
    SUFFIXES,
    ImportProblem,
    Source,
    SourceFile,
    UnfitPlan,
    UnreadableSource,
    from_paths,
    from_uploads,
)

__all__ = [
    "SUFFIXES",
    "BadRow",
    "BadRows",
    "Column",
    "Duplicates",
    "ImportPlan",
    "ImportProblem",
    "ImportReport",
    "Kind",
    "PayloadColumn",
    "Preview",
    "Source",
    "SourceFile",
    "UnfitPlan",
    "UnreadableSource",
    "VectorPlan",
    "from_paths",
    "from_uploads",
    "inspect",
    "planned",
    "possible_vectors",
    "run_import",
    "suggest_plan",
]
