"""Arrays in a folder: one raw file each, read back through memory maps, and a header in JSON."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from engine.storage.folders import make_folder, sync_folder
from engine.storage.sums import SummedFile, bytes_of, sums_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

_HEADER = "header.json"


def write_arrays(
    folder: Path, arrays: Mapping[str, NDArray[Any]], header: Mapping[str, Any]
) -> None:
    """Write arrays and a JSON header into a new folder, durably; raises OSError."""
    make_folder(folder)
    described = {}
    for name, array in arrays.items():
        sums = sums_of(array)
        described[name] = {"dtype": array.dtype.str, "shape": array.shape, "sums": sums}
        _write(_path(folder, name), bytes_of(array))
    text = json.dumps({**header, "arrays": described})
    _write(folder / _HEADER, json.dumps({"header": text, "sum": _sum(text)}).encode())
    sync_folder(folder)
    sync_folder(folder.parent)


def read_arrays(
    folder: Path,
) -> tuple[dict[str, NDArray[Any]], dict[str, Any], tuple[SummedFile, ...]]:
    """Return the arrays of a folder, memory-mapped and read-only, its header, and its files.

    Raises OSError, ValueError, KeyError and TypeError where files are missing, cut short or
    damaged; damage inside an array is for `SummedFile.is_whole` to find.
    """
    sealed = json.loads((folder / _HEADER).read_text(encoding="utf-8"))
    if _sum(sealed["header"]) != sealed["sum"]:
        raise ValueError(f"{_HEADER} does not say what was written into it")
    header = json.loads(sealed["header"])
    described = header.pop("arrays")
    arrays = {name: _read(folder, name, each) for name, each in described.items()}
    files = tuple(
        SummedFile(_path(folder, name), arrays[name].nbytes, tuple(each["sums"]))
        for name, each in described.items()
    )
    return arrays, header, files


def _read(folder: Path, name: str, described: Mapping[str, Any]) -> NDArray[Any]:
    dtype, shape = np.dtype(described["dtype"]), tuple(described["shape"])
    if 0 in shape:
        return np.empty(shape, dtype)
    return np.memmap(_path(folder, name), dtype, mode="r", shape=shape).view(np.ndarray)


def _write(path: Path, data: bytes | memoryview) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.bin"


def _sum(text: str) -> int:
    return crc32(text.encode())
