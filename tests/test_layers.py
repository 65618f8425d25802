"""The import graph: layers point one way, and the program runs without the development tools."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FORBIDDEN = {
    "engine": {"explorer", "pages", "app", "streamlit", "plotly", "umap"},
    "explorer": {"pages", "app", "streamlit"},
}
DEVELOPMENT_ONLY = [
    "hypothesis",
    "networkx",
    "playwright",
    "pytest",
    "qdrant_edge",
    "vega_datasets",
]


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


def test_the_program_imports_without_development_tools():
    """A dependency that only the development group names would pass every other test."""
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for layer in ("engine", "explorer")
        for path in modules(layer)
        if path.name != "__main__.py"
    ]
    program = (
        "import sys, importlib\n"
        f"blocked = {DEVELOPMENT_ONLY!r}\n"
        "class Block:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in blocked: raise ImportError(name)\n"
        "sys.meta_path.insert(0, Block())\n"
        f"for name in {names!r}: importlib.import_module(name)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
