"""Stored JSON, read back."""

from __future__ import annotations

import json
from typing import Any

from pydantic_core import from_json

from engine.errors import CollectionCorrupt


def decoded(text: bytes) -> Any:
    """Return what JSON says, four times faster than by `json`, which reads what is rare.

    Raises CollectionCorrupt for what was never written as JSON.
    """
    try:
        return from_json(text)
    except ValueError:  # half of a surrogate pair, or nested more than 200 deep
        pass
    try:
        return json.loads(text)
    except ValueError as error:
        raise CollectionCorrupt(
            f"A payload is damaged: {error}. Restore the collection from a backup, or delete it."
        ) from error
