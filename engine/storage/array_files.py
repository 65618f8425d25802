"""Arrays in a folder, one .npy file each, read back through memory maps."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.storage.folders import make_folder, sync_folder

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
    for name, array in arrays.items():
        with (folder / f"{name}.npy").open("wb") as file:
            np.lib.format.write_array(file, np.ascontiguousarray(array), allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
    with (folder / _HEADER).open("w", encoding="utf-8") as text:
        json.dump({**header, "arrays": sorted(arrays)}, text)
        text.flush()
        os.fsync(text.fileno())
    sync_folder(folder)
    sync_folder(folder.parent)


def read_arrays(folder: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Return the arrays of a folder, memory-mapped and read-only, and its header.

    Raises OSError and ValueError where files are missing, cut short or damaged.
    """
    header = json.loads((folder / _HEADER).read_text(encoding="utf-8"))
    arrays = {
        name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False).view(np.ndarray)
        for name in header.pop("arrays")
    }
    return arrays, header
