"""Sextant's one ASGI application: pages, their data, and the REST interface, on one port.

Any of these starts it, from this folder:

    python app.py [--port 8501] [--data FOLDER] [--cluster URL] [--host 0.0.0.0 --api-key-file FILE]
    streamlit run app.py
    uvicorn app:app --port 8501
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import streamlit as st
import uvicorn
from starlette.middleware import Middleware

from engine.api.access import add_options, check_listening, given
from engine.api.access import settings as access_settings
from explorer.workspace import FOLDER_VARIABLE
from pages import access
from pages.serving import sign_in
from pages.serving.gate import Gate
from pages.serving.rest import api_beside
from pages.serving.routes import ROUTES
from pages.startup import CLUSTER, CLUSTER_KEY, lifespan

ROOT = Path(__file__).parent

app = st.App(
    ROOT / "pages" / "main.py",
    routes=[*ROUTES, *sign_in.ROUTES],
    middleware=[Middleware(Gate, api=api_beside())],
    lifespan=lifespan,
)


def main() -> None:
    """Read the command line and serve until interrupted."""
    parser = _parser()
    arguments = parser.parse_args()
    try:
        settings = access_settings(given(arguments, os.environ))
        check_listening(arguments.host, settings)
    except ValueError as error:
        parser.error(str(error))
    access.configure(settings)
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
    parser.add_argument("--data", type=Path, help="data folder (else SEXTANT_DATA, else yours)")
    parser.add_argument("--cluster", help=f"Qdrant server to look at first; its key: {CLUSTER_KEY}")
    add_options(parser)
    return parser


if __name__ == "__main__":
    main()
