import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import FormatError
from engine.payload.key_path import EVERY, MAX_STEPS, KeyPath, parse_key_path

keys = st.text(st.characters(exclude_characters='"', exclude_categories=["Cs"]), max_size=6)
steps = keys | st.integers(0, 10**18) | st.just(EVERY)
paths = st.builds(lambda first, rest: KeyPath((first, *rest)), keys, st.lists(steps, max_size=5))


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("a", ("a",)),
        ("a.b-c_1", ("a", "b-c_1")),
        ("a[]", ("a", EVERY)),
        ("a[3].b", ("a", 3, "b")),
        ("a[][0]", ("a", EVERY, 0)),
        ('"a.b"', ("a.b",)),
        ('a."c d".e', ("a", "c d", "e")),
        ('""', ("",)),
        ("größe.日本", ("größe", "日本")),
    ],
)
def test_paths_are_parsed(text, steps):
    assert parse_key_path(text).steps == steps


@pytest.mark.parametrize(
    "text",
    ["", ".", "a.", ".a", "a..b", "a b", "[0]", "[]", "a[", "a[x]", "a[-1]", "a[]b", '"a', 'a"b"',
     "a[" + "9" * 30 + "]", "a\n"],
)  # fmt: skip
def test_what_is_no_path_is_refused(text):
    with pytest.raises(FormatError, match="Invalid json path"):
        parse_key_path(text)


@given(st.text(max_size=30))
def test_any_text_is_a_path_or_a_format_error(text):
    try:
        path = parse_key_path(text)
    except FormatError:
        return
    assert parse_key_path(str(path)) == path


@given(paths)
def test_the_canonical_writing_parses_to_the_same_path(path):
    assert parse_key_path(str(path)) == path


def test_a_path_has_a_bounded_number_of_steps():
    assert len(parse_key_path("a" + ".a" * (MAX_STEPS - 1)).steps) == MAX_STEPS
    with pytest.raises(FormatError, match="more than 256 keys and brackets"):
        parse_key_path("a" + "[]" * 100_000)


def test_a_long_bad_path_is_shown_cut():
    with pytest.raises(FormatError) as caught:
        parse_key_path("!" * 100_000)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("a", [{"b": [1, [2]], "c": None}]),
        ("a.b", [[1, [2]]]),
        ("a.b[]", [1, [2]]),
        ("a.b[][]", [2]),
        ("a.b[1]", [[2]]),
        ("a.b[7]", []),
        ("a.c", [None]),
        ("a.c.d", []),
        ("n.x", []),
        ("n[].x", [1, 2]),
        ('"a.b"', [9]),
    ],
)
def test_a_path_reaches_nodes_without_descending_into_arrays(text, nodes):
    payload = {"a": {"b": [1, [2]], "c": None}, "n": [{"x": 1}, {"y": 0}, {"x": 2}, 5], "a.b": 9}
    path = parse_key_path(text)
    assert path.nodes(payload) == nodes
    positions, reached = path.nodes_of([{}, payload])
    assert (positions.tolist(), reached) == ([1] * len(nodes), nodes)
