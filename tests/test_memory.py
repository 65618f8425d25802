"""How much memory a process may still take, by the files in which Linux tells it."""

import pytest

from engine.index.memory import available_memory, graph_memory


def written(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


MACHINE = "MemTotal:       2000 kB\nMemAvailable:   1000 kB\n"


@pytest.mark.parametrize(
    ("group", "files", "free"),
    [
        ("0::/\n", {}, 1_024_000),
        ("0::/app\n", {"app/memory.max": "max", "app/memory.current": "7"}, 1_024_000),
        (
            "0::/app/inner\n",
            {
                "app/memory.max": "5000",
                "app/memory.current": "4000",
                "app/memory.stat": "anon 3000\ninactive_file 900\nactive_file 50\n",
                "app/inner/memory.max": "max",
            },
            1950,
        ),
        (
            "5:cpu,memory:/app\n0::/\n",
            {
                "memory/app/memory.limit_in_bytes": "5000",
                "memory/app/memory.usage_in_bytes": "4000",
                "memory/app/memory.stat": "total_inactive_file 10\ninactive_file 9\n",
            },
            1010,
        ),
        ("0::/../elsewhere\n", {"memory.max": "10", "memory.current": "30"}, 0),
    ],
)
def test_memory_is_what_the_machine_and_the_groups_leave(tmp_path, group, files, free):
    process = written(tmp_path / "proc", {"meminfo": MACHINE, "self/cgroup": group})
    assert available_memory(process, written(tmp_path / "groups", files)) == free


@pytest.mark.parametrize(("limit", "free"), [("409600", 307_200), ("unlimited", 1_024_000)])
def test_a_limit_of_the_address_space_counts(tmp_path, limit, free):
    limits = f"Limit  Soft Limit  Hard Limit  Units\nMax address space  {limit}  unlimited  bytes\n"
    files = {"meminfo": MACHINE, "self/limits": limits, "self/status": "VmSize:\t     100 kB\n"}
    assert available_memory(written(tmp_path / "proc", files), tmp_path / "groups") == free


def test_memory_of_a_system_that_does_not_tell(tmp_path):
    assert available_memory(tmp_path / "proc", tmp_path / "groups") is None
    here = available_memory()
    assert here is None or here > graph_memory(100, 384, 16)
