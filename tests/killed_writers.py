"""Programs that write, and are killed while they do."""

import json
import subprocess
import sys
import time
from pathlib import Path

_ROOT = Path(__file__).parent.parent


def killed_after(program, count, seconds, folder, seed):
    """Run a program, kill it soon after `count` operations, return how many it acknowledged."""
    with subprocess.Popen(
        [sys.executable, "-c", program, str(folder), str(seed)],
        stdout=subprocess.PIPE,
        cwd=_ROOT,
        text=True,
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        acknowledged = [json.loads(writer.stdout.readline()) for _ in range(count)]
        time.sleep(seconds)
        writer.kill()
        acknowledged += [json.loads(line) for line in writer.stdout if line.endswith("\n")]
    assert acknowledged == list(range(len(acknowledged)))
    return len(acknowledged)
