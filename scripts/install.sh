#!/bin/sh
# Makes $VENV from the locked requirements. hnswlib is built apart: it has no wheel, and nothing else needs a compiler.
set -eu
if ! "$PYTHON" -m venv "$VENV" 2>/dev/null; then
    if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
        apt-get update -qq && apt-get install -y -qq python3-venv
        "$PYTHON" -m venv "$VENV"
    else
        echo "sextant: cannot make a virtual environment: install your system's python3-venv package, then run again." >&2
        exit 1
    fi
fi
[ -x "$VENV/bin/uv" ] || "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check 'uv>=0.13'
"$VENV/bin/uv" pip install --quiet --compile-bytecode --python "$VENV/bin/python" --require-hashes -r requirements.lock
if ! "$VENV/bin/uv" pip install --quiet --python "$VENV/bin/python" --require-hashes --no-deps -r requirements-index.lock; then
    echo "sextant: hnswlib could not be built, so searches scan exactly (right answers, slower above ~100,000 points)." >&2
    echo "         To build it, install a C++ compiler (Debian: apt-get install g++ python3-dev), then: make clean setup" >&2
fi
# So that the first start is like the others: our modules and, for half a minute, our compiled loops.
"$VENV/bin/python" -m compileall -q app.py engine explorer pages
"$VENV/bin/python" -c "import engine; engine.warm_up(wait=True)"
