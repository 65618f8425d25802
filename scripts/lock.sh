#!/bin/sh
# Renews both locks: versions and hashes, no URLs. Run after a change of dependencies in pyproject.toml.
set -eu
compile() {
    .venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes \
        --no-annotate --no-header --no-emit-index-url --quiet "$@"
}
compile pyproject.toml --group dev -o requirements.lock
compile --group pyproject.toml:bench --constraint requirements.lock -o requirements-bench.lock
compile pyproject.toml --extra index --constraint requirements.lock -o requirements-index.all
.venv/bin/python - <<'PY'
from pathlib import Path

lines = Path("requirements-index.all").read_text().splitlines()
start = next(i for i, line in enumerate(lines) if line.startswith("hnswlib=="))
end = next((i for i in range(start + 1, len(lines)) if not lines[i].startswith(" ")), len(lines))
Path("requirements-index.lock").write_text("\n".join(lines[start:end]) + "\n")
PY
rm requirements-index.all
