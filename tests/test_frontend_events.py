"""The Python end of the event queue."""

import base64
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.frontend import newest, selected_indices, unseen


def click(seq: int) -> dict[str, Any]:
    return {"seq": seq, "kind": "click", "index": 1, "role": None}


def test_only_what_is_newer_than_the_acknowledgement_comes_in_order() -> None:
    queue = [click(5), click(3), click(4)]
    assert [event["seq"] for event in unseen(queue, 3)] == [4, 5]
    assert newest(queue) == 5


def test_nothing_was_sent_yet() -> None:
    assert unseen(None, 0) == []
    assert newest(None) == 0


@pytest.mark.parametrize(
    "nonsense",
    [{}, {"seq": "9", "kind": "click"}, {"seq": True, "kind": "click"}, {"seq": 9}, 7, None],
)
def test_what_is_no_event_is_dropped(nonsense: Any) -> None:
    assert unseen([nonsense, click(2)], 0) == [click(2)]
    assert newest([nonsense, click(2)]) == 2


def mask_event(selected: list[int], points: int) -> dict[str, Any]:
    bits = np.zeros(points, np.uint8)
    bits[selected] = 1
    content = np.uint32(points).tobytes() + np.packbits(bits, bitorder="little").tobytes()
    return {"kind": "lasso", "mask": base64.b64encode(content).decode()}


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1)))))
def test_a_list_and_a_mask_say_the_same(case: tuple[int, set[int]]) -> None:
    points, chosen = case
    expected = sorted(chosen)
    assert selected_indices({"indices": list(chosen)}, points).tolist() == expected
    assert selected_indices(mask_event(expected, points), points).tolist() == expected


@pytest.mark.parametrize("index", [-1, 10])
def test_an_index_outside_the_map_is_refused(index: int) -> None:
    with pytest.raises(ValueError, match="10 points"):
        selected_indices({"indices": [3, index]}, 10)


@pytest.mark.parametrize("points", [9, 17, 400])
def test_a_mask_of_another_map_is_refused(points: int) -> None:
    with pytest.raises(ValueError, match="reload the page"):
        selected_indices(mask_event([1], 10), points)


def test_a_mask_that_is_no_base64_is_refused() -> None:
    with pytest.raises(ValueError, match="not base64"):
        selected_indices({"mask": "§§"}, 10)
