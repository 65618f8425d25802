"""A query as code: HTTP, Python and TypeScript that ask exactly the same; and back from JSON.

All three are printed from one request, in the shape in which Qdrant's documentation
writes them. Only what differs from a default is printed.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from enum import Enum
from keyword import iskeyword
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote

from pydantic import BaseModel, ValidationError
from qdrant_client import models

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH = 88
"""How many characters a printed line may have before it is broken."""

_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)
Request: TypeAlias = models.QueryRequest | models.QueryGroupsRequest

_CLIENT_NAMES = {"filter": "query_filter", "params": "search_params", "with_vector": "with_vectors"}
_CLIENT_DEFAULTS = {"limit": 10, "group_size": 3, "with_payload": True}
"""What `QdrantClient.query_points` and `query_points_groups` take when they are not told."""

_SERVER_DEFAULTS = {"limit": 10, "group_size": 3}


class PasteError(ValueError):
    """Pasted text is no query; the message says where it goes wrong."""


def http(collection: str, request: Request) -> str:
    """Return the HTTP request: its first line, and its body as JSON."""
    path = f"/collections/{quote(collection, safe='')}/points/query"
    if isinstance(request, models.QueryGroupsRequest):
        path += "/groups"
    return f"POST {path}\n{_lay_out(_json_tree(_body(request)), _Style(indent=2, last=''))}\n"


def python(collection: str, request: Request, url: str = "http://localhost:6333") -> str:
    """Return a Python program that asks through `qdrant_client` at `url`.

    `hits` is the answer; `groups` is that of a request for groups.
    """
    grouped = isinstance(request, models.QueryGroupsRequest)
    name, method, answer = (
        ("groups", "query_points_groups", "groups")
        if grouped
        else ("hits", "query_points", "points")
    )
    asked = {"with_payload": False, **dict(_set_fields(request))}
    arguments = [
        (_CLIENT_NAMES.get(name, name), value)
        for name, value in asked.items()
        if _CLIENT_DEFAULTS.get(name) != value
    ]
    call = _Call(f"client.{method}", [("collection_name", collection), *arguments])
    return (
        "from qdrant_client import QdrantClient, models\n\n"
        f"client = QdrantClient(url={_quote(url)})\n\n"
        f"{name} = {_lay_out(_python_tree(call), _CODE, len(f'{name} = '))}.{answer}\n"
    )


def python_matrix(
    collection: str, request: models.SearchMatrixRequest, url: str = "http://localhost:6333"
) -> str:
    """Return a Python program that asks for a distance matrix; `matrix` is the answer."""
    asked = [(_CLIENT_NAMES.get(name, name), value) for name, value in _set_fields(request)]
    call = _Call("client.search_matrix_offsets", [("collection_name", collection), *asked])
    return (
        "from qdrant_client import QdrantClient, models\n\n"
        f"client = QdrantClient(url={_quote(url)})\n\n"
        f"matrix = {_lay_out(_python_tree(call), _CODE, len('matrix = '))}\n"
    )


def typescript(collection: str, request: Request, url: str = "http://localhost:6333") -> str:
    """Return a TypeScript module that asks through `@qdrant/js-client-rest` at `url`."""
    grouped = isinstance(request, models.QueryGroupsRequest)
    method, answer = ("queryGroups", "groups") if grouped else ("query", "points")
    body = _lay_out(_typescript_tree(_body(request)), _CODE)
    return (
        'import { QdrantClient } from "@qdrant/js-client-rest";\n\n'
        f"const client = new QdrantClient({{ url: {_quote(url)} }});\n\n"
        f"const {{ {answer} }} = await client.{method}({_quote(collection)}, {body});\n"
    )


def from_json(text: str) -> models.QueryRequest:
    """Return the request that a JSON body stands for, as pasted from an HTTP example.

    A first line such as `POST /collections/…/points/query` is skipped. Raises PasteError.
    """
    body = re.sub(r"\A\s*(?:POST|PUT)\s[^\n]*\n", "", text)
    try:
        return models.QueryRequest.model_validate(json.loads(body))
    except json.JSONDecodeError as error:
        raise PasteError(
            f"This is no JSON: {error.msg} in line {error.lineno}, column {error.colno}."
        ) from error
    except RecursionError as error:
        raise PasteError("This JSON is nested too deeply for a query.") from error
    except ValidationError as error:
        raise PasteError(_explain(error)) from error


def _explain(error: ValidationError) -> str:
    """Say what is wrong at the place that most of a union's branches complain about."""
    first = error.errors(include_url=False)[0]
    field = first["loc"][0] if first["loc"] else "the body"
    return f"This is no query: {field}: {first['msg']}."


@dataclass(frozen=True, slots=True)
class _Call:
    """A call or constructor to be printed."""

    name: str
    arguments: Sequence[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class _Tree:
    """Code that can be broken over lines: items between an opening and a closing, or an atom."""

    opening: str
    items: Sequence[tuple[str, _Tree]] = ()
    closing: str = ""
    spaced: bool = False

    def in_line(self) -> str:
        inner = ", ".join(prefix + item.in_line() for prefix, item in self.items)
        gap = " " if self.spaced and self.items else ""
        return f"{self.opening}{gap}{inner}{gap}{self.closing}"


@dataclass(frozen=True, slots=True)
class _Style:
    """How broken code looks: spaces per level, and what follows the last item."""

    indent: int = 4
    last: str = ","


_CODE = _Style()


def _lay_out(tree: _Tree, style: _Style, column: int = 0, level: int = 0) -> str:
    """Return the code on one line where it fits, else one item a line; numbers stay together."""
    flat = tree.in_line()
    if not tree.items or column + len(flat) <= WIDTH:
        return flat
    inner = " " * (style.indent * (level + 1))
    if all(not item.items and not prefix for prefix, item in tree.items):
        lines = _filled([item.in_line() for _, item in tree.items], len(inner))
    else:
        lines = [
            prefix + _lay_out(item, style, len(inner) + len(prefix) + 1, level + 1)
            for prefix, item in tree.items
        ]
    body = ",\n".join(inner + line for line in lines)
    return f"{tree.opening}\n{body}{style.last}\n{' ' * (style.indent * level)}{tree.closing}"


def _filled(atoms: Sequence[str], column: int) -> list[str]:
    lines = [atoms[0]]
    for atom in atoms[1:]:
        if column + len(lines[-1]) + len(atom) + 3 <= WIDTH:
            lines[-1] += f", {atom}"
        else:
            lines.append(atom)
    return lines


def _body(request: Request) -> dict[str, Any]:
    body = request.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {name: v for name, v in body.items() if _SERVER_DEFAULTS.get(name) != v}


def _json_tree(value: Any) -> _Tree:
    if isinstance(value, dict):
        return _Tree(
            "{", [(f"{_quote(k)}: ", _json_tree(v)) for k, v in value.items()], "}", spaced=True
        )
    if isinstance(value, list):
        return _Tree("[", [("", _json_tree(v)) for v in value], "]")
    return _Tree(json.dumps(value, ensure_ascii=False))


def _typescript_tree(value: Any) -> _Tree:
    if isinstance(value, dict):
        return _Tree(
            "{", [(f"{_key(k)}: ", _typescript_tree(v)) for k, v in value.items()], "}", spaced=True
        )
    if isinstance(value, list):
        return _Tree("[", [("", _typescript_tree(v)) for v in value], "]")
    return _Tree(json.dumps(value, ensure_ascii=False))


def _key(name: str) -> str:
    return name if _IDENTIFIER.fullmatch(name) else _quote(name)


def _python_tree(value: Any) -> _Tree:
    if isinstance(value, BaseModel):
        return _python_tree(_Call(f"models.{type(value).__name__}", _set_fields(value)))
    if isinstance(value, _Call):
        return _Tree(f"{value.name}(", [_argument(*a) for a in value.arguments], ")")
    if isinstance(value, list | tuple):
        return _Tree("[", [("", _python_tree(v)) for v in value], "]")
    if isinstance(value, dict):
        return _Tree("{", [(f"{_quote(k)}: ", _python_tree(v)) for k, v in value.items()], "}")
    return _Tree(_python_atom(value))


def _argument(name: str, value: Any) -> tuple[str, _Tree]:
    """Return a keyword argument; Qdrant's `except` is a word that Python keeps for itself."""
    if iskeyword(name):
        return "**", _python_tree({name: value})
    return f"{name}=", _python_tree(value)


def _python_atom(value: Any) -> str:
    if isinstance(value, Enum):
        return f"models.{type(value).__name__}.{value.name}"
    if isinstance(value, date):
        return _quote(value.isoformat())
    return _quote(value) if isinstance(value, str) else repr(value)


def _set_fields(model: BaseModel) -> list[tuple[str, Any]]:
    """Return the fields that are set, by the name under which a constructor takes them."""
    named = ((info.alias or name, name) for name, info in type(model).model_fields.items())
    found = ((shown, getattr(model, name)) for shown, name in named)
    return [(shown, value) for shown, value in found if value is not None]


def _quote(text: str) -> str:
    """Return a string literal that JSON, Python and TypeScript all read as this text."""
    return (
        json.dumps(text, ensure_ascii=False)
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029")
    )
