"""Arguments of the engine's methods: each is of the kind that its annotation says, or refused.

The methods of classes marked `checked` look at their arguments before they do anything, so a wrong
one is named as it was given and changes nothing. What is inside of models is looked at only when
something did not work; so is all that `query_points` is given, which is asked most often and is a
model by then (`engine.query.run`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import wraps
from inspect import signature
from numbers import Real
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, get_args

import numpy as np
from pydantic import BaseModel, ValidationError
from qdrant_client import models

from engine.errors import InvalidRequest, shown

if TYPE_CHECKING:
    from collections.abc import Callable

    T = TypeVar("T")

UNFIT = AttributeError, KeyError, TypeError, ValueError, OverflowError, RecursionError
"""What values lead to that are not of the kind that a model says, wherever they are used first."""

_OR_NONE = " | None"
_FLOAT_BITS = 1023


class Kind(NamedTuple):
    """What an argument may be.

    Attributes:
        expected: the same in words.
        fits: whether a value is.

    """

    expected: str
    fits: Callable[[Any], bool]

    def check(self, name: str, value: object) -> None:
        """Raise InvalidRequest, which names the argument, for a value that does not fit."""
        if not self.fits(value):
            raise self.refusal(name, value)

    def refusal(self, name: str, value: object) -> InvalidRequest:
        """Return the error for an argument of this name."""
        return InvalidRequest(name, f"value {shown(value)} invalid, must be {self.expected}")

    def or_none(self) -> Kind:
        """Return the kind that may be left out as well."""
        return Kind(f"{self.expected} or None", lambda value: value is None or self.fits(value))


def is_whole(value: object) -> bool:
    """Return whether a value is a whole number; True and False are none."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def is_number(value: object) -> bool:
    """Return whether a value is a real number that a float can hold; True and False are none."""
    if isinstance(value, int) and value.bit_length() > _FLOAT_BITS:
        return False
    return isinstance(value, Real) and not isinstance(value, (bool, np.bool_))


def is_listing(value: object) -> bool:
    """Return whether a value gives others one by one: no text, no bytes, no mapping, no model."""
    if isinstance(value, (list, tuple)):  # as most are
        return True
    if isinstance(value, np.ndarray):
        return value.ndim > 0
    return isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping, BaseModel))


def _are_columns(value: object) -> bool:
    """Return whether a value is a mapping of names to what has a length and can be cut."""
    if not isinstance(value, Mapping):
        return False
    return all(
        isinstance(name, str) and isinstance(column, (Sequence, np.ndarray)) and is_listing(column)
        for name, column in value.items()
    )


def _of(expected: str, *types: type) -> Kind:
    return Kind(expected, lambda value: isinstance(value, types))


def _listed(expected: str, *types: type) -> Kind:
    """Return the kind of a list, or another collection, all of whose elements are of some types."""

    def fits(value: Any) -> bool:
        if not is_listing(value) or not hasattr(value, "__len__"):
            return False
        return all(issubclass(kind, types) for kind in set(map(type, value)))

    return Kind(expected, fits)


def _either(expected: str, *kinds: Kind) -> Kind:
    return Kind(expected, lambda value: any(kind.fits(value) for kind in kinds))


_NAMES = _listed("a list of strings", str)
_IDS = Kind("a list of ids", is_listing)
_POINTS = (models.PointStruct, models.Record)

KINDS: dict[str, Kind] = {
    "str": _of("a string", str),
    "bool": _of("True or False", bool, np.bool_),
    "int": Kind("a whole number", is_whole),
    "float": Kind("a number", is_number),
    "dict[str, Any]": _of("a dict", dict),
    "Callable[[int, int], None]": Kind("a function", callable),
    "Sequence[str]": _NAMES,
    "Sequence[models.ExtendedPointId]": _IDS,
    "Iterable[models.ExtendedPointId]": _IDS,
    "Selector": _either(
        "a list of ids, a models.Filter, a models.FilterSelector or a models.PointIdsList",
        _of("", models.Filter, models.FilterSelector, models.PointIdsList),
        _IDS,
    ),
    "WithPayload": _either(
        "True, False, None, a list of paths, or a selector of qdrant_client.models",
        _of("", bool, type(None), *get_args(models.PayloadSelector)),
        _NAMES,
    ),
    "WithVectors": _either(
        "True, False, None or a list of names", _of("", bool, type(None)), _NAMES
    ),
    "models.Filter": _of("a models.Filter", models.Filter),
    "models.SearchParams": _of("a models.SearchParams", models.SearchParams),
    "models.LookupLocation": _of("a models.LookupLocation", models.LookupLocation),
    "models.WithLookupInterface": _of("a name or a models.WithLookup", str, models.WithLookup),
    "models.OrderByInterface": _of("a path or a models.OrderBy", str, models.OrderBy),
    "models.QueryRequest": _of("a models.QueryRequest", models.QueryRequest),
    "FieldSchema": _of(
        "a models.PayloadSchemaType, its name, or its parameters",
        *(str, type(None), *get_args(models.PayloadSchemaParams)),
    ),
    "models.UpdateMode": Kind(
        f"one of {', '.join(mode.value for mode in models.UpdateMode)}",
        lambda value: isinstance(value, str) and value in {*models.UpdateMode},
    ),
    "models.VectorNameConfig": _of(
        "a models.DenseVectorNameConfig or a models.SparseVectorNameConfig",
        *get_args(models.VectorNameConfig),
    ),
    "models.Prefetch | list[models.Prefetch]": _either(
        "a models.Prefetch or a list of them",
        _of("", models.Prefetch),
        _listed("", models.Prefetch),
    ),
    "models.Batch | Sequence[models.PointStruct]": _either(
        "a list of models.PointStruct or a models.Batch",
        _of("", models.Batch),
        _listed("", *_POINTS),
    ),
    "Iterable[Any] | Mapping[str, NDArray[Any]] | NDArray[Any]": Kind(
        "an array, a dict of arrays by name, or vectors one by one",
        lambda value: is_listing(value) or _are_columns(value),
    ),
    "Iterable[Mapping[str, Any] | None]": Kind("payloads, one by one", is_listing),
    "Iterable[models.PointStruct]": Kind("points, one by one", is_listing),
    "Sequence[models.PointVectors]": _listed("a list of models.PointVectors", models.PointVectors),
    "Sequence[models.QueryRequest]": _listed("a list of models.QueryRequest", models.QueryRequest),
    "Sequence[models.UpdateOperation]": _listed(
        "a list of models.UpsertOperation and the like", *get_args(models.UpdateOperation)
    ),
    "Sequence[models.AliasOperations]": _listed(
        "a list of models.CreateAliasOperation and the like", *get_args(models.AliasOperations)
    ),
}
"""What is checked, by the annotation of the argument as it is written, `| None` left out.

What is not among them is checked where it is used: vectors, ids, settings of collections.
"""


def kind_of(annotation: str) -> Kind | None:
    """Return what an argument with this annotation may be, None where that is not checked."""
    kind = KINDS.get(annotation)
    if kind is None and annotation.endswith(_OR_NONE):
        kind = KINDS.get(annotation.removesuffix(_OR_NONE))
        return None if kind is None else kind.or_none()
    return kind


def checked(*, but: str = "") -> Callable[[type[T]], type[T]]:
    """Return a mark for classes: their public methods, `but` one, refuse wrong arguments."""

    def marked(owner: type[T]) -> type[T]:
        for name, method in list(vars(owner).items()):
            if not name.startswith("_") and name != but and callable(method):
                setattr(owner, name, _checking(method))
        return owner

    return marked


def _checking(method: Callable[..., T]) -> Callable[..., T]:
    """Return a method that looks at its arguments first, in a microsecond."""
    names = tuple(signature(method).parameters)
    found = {
        name: kind_of(str(each.annotation)) for name, each in signature(method).parameters.items()
    }
    kinds = {name: kind for name, kind in found.items() if kind is not None}
    fits = {name: kind.fits for name, kind in kinds.items()}
    if not kinds:
        return method

    @wraps(method)
    def checking(*given: Any, **named: Any) -> T:
        for name, value in zip(names, given, strict=False):
            if name in fits and not fits[name](value):
                raise kinds[name].refusal(name, value)
        for name, value in named.items():
            if name in fits and not fits[name](value):
                raise kinds[name].refusal(name, value)
        try:
            return method(*given, **named)
        except UNFIT:
            for name, value in (*zip(names, given, strict=False), *named.items()):
                check_models(name, value)
            raise

    return checking


def check_models(name: str, value: object) -> None:
    """Raise InvalidRequest where models do not hold what they say.

    Those that were made without validation, or changed since, can hold anything. Looking at all of
    them takes longer than many a request, so that is done when one did not work.

    Args:
        name: of the argument.
        value: a model, or a list or dict of them; other values are not looked at.

    """
    if isinstance(value, BaseModel):
        empty = type(value).model_construct()
        for field, held in vars(value).items():
            if field != "query" or not isinstance(held, (np.ndarray, tuple)):  # a vector
                _check_field(f"{name}.{field}", empty, field, held)
    elif isinstance(value, (list, tuple)):
        for place, each in enumerate(value):
            check_models(f"{name}.{place}", each)
    elif isinstance(value, dict):
        for key, each in value.items():
            check_models(f"{name}.{key}", each)


def _check_field(path: str, empty: BaseModel, field: str, held: object) -> None:
    try:
        empty.__pydantic_validator__.validate_assignment(empty, field, held, strict=True)
    except ValidationError as error:
        raise unlike_its_model(error, path) from None
    except RecursionError:
        raise InvalidRequest(path, "is nested too deeply") from None
    for given, read in zip(_as_list(held), _as_list(getattr(empty, field)), strict=False):
        if isinstance(given, dict) and isinstance(read, BaseModel):
            expected = type(read).__name__
            raise InvalidRequest(path, f"value {shown(given)} invalid, must be a models.{expected}")
    check_models(path, held)


def _as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def unlike_its_model(error: ValidationError, path: str = "") -> InvalidRequest:
    """Return the first thing that is wrong with a value, at its path, or behind that of a field."""
    first = error.errors(include_url=False)[0]
    value, told = shown(first["input"]), first["msg"]
    if first["type"] == "model_type":
        told = f"must be a models.{first['ctx']['class_name']}"
    return InvalidRequest(
        path or ".".join(map(str, first["loc"])), f"value {value} invalid: {told}"
    )
