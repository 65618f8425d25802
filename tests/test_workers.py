"""Threads that help: each job is done once, by whoever is free, and nobody waits in vain."""

import threading
from contextvars import ContextVar
from functools import partial

import pytest

from engine.workers import Workers


def test_results_come_in_order_whoever_finds_them():
    workers = Workers(4)
    for count in (0, 1, 2, 50):
        squares = workers.results([partial(pow, n, 2) for n in range(count)])
        assert squares == [n * n for n in range(count)]


def test_as_many_are_at_work_as_may_be():
    workers, together = Workers(3), threading.Barrier(3, timeout=60)
    for _ in range(3):  # with the same threads
        names = workers.results(
            [lambda: together.wait() >= 0 and threading.current_thread().name] * 3
        )
        assert sorted(names) == sorted(["worker", "worker", threading.current_thread().name])


def test_who_comes_while_all_are_at_work_does_everything():
    workers, begun, over = Workers(2), threading.Barrier(3, timeout=60), threading.Event()

    def at_work():
        begun.wait()
        over.wait(60)

    other = threading.Thread(target=workers.results, args=([at_work, at_work],))
    other.start()
    begun.wait()
    here = threading.current_thread()
    assert workers.results([threading.current_thread] * 5) == [here] * 5
    over.set()
    other.join()
    together = threading.Barrier(2, timeout=60)
    assert sorted(workers.results([together.wait] * 2)) == [0, 1]


def test_one_alone_has_no_help():
    here = threading.current_thread()
    assert Workers(1).results([threading.current_thread] * 3) == [here] * 3


def test_a_failure_is_raised_here_and_ends_the_rest():
    workers, together, done = Workers(2), threading.Barrier(2, timeout=60), []

    def fail_elsewhere():
        together.wait()
        if threading.current_thread().name == "worker":
            raise LookupError("not there")

    with pytest.raises(LookupError, match="not there"):
        workers.results([fail_elsewhere, fail_elsewhere])

    def fail():
        raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        Workers(1).results([fail, lambda: done.append(1)])
    assert not done
    assert workers.results([lambda: 1] * 3) == [1, 1, 1]


def test_jobs_see_the_context_of_whoever_has_them():
    name: ContextVar[str] = ContextVar("name")
    name.set("asked")
    together = threading.Barrier(2, timeout=60)
    assert Workers(2).results([lambda: together.wait() >= 0 and name.get()] * 2) == ["asked"] * 2


def test_does_without_threads_where_the_system_has_none(monkeypatch):
    def refuse(_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    here = threading.current_thread()
    assert Workers(3).results([threading.current_thread] * 3) == [here] * 3
