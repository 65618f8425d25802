"""Undo and redo."""

from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.draft import Draft
from explorer.events import PointClicked
from explorer.history import MAX_STEPS, History


def clicked(*points):
    history = History(Draft("emoji"))
    for point in points:
        history = history.push(history.present.apply(PointClicked(point)))
    return history


def test_undo_and_redo_lead_back_and_forth():
    history = clicked(1, 2)
    assert history.undo().present.examples.target == 1
    assert history.undo().undo().present == Draft("emoji")
    assert history.undo().undo().redo().redo() == history


def test_the_ends_are_safe():
    fresh = clicked()
    assert fresh.undo() is fresh
    assert fresh.redo() is fresh


def test_no_change_is_no_step_and_keeps_what_was_undone():
    undone = clicked(1, 2).undo()
    assert undone.push(undone.present) is undone


def test_a_new_event_forgets_what_was_undone():
    assert clicked(1, 2).undo().push(Draft("cars")).future == ()


def test_steps_are_bounded():
    history = clicked(*range(MAX_STEPS + 50))
    assert len(history.past) == MAX_STEPS
    assert history.past[0].examples.target == 49


@settings(deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.data())
def test_as_many_redos_as_undos_restore_the_history(points, data):
    history = clicked(*points)
    moved = history
    steps = data.draw(st.integers(0, len(history.past)))
    for _ in range(steps):
        moved = moved.undo()
    for _ in range(steps):
        moved = moved.redo()
    assert moved == history
