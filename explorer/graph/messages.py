"""Named arrays through a pipe: each message is its length and an .npz archive, never a pickle."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

_LENGTH = 8  # bytes, little-endian


def send(pipe: BinaryIO, message: Mapping[str, Any]) -> None:
    """Write arrays, numbers and texts by their names; raises BrokenPipeError where nobody reads."""
    archive = BytesIO()
    arrays: dict[str, Any] = {name: np.asarray(value) for name, value in message.items()}
    np.savez(archive, allow_pickle=False, **arrays)
    content = archive.getbuffer()
    pipe.write(len(content).to_bytes(_LENGTH, "little"))
    pipe.write(content)
    pipe.flush()


def receive(pipe: BinaryIO) -> dict[str, Any] | None:
    """Return the next message, its arrays of no dimension as plain values; None at the end."""
    length = int.from_bytes(pipe.read(_LENGTH), "little")
    content = pipe.read(length)
    if not length or len(content) < length:
        return None
    with np.load(BytesIO(content), allow_pickle=False) as archive:
        return {name: _value(archive[name]) for name in archive.files}


def _value(array: np.ndarray[Any, Any]) -> Any:
    return array if array.ndim else array.item()
