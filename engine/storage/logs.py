"""Append-only arrays: in a file that is read through a memory map, or in memory.

A log only ever grows. What was appended becomes part of the collection when the catalogue commits
the new extent; elements past the committed ones are overwritten by the next append.
"""

from __future__ import annotations

import errno
import mmap
import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from engine.errors import CollectionCorrupt, FolderNotWritable, StorageError
from engine.storage.sums import REMEDY, SummedFile, bytes_of, extended

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

_ADVICE = {
    CollectionCorrupt: REMEDY,
    FolderNotWritable: "Free some space, or choose another folder with SEXTANT_DATA.",
}
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)

MAPS_SEE_WRITES = os.name == "posix"
"""Whether a map made before a write shows it; Windows does not promise that."""

_SPACE, _SPACE_SHARE = 1 << 16, 8
"""Bytes behind the committed ones that are mapped too: so many, or this part of them. Most updates
then need no new map, which would double the address space and let every page be found anew."""


@dataclass(frozen=True, slots=True)
class LogSpec:
    """What a log holds.

    Attributes:
        name: stem of its file.
        dtype: of one number.
        shape: of one element.
        offsets_into: name of the log whose rows' ends this one holds, behind a leading 0.

    """

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...] = ()
    offsets_into: str | None = None

    @property
    def element_bytes(self) -> int:
        """Bytes of one element."""
        return self.dtype.itemsize * prod(self.shape)

    def shaped(self, flat: NDArray[Any]) -> NDArray[Any]:
        """Return a flat array as (n, *shape)."""
        return flat.reshape(-1, *self.shape)


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of a log counts.

    Attributes:
        length: elements.
        sums: of the blocks of their bytes, none in memory.

    """

    length: int = 0
    sums: tuple[int, ...] = ()


class Log(Protocol):
    """An append-only array."""

    spec: LogSpec

    def write(self, behind: Extent, elements: NDArray[Any]) -> Extent:
        """Put `elements` behind the first ones; return the extent with them."""

    def flush(self) -> None:
        """Make what was written survive a power cut."""

    def view(self, length: int) -> NDArray[Any]:
        """Return the first `length` elements, read-only; later writes never change them."""

    def close(self) -> None:
        """Release the file; views stay valid."""


class FileLog:
    """A log in a raw little-endian file.

    Raises:
        CollectionCorrupt: the file is missing, or not to be opened; unless `create`.
        FolderNotWritable: it may not be written.

    """

    def __init__(self, folder: Path, spec: LogSpec, *, create: bool = False) -> None:
        self.spec = spec
        self.path = folder / f"{spec.name}.bin"
        self._flushed = True
        self._mapped: mmap.mmap | None = None
        flags = os.O_RDWR | getattr(os, "O_BINARY", 0) | (os.O_CREAT if create else 0)
        try:
            self._descriptor = os.open(self.path, flags, 0o644)
        except OSError as error:
            forbidden = create or error.errno in _FORBIDDEN
            kind = FolderNotWritable if forbidden else CollectionCorrupt
            raise kind(f"Cannot open {self.path}: {error.strerror}. {_ADVICE[kind]}") from error

    def require(self, length: int) -> None:
        """Raise CollectionCorrupt when the file is shorter than its committed length."""
        size, expected = os.fstat(self._descriptor).st_size, length * self.spec.element_bytes
        if size < expected:
            raise CollectionCorrupt(
                f"{self.path} is cut short: {size} bytes where {expected} were committed. "
                f"{_ADVICE[CollectionCorrupt]}"
            )

    def summed(self, extent: Extent) -> SummedFile:
        """Return the file with what it has to hold."""
        return SummedFile(self.path, extent.length * self.spec.element_bytes, extent.sums)

    def write(self, behind: Extent, elements: NDArray[Any]) -> Extent:
        """Put `elements` behind the first ones; return the extent with them.

        Raises FolderNotWritable when the disk is full or the file cannot be written; the committed
        elements are untouched.
        """
        if not len(elements):
            return behind
        self._flushed = False
        data = bytes_of(np.asarray(elements, self.spec.dtype))
        size = behind.length * self.spec.element_bytes
        sums = extended(behind.sums, size, data)
        with self._writing():
            os.lseek(self._descriptor, size, os.SEEK_SET)
            while data:
                data = data[os.write(self._descriptor, data) :]
        return Extent(behind.length + len(elements), sums)

    def flush(self) -> None:
        """Flush what was written to the disk; raises as `write` does."""
        if not self._flushed:
            with self._writing():
                os.fsync(self._descriptor)
            self._flushed = True

    def view(self, length: int) -> NDArray[Any]:
        """Return the first `length` elements through a read-only memory map.

        Raises StorageError when the process may not map so much.
        """
        size = length * self.spec.element_bytes
        if not size:
            return self.spec.shaped(np.empty(0, self.spec.dtype))
        if self._mapped is None or len(self._mapped) < size:
            self._mapped = self._map(size)
        numbers = size // self.spec.dtype.itemsize
        return self.spec.shaped(np.frombuffer(self._mapped, self.spec.dtype, numbers))

    def _map(self, size: int) -> mmap.mmap:
        """Map the file with some space behind `size` bytes, into which it may grow."""
        spacious = size + max(_SPACE, size // _SPACE_SHARE)
        try:
            if MAPS_SEE_WRITES:
                os.truncate(self._descriptor, max(spacious, os.fstat(self._descriptor).st_size))
                return mmap.mmap(self._descriptor, spacious, access=mmap.ACCESS_READ)
        except OSError:
            pass  # no space in the file or in memory: without it
        try:
            return mmap.mmap(self._descriptor, size, access=mmap.ACCESS_READ)
        except OSError as error:
            raise StorageError(
                f"Cannot map {self.path} ({size:,} bytes) into memory: {error.strerror}. Nothing "
                "was changed; allow this process more address space (ulimit -v)."
            ) from error

    def trim(self, length: int) -> None:
        """Give up what is behind the first `length` elements; maps of those stay as they are."""
        if MAPS_SEE_WRITES:
            with suppress(OSError):  # they do not count anyway
                os.truncate(self._descriptor, length * self.spec.element_bytes)

    def close(self) -> None:
        """Close the file; memory maps of it live on."""
        self._mapped = None
        os.close(self._descriptor)
        self._descriptor = -1  # the number may be another file's by the next call

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise FolderNotWritable(
                f"Cannot write {self.path}: {error.strerror}. Nothing of this update was kept. "
                f"{_ADVICE[FolderNotWritable]}"
            ) from error


class MemoryLog:
    """A log in memory, doubled when full so that appending stays cheap."""

    def __init__(self, spec: LogSpec) -> None:
        self.spec = spec
        self._buffer = spec.shaped(np.empty(0, spec.dtype))

    def write(self, behind: Extent, elements: NDArray[Any]) -> Extent:
        """Put `elements` behind the first ones; return the extent with them."""
        at, end = behind.length, behind.length + len(elements)
        if end > len(self._buffer):
            grown = np.empty((max(end, 2 * at), *self._buffer.shape[1:]), self.spec.dtype)
            grown[:at] = self._buffer[:at]
            self._buffer = grown
        self._buffer[at:end] = self.spec.shaped(elements.reshape(-1))
        return Extent(end)

    def flush(self) -> None:
        """Nothing survives the process."""

    def view(self, length: int) -> NDArray[Any]:
        """Return the first `length` elements."""
        view = self._buffer[:length]
        view.flags.writeable = False
        return view

    def close(self) -> None:
        """Nothing to release."""
