"""Folders of the data folder: safe names for collections, durable making and renaming."""

from __future__ import annotations

import os
import re
from hashlib import sha256
from typing import TYPE_CHECKING

from engine.errors import FolderNotWritable, WrongInput

if TYPE_CHECKING:
    from pathlib import Path

_FORBIDDEN = frozenset('<>:"/\\|?*')
_UNPRINTED = re.compile("[\\0-\\x1f\\x7f\\ud800-\\udfff]")
_MAX_NAME = 255
_MAX_FOLDER = 120  # bytes; leaves room for paths with a short limit


def check_collection_name(name: str) -> None:
    """Raise WrongInput for names that Qdrant refuses, and for text that is no Unicode."""
    if not name or len(name) > _MAX_NAME:
        raise WrongInput(
            f"collection name must have 1 to {_MAX_NAME} characters, this one has {len(name)}"
        )
    for character in name:
        if character in _FORBIDDEN or _UNPRINTED.match(character):
            raise WrongInput(
                f"collection name cannot contain {character!r}; "
                'control characters, surrogates and < > : " / \\ | ? * are not allowed'
            )


def folder_name(name: str) -> str:
    """Return a folder name for a collection that every file system tells apart.

    Lower-case letters, digits, `-` and `_` stand for themselves and other bytes are escaped,
    capitals too, since some file systems ignore case; long names are cut and end with a hash.
    """
    escaped = "".join(
        character if character in _PLAIN else f"%{byte:02x}"
        for byte in name.encode("utf-8", "surrogatepass")
        for character in [chr(byte)]
    )
    if len(escaped) <= _MAX_FOLDER:
        return escaped
    digest = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"{escaped[: _MAX_FOLDER - 33]}~{digest}"


_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")


def make_folder(path: Path) -> None:
    """Make a folder with its parents; raises FolderNotWritable with what to do about it."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FolderNotWritable(
            f"Cannot make the folder {path}: {error.strerror}. "
            "Choose a folder that you may write to with SEXTANT_DATA."
        ) from error


def rename_folder(before: Path, after: Path) -> None:
    """Rename a folder so that the new name survives a power cut."""
    try:
        before.rename(after)
    except OSError as error:
        raise FolderNotWritable(
            f"Cannot rename {before} to {after}: {error.strerror}. Close what has it open."
        ) from error
    sync_folder(after.parent)


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable, where the operating system has a call for it."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
