"""Disks that are full, by a limit on the size of files."""

import sys
from contextlib import contextmanager

import pytest

limits_files = pytest.mark.skipif(sys.platform == "win32", reason="files have no limit there")


@contextmanager
def files_up_to(size):
    """Let no file grow beyond `size` bytes."""
    import resource  # noqa: PLC0415 - not on Windows

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
