"""One engine per data folder."""

import subprocess
import sys

import pytest

from engine import Engine, FolderLocked

HOLD = """
import sys
from engine import Engine

engine = Engine(sys.argv[1])
print("open", flush=True)
input()
"""


def test_a_second_engine_in_this_process(tmp_path):
    with Engine(tmp_path), pytest.raises(FolderLocked, match="SEXTANT_DATA"):
        Engine(tmp_path)
    with Engine(tmp_path):
        pass


def test_another_process(tmp_path, request):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=request.config.rootpath,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(FolderLocked, match=f"open in process {holder.pid} "):
            Engine(tmp_path)
        holder.kill()
    with Engine(tmp_path) as opened:
        assert opened.get_collections().collections == []
