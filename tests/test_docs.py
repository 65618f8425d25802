"""The documentation is true: its Python runs, its links lead somewhere, its commands exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "datasets/*/README.md", "explorer/frontend/*.md")
    for path in ROOT.glob(pattern)
)
SNIPPET = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
COMMAND = re.compile(r"`make ([a-z]+)`|^make ([a-z]+)$", re.MULTILINE)


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def snippets() -> list[tuple[str, str]]:
    return [
        (f"{named(path)}:{number}", found)
        for path in PAGES
        for number, found in enumerate(SNIPPET.findall(path.read_text(encoding="utf-8")))
    ]


def test_the_readme_has_python_to_run():
    assert any(name.startswith("README.md") for name, _ in snippets())


@pytest.mark.parametrize(
    "snippet", [code for _, code in snippets()], ids=[n for n, _ in snippets()]
)
def test_python_in_the_documentation_runs(snippet):
    exec(compile(snippet, "<documentation>", "exec"), {})


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page):
    links = LINK.findall(page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_commands_exist(page):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    asked = {one or other for one, other in COMMAND.findall(page.read_text(encoding="utf-8"))}
    assert asked <= targets
