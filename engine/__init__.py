"""The embedded vector engine: collections on disk or in memory, queried by example."""

from engine.engine import Engine, warm_up
from engine.errors import (
    BadRequest,
    CollectionCorrupt,
    Conflict,
    EngineError,
    FolderLocked,
    FolderNotWritable,
    FormatError,
    InvalidRequest,
    NotFound,
    NotSupported,
    RequestError,
    StorageError,
    WrongInput,
)
from engine.query import Explanation, Kept, Stage, Tracer

__all__ = [
    "BadRequest",
    "CollectionCorrupt",
    "Conflict",
    "Engine",
    "EngineError",
    "Explanation",
    "FolderLocked",
    "FolderNotWritable",
    "FormatError",
    "InvalidRequest",
    "Kept",
    "NotFound",
    "NotSupported",
    "RequestError",
    "Stage",
    "StorageError",
    "Tracer",
    "WrongInput",
    "warm_up",
]
