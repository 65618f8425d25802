"""Work on graphs in a process beside the app."""

from __future__ import annotations

import os
import signal
from io import BytesIO
from threading import Thread

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from explorer.graph import process
from explorer.graph.centrality import betweenness, bridges
from explorer.graph.child import WORKS
from explorer.graph.force import force_layout, placed_among
from explorer.graph.graph import Graph
from explorer.graph.groups import communities
from explorer.graph.messages import receive, send
from explorer.graph.process import ProcessError, apart
from explorer.jobs import Cancelled


def rings(count: int = 3, size: int = 30) -> Graph:
    """Return rings of points, each linked to the next one by a bridge."""
    places = np.arange(count * size)
    along = places - places % size + (places + 1) % size
    edges = [
        *zip(places, along, strict=True),
        *((i * size, (i + 1) * size) for i in range(count - 1)),
    ]
    pairs = np.sort(np.array(edges, np.int32), axis=1)
    scores = np.linspace(0.5, 1, len(pairs), dtype=np.float32)
    return Graph(tuple(f"point {p}" for p in places), pairs, scores, True)


QUESTIONS = [
    (communities, {"resolution": 0.5, "seed": 3, "weighted": True}),
    (betweenness, {"seed": 1}),
    (bridges, {}),
    (force_layout, {"seed": 2}),
    (placed_among, {"xy": np.ones((90, 2)), "known": np.arange(90) < 80}),
]


@pytest.mark.parametrize(("work", "arguments"), QUESTIONS)
def test_answers_are_those_of_this_process(work, arguments):
    here, there = work(rings(), **arguments), apart(work, rings(), **arguments)
    assert there.dtype == here.dtype
    assert np.array_equal(there, here)


def test_every_work_is_asked_for_here():
    assert set(WORKS) == {work.__name__ for work, _ in QUESTIONS}


def test_the_process_is_kept_for_the_next_question():
    apart(bridges, rings())
    (kept,) = process._idle
    apart(communities, rings())
    assert process._idle == [kept]


def test_a_process_that_died_meanwhile_is_replaced():
    apart(bridges, rings())
    (kept,) = process._idle
    os.kill(kept._child.pid, signal.SIGTERM)
    kept._child.wait()
    assert len(apart(bridges, rings())) == 2
    assert process._idle != [kept]


def test_it_tells_how_far_it_is():
    told = []
    apart(force_layout, rings(3, 900), report=lambda *progress: told.append(progress))
    assert told
    assert all(0 <= done <= total == 2_700 for done, total, _ in told)
    assert {message for *_, message in told} == {"Laying out"}


def test_a_stopped_work_ends_at_once_and_the_next_is_answered():
    told: list[object] = []

    def stopped():
        return bool(told)

    with pytest.raises(Cancelled):
        apart(force_layout, rings(3, 3_000), report=lambda *p: told.append(p), stopped=stopped)
    assert process._idle == []
    assert len(apart(bridges, rings())) == 2


def test_a_work_that_fails_is_told():
    with pytest.raises(ProcessError, match="communities ended with 1 and without an answer"):
        apart(communities, rings(), nonsense=1)


def test_questions_of_several_threads_have_their_own_answers():
    found = {}

    def ask(count: int) -> None:
        found[count] = len(apart(bridges, rings(count)))

    threads = [Thread(target=ask, args=(count,)) for count in range(1, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {count: count - 1 for count in range(1, 6)}
    assert len(process._idle) <= process.KEPT


FLOATS = st.floats(width=32, allow_nan=False)
VALUES = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    st.booleans(),
    arrays(
        np.float32,
        array_shapes(max_dims=2, min_side=0),
        elements=st.floats(width=32, allow_nan=False),
    ),
)


@given(st.lists(st.dictionaries(st.sampled_from("abc"), VALUES, min_size=1), max_size=3))
def test_messages_arrive_as_they_were_sent(messages):
    pipe = BytesIO()
    for message in messages:
        send(pipe, message)
    pipe.seek(0)
    for message in messages:
        received = receive(pipe) or {}
        assert received.keys() == message.keys()
        for name, value in message.items():
            assert np.array_equal(received[name], value)
    assert receive(pipe) is None


def test_a_message_that_is_cut_short_is_none():
    pipe = BytesIO()
    send(pipe, {"a": 1})
    assert receive(BytesIO(pipe.getvalue()[:-1])) is None
