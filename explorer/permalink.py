"""A draft as URL query parameters, and back.

Every parameter stands for one attribute of the draft, is left out at its default, and is written in
characters that a URL carries as they are, as far as its content allows:

    v=1&collection=emoji&using=text&mode=discover&target=12&pairs=7.9.31.&limit=10

Examples are separated by dots. An id is written plainly, a raw vector as `*` and the base64url of
its float32 numbers, with its label after a second `*`. `pairs` alternates positives and negatives;
an open side is empty. Conditions are JSON lists, selected ids are written as ranges. Parameters of
other names are ignored: they belong to the page, or to a later version.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from dataclasses import astuple
from typing import TYPE_CHECKING, Any, NoReturn, cast, get_args

import numpy as np
from qdrant_client import models

from engine.errors import FormatError
from engine.ids import parse_point_id
from explorer.conditions import AnyOf, Between, Condition, Dated, Flag, HasText, IdsIn, Inside, Not
from explorer.draft import DEFAULT_LIMIT, DEFAULT_STRATEGY, MAX_LIMIT, Convention, Draft
from explorer.examples import Example, Examples, Mode, Pair, Role, Vector

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

VERSION = "1"
MAX_LENGTH = 16_000
"""How many characters all parameters may have together: what browsers and servers let through."""

MAX_SELECTION = 200_000
"""How many ids a selection in a link may stand for; ranges could otherwise ask for any number."""

PARAMETERS = (
    "v", "collection", "using", "mode", "target", "positive", "negative", "pairs", "role",
    "strategy", "limit", "offset", "threshold", "where", "text", "convention",
)  # fmt: skip
"""The names that `encode` may write, so that a page can take away those that it wrote before."""

_KINDS: dict[str, Callable[..., Condition]] = {
    "any": AnyOf,
    "flag": Flag,
    "between": Between,
    "dated": Dated,
    "text": HasText,
    "inside": Inside,
}


class PermalinkError(ValueError):
    """A link cannot be read, or a draft is too long for one; the message says which part."""


def encode(draft: Draft) -> dict[str, str]:
    """Return the parameters of a link that `decode` turns into an equal draft.

    Raises PermalinkError when they are longer than `MAX_LENGTH`.
    """
    examples = draft.examples
    sides = [side for pair in examples.pairs for side in (pair.positive, pair.negative)]
    written = {
        "v": VERSION,
        "collection": draft.collection,
        "using": draft.using,
        "mode": "" if draft.mode is Mode.NEAREST else draft.mode.value,
        "target": _write_example(examples.target),
        "positive": _write_examples(examples.positives),
        "negative": _write_examples(examples.negatives),
        "pairs": _write_examples(sides),
        "role": draft.pinned.value if draft.pinned else "",
        "strategy": "" if draft.strategy is DEFAULT_STRATEGY else draft.strategy.value,
        "limit": "" if draft.limit == DEFAULT_LIMIT else str(draft.limit),
        "offset": str(draft.offset or ""),
        "threshold": "" if draft.threshold is None else repr(draft.threshold),
        "where": _write_conditions(draft.conditions),
        "text": draft.text,
        "convention": "" if draft.convention == "qdrant" else draft.convention,
    }
    return _within_length({name: value for name, value in written.items() if value})


def decode(parameters: Mapping[str, str]) -> Draft:
    """Return the draft that a link stands for.

    Raises PermalinkError for a missing collection, another version, or a value that cannot be read.
    """
    given = _within_length({n: parameters[n] for n in PARAMETERS if n in parameters})
    if given.get("v", VERSION) != VERSION:
        _fail("v", given["v"], f"this app reads links of version {VERSION}")
    if not given.get("collection"):
        raise PermalinkError("The link names no collection.")
    role = given.get("role")
    return Draft(
        collection=given["collection"],
        using=given.get("using", ""),
        mode=Mode(_choice(given, "mode", [m.value for m in Mode], Mode.NEAREST.value)),
        examples=_read_all_examples(given),
        pinned=Role(_choice(given, "role", [r.value for r in Role], "")) if role else None,
        strategy=models.RecommendStrategy(
            _choice(
                given,
                "strategy",
                [s.value for s in models.RecommendStrategy],
                DEFAULT_STRATEGY.value,
            )
        ),
        limit=_whole(given, "limit", 1, MAX_LIMIT, DEFAULT_LIMIT),
        offset=_whole(given, "offset", 0, 10**9, 0),
        threshold=_threshold(given.get("threshold", "")),
        conditions=_read_conditions(given.get("where", "")),
        text=given.get("text", "").strip(),
        convention=cast("Convention", _choice(given, "convention", get_args(Convention), "qdrant")),
    )


def _within_length(parameters: dict[str, str]) -> dict[str, str]:
    length = sum(len(name) + len(value) + 2 for name, value in parameters.items())
    if length > MAX_LENGTH:
        raise PermalinkError(
            f"The link would have {length:,} characters; at most {MAX_LENGTH:,} travel safely. "
            "Use fewer examples, or a smaller selection."
        )
    return parameters


def _write_examples(examples: tuple[Example, ...] | list[Example | None]) -> str:
    return ".".join(_write_example(example) for example in examples)


def _write_example(example: Example | None) -> str:
    if not isinstance(example, Vector):
        return "" if example is None else str(example)
    numbers = np.asarray(example.values, dtype="<f4").tobytes()
    label = f"*{_to_base64(example.label.encode())}" if example.label else ""
    return f"*{_to_base64(numbers)}{label}"


def _read_all_examples(given: Mapping[str, str]) -> Examples:
    positives, negatives, sides = (
        [_read_example(name, token) for token in given[name].split(".")] if given.get(name) else []
        for name in ("positive", "negative", "pairs")
    )
    if len(sides) % 2:
        _fail("pairs", given["pairs"], "each pair needs two sides")
    return Examples(
        target=_read_example("target", given.get("target", "")),
        positives=tuple(e for e in positives if e is not None),
        negatives=tuple(e for e in negatives if e is not None),
        pairs=tuple(
            Pair(positive, negative)
            for positive, negative in zip(sides[::2], sides[1::2], strict=True)
            if (positive, negative) != (None, None)
        ),
    )


def _read_example(name: str, token: str) -> Example | None:
    if not token:
        return None
    return _read_vector(name, token) if token.startswith("*") else _read_id(name, token)


def _read_vector(name: str, token: str) -> Vector:
    numbers, _, label = token[1:].partition("*")
    try:
        values = np.frombuffer(_from_base64(numbers), dtype="<f4")
        return Vector(tuple(values.tolist()), _from_base64(label).decode())
    except (ValueError, binascii.Error) as error:
        _fail(name, token, f"not a vector of float32 numbers: {error}")


def _read_id(name: str, token: str) -> int | str:
    try:
        return parse_point_id(int(token) if re.fullmatch("[0-9]{1,20}", token) else token)
    except FormatError:
        _fail(name, token, "a point id is a whole number below 2^64 or a UUID")


def _write_conditions(conditions: tuple[Condition, ...]) -> str:
    lists = [_condition_to_list(condition) for condition in conditions]
    return json.dumps(lists, separators=(",", ":"), ensure_ascii=False) if lists else ""


def _condition_to_list(condition: Condition) -> list[Any]:
    if isinstance(condition, Not):
        return ["not", _condition_to_list(condition.inner)]
    if isinstance(condition, IdsIn):
        return ["ids", write_ids(condition.ids)]
    kind = next(name for name, cls in _KINDS.items() if cls is type(condition))
    return [kind, *astuple(condition)]


def _read_conditions(text: str) -> tuple[Condition, ...]:
    if not text:
        return ()
    try:
        return tuple(_condition_from_list(entry) for entry in json.loads(text))
    except (TypeError, ValueError, RecursionError) as error:
        _fail("where", text, str(error).partition("\n")[0])


def _condition_from_list(entry: Any) -> Condition:
    """Return a condition that the Query API accepts. Raises TypeError or ValueError."""
    kind, *arguments = entry
    condition: Condition
    if kind == "not":
        inner = _condition_from_list(*arguments)
        if isinstance(inner, Not):
            raise ValueError("a condition cannot be negated twice")
        condition = Not(inner)
    elif kind == "ids":
        condition = IdsIn(tuple(read_ids(*arguments)))
    elif kind in _KINDS:
        condition = _KINDS[kind](*arguments)
    else:
        raise ValueError(f"unknown kind of condition {kind!r}")
    condition.condition()  # pydantic rejects a field or a value of the wrong type
    return condition


def write_ids(ids: Sequence[int | str]) -> str:
    """Return ids such as `1-4.9`, runs of ascending integers joined; others come last."""
    runs: list[list[int]] = []
    for point in ids:
        if not isinstance(point, int):
            continue
        if runs and point == runs[-1][1] + 1:
            runs[-1][1] = point
        else:
            runs.append([point, point])
    numbers = [str(first) if first == last else f"{first}-{last}" for first, last in runs]
    return ".".join([*numbers, *(point for point in ids if isinstance(point, str))])


def read_ids(text: str) -> list[int | str]:
    """Return the ids that `write_ids` wrote. Raises ValueError."""
    ids: list[int | str] = []
    for token in text.split("."):
        run = re.fullmatch("([0-9]{1,20})-([0-9]{1,20})", token)
        if run is None:
            ids.append(_read_id("where", token))
            continue
        first, last = int(run[1]), int(run[2])
        if len(ids) + last - first >= MAX_SELECTION:
            raise ValueError(f"a selection of more than {MAX_SELECTION:,} points")
        ids.extend(range(first, last + 1))
    return ids


def _choice(given: Mapping[str, str], name: str, allowed: Sequence[str], default: str) -> str:
    value = given.get(name) or default
    if value not in allowed:
        _fail(name, value, f"expected one of {', '.join(allowed)}")
    return value


def _whole(given: Mapping[str, str], name: str, low: int, high: int, default: int) -> int:
    text = given.get(name) or str(default)
    if not re.fullmatch("[0-9]{1,10}", text) or not low <= int(text) <= high:
        _fail(name, text, f"expected a whole number from {low} to {high}")
    return int(text)


def _threshold(text: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        _fail("threshold", text, "expected a finite number")
    return value


def _to_base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _from_base64(text: str) -> bytes:
    standard = text.replace("-", "+").replace("_", "/")
    return base64.b64decode(standard + "=" * (-len(text) % 4), validate=True)


def _fail(name: str, value: str, reason: str) -> NoReturn:
    shown = value if len(value) <= 60 else f"{value[:60]}…"
    raise PermalinkError(f"The link's {name} {shown!r} cannot be read: {reason}.")
