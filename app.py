"""Sextant's one ASGI application: pages, their data, and the REST interface, on one port.

Any of these starts it, from this folder:

    python app.py [--port 8501] [--host 127.0.0.1] [--data FOLDER] [--cluster URL]
    streamlit run app.py
    uvicorn app:app --port 8501
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import streamlit as st
import uvicorn

from explorer.workspace import FOLDER_VARIABLE
from pages.rest import api_route
from pages.routes import ROUTES
from pages.startup import CLUSTER, CLUSTER_KEY, lifespan

ROOT = Path(__file__).parent

app = st.App(ROOT / "pages" / "main.py", routes=[*ROUTES, api_route()], lifespan=lifespan)


def main() -> None:
    """Read the command line and serve until interrupted."""
    arguments = _parser().parse_args()
    if arguments.data is not None:
        os.environ[FOLDER_VARIABLE] = str(arguments.data.expanduser().resolve())
    if arguments.cluster is not None:
        os.environ[CLUSTER] = arguments.cluster
    os.chdir(ROOT)  # Streamlit reads .streamlit/config.toml from the working directory
    print(f"Sextant: http://{arguments.host}:{arguments.port}", flush=True)  # noqa: T201 - what users wait for
    # Not App.run(): sockets that it binds itself lack TCP_NODELAY, which costs 40 ms an answer.
    uvicorn.run(
        app,
        host=arguments.host,
        port=arguments.port,
        access_log=False,
        log_level="warning",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=2,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sextant", description="Explore vector data by pointing.")
    parser.add_argument("--port", type=int, default=8501, help="port to serve on (8501)")
    parser.add_argument("--host", default="127.0.0.1", help="address to bind (127.0.0.1: only you)")
    parser.add_argument("--data", type=Path, help="data folder (else SEXTANT_DATA, else yours)")
    parser.add_argument("--cluster", help=f"Qdrant server to look at first; its key: {CLUSTER_KEY}")
    return parser


if __name__ == "__main__":
    main()
