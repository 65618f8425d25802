"""Background jobs: progress, results, errors and cancelling outlive the call that started them."""

import logging
from threading import Event

import pytest

from explorer.jobs import Cancelled, Job, Jobs, Progress, State


def finished(work):
    job = Job("work", work)
    assert job.wait(10)
    return job


def answer(report, stopped):
    return 42


def test_a_finished_job_holds_its_result():
    job = finished(answer)
    assert (job.result, job.running, job.error) == (42, False, None)
    assert job.progress.state is State.DONE
    assert job.progress.fraction == 1


def test_progress_is_what_the_work_reported_last():
    told, go = Event(), Event()

    def work(report, stopped):
        report(3, 12, "Counting")
        told.set()
        go.wait(10)

    job = Job("count", work)
    assert told.wait(10)
    assert job.progress == Progress(3, 12, "Counting")
    assert job.progress.fraction == 0.25
    assert job.seconds == 0
    go.set()
    assert job.wait(10)
    assert job.seconds > 0
    assert job.wait(10)


@pytest.mark.parametrize(
    ("progress", "fraction"),
    [(Progress(5), None), (Progress(5, 0), None), (Progress(9, 6), 1.0), (Progress(0, 6), 0.0)],
)
def test_fraction_stays_within_bounds(progress, fraction):
    assert progress.fraction == fraction


def test_a_failed_job_tells_why_and_has_no_result(caplog):
    def work(report, stopped):
        raise ValueError("the file is cut short")

    with caplog.at_level(logging.CRITICAL):
        job = finished(work)
    assert job.error == "the file is cut short"
    with pytest.raises(RuntimeError, match="no result: it is failed"):
        _ = job.result


def test_an_error_without_text_is_told_by_its_name(caplog):
    def work(report, stopped):
        raise ZeroDivisionError

    with caplog.at_level(logging.CRITICAL):
        assert finished(work).error == "ZeroDivisionError"


def test_cancelled_work_ends_as_cancelled():
    started = Event()

    def work(report, stopped):
        started.set()
        while not stopped():
            pass
        raise Cancelled

    job = Job("endless", work)
    assert started.wait(10)
    assert job.running
    job.cancel()
    assert job.wait(10)
    assert job.progress.state is State.CANCELLED
    assert job.error is None


def test_one_job_of_a_key_runs_at_a_time():
    jobs, go = Jobs(), Event()

    def wait(report, stopped):
        go.wait(10)

    first = jobs.start("load", "Load", wait)
    assert jobs.start("load", "Load", answer) is first
    assert jobs.running() == {"load": first}
    jobs.dismiss("load")
    assert jobs.get("load") is first, "a running job stays"
    go.set()
    assert first.wait(10)
    second = jobs.start("load", "Load", answer)
    assert second is not first
    assert second.wait(10)
    jobs.dismiss("load")
    assert jobs.get("load") is None
    assert jobs.running() == {}


def test_a_restarted_job_begins_when_the_one_before_has_ended():
    jobs, order, begun = Jobs(), [], Event()

    def first(report, stopped):
        begun.set()
        while not stopped():
            pass
        order.append("first ended")
        raise Cancelled

    def second(report, stopped):
        order.append("second began")
        return 2

    before = jobs.start("key", "first", first)
    assert begun.wait(10)
    after = jobs.restart("key", "second", second)
    assert after.wait(10)
    assert order == ["first ended", "second began"]
    assert before.progress.state is State.CANCELLED
    assert (jobs.get("key"), after.result) == (after, 2)


def test_a_restarted_job_that_still_waits_can_be_cancelled():
    jobs, release = Jobs(), Event()
    before = jobs.start("key", "stubborn", lambda *_: release.wait(10))
    waiting = jobs.restart("key", "second", answer)
    waiting.cancel()
    assert waiting.wait(10)
    assert waiting.progress.state is State.CANCELLED
    release.set()
    assert before.wait(10)
