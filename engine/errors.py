"""Every error the engine raises.

EngineError
├── Abandoned                 nobody waits for the answer any more
├── RequestError              the caller can mend it; `status` is the HTTP status Qdrant answers
│   ├── WrongInput            400  "Wrong input: ..."   vectors, names, indexes, formulas
│   ├── BadRequest            400  "Bad request: ..."   the shape of a query
│   ├── FormatError           400  "Format error in JSON body: ..."
│   ├── NotFound              404  "Not found: ..."
│   ├── Conflict              409  "Wrong input: ..."   already exists
│   ├── InvalidRequest        422  "Validation error in JSON body: [...]"
│   └── NotSupported          501  a part of the Query API that this version does not have
└── StorageError              the data folder
    ├── FolderLocked          another process has it open
    ├── FolderNotWritable     no permission, or no space
    └── CollectionCorrupt     a file of one collection is damaged; the others still open
"""

from __future__ import annotations

from reprlib import Repr

_MOST_BITS = 256


class _Brief(Repr):
    """Numbers too, which Python does not write when they are long enough."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = 80
        self.maxlevel = 2

    def repr_int(self, x: int, level: int) -> str:
        """Return a number, or how long it is."""
        if x.bit_length() > _MOST_BITS:
            return f"an integer of {x.bit_length()} bits"
        return super().repr_int(x, level)


_brief = _Brief()


def shown(value: object) -> str:
    """Return a value as messages show it: in a line, however large or deep it is."""
    return " ".join(_brief.repr(value).split())


class EngineError(Exception):
    """Base of everything the engine raises on purpose."""


class Abandoned(EngineError):
    """The work ended early, because nobody waits for its answer any more."""


class RequestError(EngineError):
    """The request is at fault. `str(error)` is the message Qdrant gives, prefix included."""

    status = 400
    prefix = ""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{self.prefix}{reason}")


class WrongInput(RequestError):
    """A vector, a name, an index or a formula does not fit the collection."""

    prefix = "Wrong input: "


class BadRequest(RequestError):
    """The parts of the query do not go together."""

    prefix = "Bad request: "


class FormatError(RequestError):
    """The request cannot be decoded."""

    prefix = "Format error in JSON body: "


class NotFound(RequestError):
    """A collection, point or vector that is named does not exist."""

    status = 404
    prefix = "Not found: "


class Conflict(RequestError):
    """What should be made exists already."""

    status = 409
    prefix = "Wrong input: "


class InvalidRequest(RequestError):
    """A value is outside its allowed range; `path` is the field as the server names it."""

    status = 422

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"Validation error in JSON body: [{path}: {reason}]")


class NotSupported(RequestError):
    """A part of the Query API that this version does not have yet."""

    status = 501
    prefix = "Not supported: "


class StorageError(EngineError):
    """The data folder is at fault; the message names the file and what to do."""


class FolderLocked(StorageError):
    """Another process has the data folder open."""


class FolderNotWritable(StorageError):
    """The data folder cannot be written: no permission, or no space."""


class CollectionCorrupt(StorageError):
    """A file of one collection is damaged or cut short."""
