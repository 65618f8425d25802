"""The OpenAPI document, and a page that shows every operation of it and loads nothing.

Making the document takes seconds the first time; these are plain functions, so that FastAPI calls
them in a thread.
"""

from __future__ import annotations

import json
from html import escape
from string import Template
from typing import TYPE_CHECKING, Any

from fastapi import Request  # noqa: TC002 - FastAPI reads the annotation
from fastapi.responses import HTMLResponse, JSONResponse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PAGE = Template("""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>$title</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
       color-scheme: light dark; }
code, pre { font: 13px/1.45 ui-monospace, monospace; }
pre { overflow-x: auto; max-height: 30rem; padding: .7rem; border: 1px solid #8884; }
summary { cursor: pointer; padding: .2rem 0; }
b { display: inline-block; min-width: 4rem; }
</style>
<h1>$title</h1>
<p>$summary. The same as a document for programs: <a href="/openapi.json">openapi.json</a>.</p>
$operations
<h2>Models</h2>
$models
</html>
""")


def openapi_document(request: Request) -> JSONResponse:
    """Return the OpenAPI document."""
    return JSONResponse(request.app.openapi())


def reference_page(request: Request) -> HTMLResponse:
    """Return the page."""
    document: dict[str, Any] = request.app.openapi()
    about = document["info"]
    return HTMLResponse(
        _PAGE.substitute(
            title=escape(about["title"]),
            summary=escape(about["summary"]),
            operations="\n".join(_operations(document)),
            models="\n".join(_models(document["components"]["schemas"])),
        )
    )


def _operations(document: Mapping[str, Any]) -> Iterator[str]:
    tag = None
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if operation["tags"][0] != tag:
                tag = operation["tags"][0]
                yield f"<h2>{escape(tag.capitalize())}</h2>"
            yield _operation(path, method, operation)


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> str:
    asked = [f"{one['name']} ({one['in']})" for one in operation.get("parameters", ())]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    parts = [
        f"<details><summary><b>{method.upper()}</b> <code>{escape(path)}</code></summary>",
        f"<p>{escape(operation.get('description', ''))}</p>",
        f"<p>Parameters: {escape(', '.join(asked))}</p>" if asked else "",
        f"<p>Body: {_links(body['schema'])}</p>" if body else "",
        "</details>",
    ]
    return "".join(parts)


def _links(schema: Mapping[str, Any]) -> str:
    names = [one["$ref"].rsplit("/", 1)[-1] for one in schema.get("anyOf", [schema])]
    return " or ".join(f'<a href="#{name}"><code>{escape(name)}</code></a>' for name in names)


def _models(schemas: Mapping[str, Any]) -> Iterator[str]:
    for name, schema in sorted(schemas.items()):
        text = escape(json.dumps(schema, indent=2, ensure_ascii=False))
        yield (
            f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary>'
            f"<pre>{text}</pre></details>"
        )
