"""The app as users start it, and a Chromium to look at it: for browser tests and benchmarks."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Browser, Page, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).parent.parent.parent
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_LIMIT = 60.0  # seconds, on a machine that does other things too
MAP = (
    "(function find(root) { for (const e of root.querySelectorAll('*')) {"
    " if (e.__sextant) return e.__sextant;"
    " const inner = e.shadowRoot && find(e.shadowRoot); if (inner) return inner; } })(document)"
)
"""JavaScript: the map's test hook, or undefined. The map stands in a shadow root."""


@contextmanager
def running_app(data: Path, **environment: str) -> Iterator[str]:
    """Start the app on a data folder and yield its address once it answers."""
    with starting_app(data, **environment) as (url, process):
        wait_until_healthy(f"{url}/_stcore/health", process)
        yield url


@contextmanager
def starting_app(data: Path, **environment: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run the start command on a data folder; yields at once, and stops the app at the end."""
    port = free_port()
    command = [sys.executable, "app.py", "--port", str(port), "--data", str(data)]
    with _process(command, environment) as process:
        yield f"http://127.0.0.1:{port}", process


@contextmanager
def running_server(data: Path, key: str) -> Iterator[str]:
    """Serve a data folder by REST from a process of its own; yield its address once it answers."""
    port = free_port()
    command = [sys.executable, "-m", "engine.api", "--path", str(data), "--port", str(port)]
    with _process([*command, "--grpc-port", "0"], {"SEXTANT_API_KEY": key}) as process:
        url = f"http://127.0.0.1:{port}"
        wait_until_healthy(f"{url}/healthz", process)
        yield url


@contextmanager
def _process(
    command: Sequence[str], environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    told = {**os.environ, "PYTHONWARNINGS": "", **environment}
    with subprocess.Popen(command, cwd=ROOT, env=told) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(15)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Open a headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def wait_until_healthy(url: str, process: subprocess.Popen[bytes]) -> None:
    """Return when a process answers at a URL; raises RuntimeError or TimeoutError otherwise."""
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the process ended with {process.returncode}")
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise TimeoutError(f"no answer from {url} within {START_LIMIT:.0f} s")


def wait_until_drawn(page: Page) -> None:
    """Return when the map has drawn its points."""
    page.wait_for_function(f"{MAP}?.ready", timeout=START_LIMIT * 1000)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
