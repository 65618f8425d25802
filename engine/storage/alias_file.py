"""The aliases of a data folder: one small JSON file, replaced as a whole."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING
from zlib import crc32

from engine.errors import CollectionCorrupt, FolderNotWritable
from engine.storage.folders import sync_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_NAME = "aliases.json"


def read_aliases(folder: Path) -> dict[str, str]:
    """Return collection names by alias; none when there is no file yet.

    Raises CollectionCorrupt when the file is damaged.
    """
    path = folder / _NAME
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise _corrupt(path, str(error)) from error
    if isinstance(stored, dict) and isinstance(text := stored.get("aliases"), str):
        if stored.get("sum") != crc32(text.encode()):
            raise _corrupt(path, "it does not hold what was written into it")
        stored = json.loads(text)
    if not isinstance(stored, dict) or not all(isinstance(v, str) for v in stored.values()):
        raise _corrupt(path, "it does not hold names by alias")
    return stored


def write_aliases(folder: Path, aliases: Mapping[str, str]) -> None:
    """Replace the aliases, durably and all at once.

    Raises FolderNotWritable when the file cannot be written; the old one stays.
    """
    unfinished = folder / f".{_NAME}"
    text = json.dumps(dict(aliases))
    try:
        with unfinished.open("w", encoding="utf-8") as file:
            json.dump({"aliases": text, "sum": crc32(text.encode())}, file)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(folder / _NAME)
    except OSError as error:
        raise FolderNotWritable(
            f"Cannot write {folder / _NAME}: {error.strerror}. The aliases stay as they were; free "
            "some space, or choose another folder with SEXTANT_DATA."
        ) from error
    sync_folder(folder)


def _corrupt(path: Path, reason: str) -> CollectionCorrupt:
    return CollectionCorrupt(
        f"{path} is damaged: {reason}. Restore the file from a backup, or delete it to go on "
        "without aliases."
    )
