"""Engine: the embedded vector engine, with the method names and signatures of QdrantClient."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

from engine.administration import Administration
from engine.database import Collections
from engine.index import loops
from engine.indexing import Indexing
from engine.payload import spans
from engine.query import Options
from engine.querying import Querying
from engine.reading import Reading
from engine.scoring import kernels, leading
from engine.storage.data_folder import DataFolder, MemoryFolder
from engine.updating import Updating

if TYPE_CHECKING:
    from types import TracebackType

    from engine.payload.compat import Compat
    from engine.query.options import Mode
    from engine.scoring.strategy import Convention

MEMORY = ":memory:"


class Engine(Administration, Updating, Reading, Querying, Indexing):
    """An embedded vector engine on a data folder, or in memory.

    Requests and results are `qdrant_client.models`. Any thread may call it; readers never wait for
    writers. Arguments that only concern a cluster are accepted and ignored.

    Args:
        path: data folder, made when missing, or ":memory:".
        convention: whose formulas score: "qdrant" as the server computes, or "documented" as the
            documentation page has them.
        compat: the Qdrant version whose filter semantics hold where versions differ.
        strict_indexes: refuse facets and order_by on fields without a payload index, as a server
            does.
        search: how points are looked at where there is a graph: "planned" chooses, "scan" makes
            every search exact, "graph" walks even where a scan is better.
        warm: load the compiled loops in the background at once, see `warm_up`.

    Raises:
        FolderLocked: another engine has the folder open.
        FolderNotWritable: the folder cannot be made or written.

    """

    def __init__(
        self,
        path: str | Path,
        *,
        convention: Convention = "qdrant",
        compat: Compat = "1.20",
        strict_indexes: bool = True,
        search: Mode = "planned",
        warm: bool = True,
    ) -> None:
        self.options = Options(convention, compat, strict_indexes, search)
        folder = MemoryFolder() if path == MEMORY else DataFolder(Path(path).expanduser())
        self._collections = Collections(folder, self.options)
        if warm:
            warm_up()

    def close(self) -> None:
        """Close every collection and let others open the folder; closing twice is fine."""
        self._collections.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def warm_up(*, wait: bool = False) -> None:
    """Load the compiled loops in background threads, once per process; compile them if need be.

    Searches are exact scans without them. They are cached on disk: compiling takes half a minute of
    processor time, loading half a second.

    Args:
        wait: return only when they are ready.

    """
    for parts in (kernels, loops, spans, leading):
        parts.warm_up(wait=wait)
