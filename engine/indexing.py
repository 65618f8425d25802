"""The part of Engine that tells about graphs, and builds them when asked to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.arguments import checked
from engine.errors import NotSupported, StorageError

if TYPE_CHECKING:
    from engine.collection import Collection
    from engine.index.state import IndexState


@checked()
class Indexing:
    """Graphs of collections; QdrantClient has no such methods, a server builds on its own.

    So does this engine: once a collection is large enough and its writes have settled. These
    methods are for those who want to see it, wait for it, or have it otherwise.
    """

    def _collection(self, name: str) -> Collection:
        raise NotImplementedError

    def index_state(self, collection_name: str) -> IndexState:
        """Return what a collection's graphs cover and how far a build is; raises NotFound."""
        return self._collection(collection_name).index_state()

    def wait_for_index(self, collection_name: str, timeout: float | None = None) -> bool:
        """Wait until a collection has the graphs that it should have.

        A build begins at once instead of when writes have settled.

        Args:
            collection_name: the collection.
            timeout: seconds, None for as long as it takes.

        Returns:
            Whether there is nothing left to do; False after the timeout, or when it was cancelled.

        Raises:
            NotFound: no such collection.
            StorageError: the build failed; the message says why.

        """
        maintenance = self._collection(collection_name).maintenance
        ended = maintenance.wait(timeout)
        if maintenance.error is not None:
            raise StorageError(maintenance.error)
        return ended and not maintenance.paused

    def build_index(
        self, collection_name: str, *, wait: bool = True, timeout: float | None = None
    ) -> bool:
        """Build graphs that cover all points now, however few there are.

        Vectors whose `m` is 0 get none.

        Args:
            collection_name: the collection.
            wait: return when they are there; otherwise at once, and False.
            timeout: as in `wait_for_index`, whose answer and errors these are.

        Raises:
            NotSupported: this machine cannot build graphs; the message says what to install.

        """
        collection = self._collection(collection_name)
        unsupported = collection.index_state().unsupported
        if unsupported:
            raise NotSupported(unsupported)
        collection.maintenance.resume(asked=True)
        return wait and self.wait_for_index(collection_name, timeout)

    def cancel_index(self, collection_name: str) -> None:
        """Stop a build within a moment; what was there before it serves on.

        None starts by itself before `build_index`, new settings, or the next start.
        """
        self._collection(collection_name).maintenance.cancel()
