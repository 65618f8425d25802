"""The import graph: layers point one way, and the program runs without the development tools."""

import ast
from pathlib import Path
from typing import TypeGuard

import pytest

ROOT = Path(__file__).parent.parent
FORBIDDEN = {
    "engine": {"explorer", "pages", "app", "streamlit", "plotly", "umap"},
    "explorer": {"pages", "app", "streamlit"},
}
DEVELOPMENT_ONLY = {
    "faiss",
    "hypothesis",
    "lancedb",
    "mypy",
    "networkx",
    "playwright",
    "pytest",
    "qdrant_edge",
    "ruff",
    "schemathesis",
    "usearch",
    "vega_datasets",
}


def modules(layer: str) -> list[Path]:
    return sorted((ROOT / layer).rglob("*.py"))


def imported_packages(path: Path) -> set[str]:
    """Top-level packages that a file imports anywhere, inside functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write imports from the top, not relative ones"
            found.add((node.module or "").split(".")[0])
    return found


@pytest.mark.parametrize("layer", FORBIDDEN)
def test_layers_point_one_way(layer):
    assert modules(layer), f"{layer} has no modules"
    wrong = {
        str(path.relative_to(ROOT)): sorted(imported_packages(path) & FORBIDDEN[layer])
        for path in modules(layer)
    }
    assert {path: found for path, found in wrong.items() if found} == {}


def test_only_the_engines_servers_speak_http():
    for path in modules("engine"):
        if not path.is_relative_to(ROOT / "engine" / "api"):
            assert not imported_packages(path) & {"fastapi", "grpc", "starlette", "uvicorn"}, path


@pytest.mark.parametrize("layer", ["engine", "explorer", "pages"])
def test_nothing_unpickles_or_evaluates(layer):
    for path in modules(layer):
        assert not imported_packages(path) & {"pickle", "dill", "joblib", "shelve"}, path
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"eval", "exec"}, f"{path}:{node.lineno}"


def named_imports(path: Path) -> set[str]:
    """Top-level packages of the modules that a file imports by `import_module("name")`."""
    calls = [n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if is_import(n)]
    names = [call.args[0] for call in calls]
    return {str(n.value).split(".")[0] for n in names if isinstance(n, ast.Constant)}


def is_import(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module")


@pytest.mark.parametrize("layer", ["engine", "explorer", "pages", "app.py"])
def test_the_program_does_without_development_tools(layer):
    """A dependency that only a group for development names would pass every other test."""
    for path in [ROOT / layer] if layer.endswith(".py") else modules(layer):
        assert not (imported_packages(path) | named_imports(path)) & DEVELOPMENT_ONLY, path
