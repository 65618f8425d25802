"""The cleaning desk: what is dropped comes back bit for bit, whatever dies on the way."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from qdrant_client import QdrantClient, models

from engine import Engine, NotFound
from engine.errors import EngineError
from explorer.cleaning import (
    Action,
    Course,
    Desk,
    DeskError,
    Stand,
    differences,
    identical,
    merged_fields,
    script,
)
from explorer.cleaning.merge import relabelled
from explorer.findings import Finding, FindingKind
from tests.api_serving import serving

UUID = "12345678-1234-5678-1234-567812345678"


def outlier(point: int | str) -> Finding:
    return Finding(FindingKind.OUTLIER, (point,), 1.0, "far away")


def duplicates(*points: int | str) -> Finding:
    return Finding(FindingKind.DUPLICATES, points, 0.9, "close")


def disagreement(point: int, suggestion: str, field: str = "label") -> Finding:
    return Finding(
        FindingKind.DISAGREEMENT, (point,), 0.5, "says a", field=field, suggestion=suggestion
    )


def fill(client: Any) -> None:
    """Make a collection with every kind of vector, and points that lack some."""
    client.create_collection(
        "c",
        {
            "": models.VectorParams(size=3, distance="Cosine"),
            "byte": models.VectorParams(size=2, distance="Dot", datatype="uint8"),
            "half": models.VectorParams(size=8, distance="Euclid", datatype="float16"),
            "many": models.VectorParams(
                size=2,
                distance="Cosine",
                multivector_config=models.MultiVectorConfig(comparator="max_sim"),
            ),
        },
        sparse_vectors_config={"words": models.SparseVectorParams()},
    )
    client.upsert(
        "c",
        [
            models.PointStruct(
                id=point,
                vector={
                    "": [0.1 * number, -0.7, 1 / 3],
                    "byte": [number, 255],
                    "half": [0.1 * number + step for step in range(8)],
                    "many": [[1.0, number], [0.3, -0.3]],
                    "words": models.SparseVector(indices=[5, 9], values=[0.1, 1e-7 + number]),
                },
                payload={
                    "label": "a",
                    "name": f"point {number} é\u2028",
                    "number": 2**60 + number,
                    "deep": {"x": [1, 1.0, True, None], "y": {}},
                    "tags": [str(number), "t"],
                },
            )
            for number, point in enumerate([1, 2, 3, 4, 5, UUID, 2**64 - 1])
        ],
    )
    client.upsert("c", [models.PointStruct(id=8, vector={"byte": [1, 2]}, payload={})])
    client.upsert("c", [models.PointStruct(id=9, vector={})])


def content(client: Any) -> dict[Any, str]:
    """Return all of a collection, each point as JSON with its types."""
    records, _ = client.scroll("c", limit=100, with_payload=True, with_vectors=True)
    return {record.id: record.model_dump_json() for record in records}


@pytest.fixture
def engine():
    with Engine(":memory:") as made:
        fill(made)
        yield made


@pytest.fixture
def desk(engine, tmp_path):
    made = Desk(engine, tmp_path / "desk.sqlite")
    yield made
    made.close()


def queued(desk: Desk, *findings: Finding) -> list[int]:
    desk.add("c", findings)
    return [entry.number for entry in desk.entries("c")]


# The queue


def test_the_queue_goes_round_and_counts(desk):
    first, second, third = queued(desk, outlier(1), outlier(2), outlier(3))
    assert desk.next_open("c").entry.number == first
    assert desk.next_open("c", after=first).entry.number == second
    desk.keep(second, "me")
    assert desk.next_open("c", after=first).entry.number == third
    assert desk.next_open("c", after=third).entry.number == first
    progress = desk.progress("c")
    assert (progress.decided, progress.total, progress.gone) == (1, 3, 0)
    assert desk.next_open("other") is None
    assert desk.progress("other").total == 0


def test_a_finding_is_queued_once_and_what_was_kept_stays_decided(desk):
    (number,) = queued(desk, outlier(1), outlier(1))
    assert desk.add("c", [outlier(1)]) == 0
    desk.keep(number, "me")
    assert desk.add("c", [outlier(1), outlier(2)]) == 1
    assert [entry.stand for entry in desk.entries("c")] == [Stand.KEPT, Stand.OPEN]
    assert desk.clear("c") == 1
    assert [entry.finding.points for entry in desk.entries("c")] == [(2,)]
    assert len(desk.log("c")) == 1
    assert desk.clear("c", undecided=True) == 1
    assert desk.entries("c") == ()


def test_a_dropped_finding_that_is_found_again_opens_again(desk):
    (number,) = queued(desk, outlier(1))
    desk.drop(number, "me")
    desk.restore("c", desk.trash("c"), "me")
    assert desk.add("c", [outlier(1)]) == 1
    assert desk.next_open("c").entry.number == number


def test_findings_whose_points_are_gone_leave_the_queue(engine, desk):
    queued(desk, outlier(1), duplicates(2, 3), duplicates(3, 4, 5), outlier(77))
    engine.delete("c", models.PointIdsList(points=[1, 2]))
    found = desk.next_open("c")
    assert found.entry.finding.points == (3, 4, 5)
    assert list(found.payloads) == [3, 4, 5]
    desk.keep(found.entry.number, "me")
    assert desk.next_open("c") is None
    progress = desk.progress("c")
    assert (progress.decided, progress.total, progress.gone) == (1, 1, 3)


def test_a_finding_is_decided_once(desk):
    (number,) = queued(desk, outlier(1))
    desk.drop(number, "me")
    for decide in (desk.keep, desk.drop):
        with pytest.raises(DeskError, match="decided meanwhile: drop"):
            decide(number, "you")
    desk.clear("c")
    with pytest.raises(DeskError, match="cleared away"):
        desk.keep(number, "you")


# Decisions and the way back


def test_a_dropped_point_is_whole_in_the_trash_and_comes_back(engine, desk):
    before = content(engine)
    numbers = queued(desk, *(outlier(point) for point in before))
    for number in numbers:
        desk.drop(number, "me")
    assert content(engine) == {}
    assert len(desk.trash("c")) == len(before)
    assert desk.restore("c", desk.trash("c")[:4], "me") == ()
    assert len(content(engine)) == 4
    assert desk.restore("c", desk.trash("c"), "me") == ()
    assert content(engine) == before
    assert desk.trash("c") == ()


def test_a_group_keeps_one_point(engine, desk):
    (number,) = queued(desk, duplicates(1, 2, UUID))
    with pytest.raises(DeskError, match="which point"):
        desk.drop(number, "me")
    with pytest.raises(DeskError, match="which point"):
        desk.drop(number, "me", kept=5)
    desk.drop(number, "me", kept=2)
    assert not {1, UUID} & set(content(engine))
    assert 2 in content(engine)
    assert {item.change.id for item in desk.trash("c")} == {1, UUID}


def test_merging_joins_payloads_and_undo_parts_them(engine, desk):
    before = content(engine)
    (number,) = queued(desk, duplicates(1, 2, 8))
    desk.merge(number, "me", kept=8)
    after = content(engine)
    assert not {1, 2} & set(after)
    payload = json.loads(after[8])["payload"]
    assert payload["label"] == "a"
    assert payload["name"].startswith("point 0")
    assert payload["tags"] == ["0", "t", "1"]
    decision, in_the_way = desk.undo("c", "me")
    assert (decision.action, in_the_way) == (Action.MERGE, ())
    assert content(engine) == before
    assert desk.next_open("c").entry.number == number


@pytest.mark.parametrize("decide", [Desk.merge, Desk.drop])
def test_keeping_a_point_that_is_gone_changes_nothing(engine, desk, decide):
    (number,) = queued(desk, duplicates(1, 2, 3))
    engine.delete("c", models.PointIdsList(points=[1]))
    before = content(engine)
    with pytest.raises(DeskError, match="keep another one"):
        decide(desk, number, "me", kept=1)
    assert content(engine) == before
    assert desk.log("c") == ()


def test_relabelling_changes_one_field_and_undo_puts_it_back(engine, desk):
    before = content(engine)
    first, second, third = queued(
        desk, disagreement(1, "b"), disagreement(8, "b"), disagreement(2, "z", "tags")
    )
    desk.relabel(first, "me", "b")
    assert json.loads(content(engine)[1])["payload"]["label"] == "b"
    with pytest.raises(DeskError, match="no field 'label'"):
        desk.relabel(second, "me", "b")
    desk.relabel(third, "me", "z")
    assert json.loads(content(engine)[2])["payload"]["tags"] == ["z", "t"]
    desk.undo("c", "me")
    desk.undo("c", "me")
    assert content(engine) == before
    assert desk.undo("c", "me") is None


def test_only_a_label_is_relabelled_and_only_a_group_merged(desk):
    (number,) = queued(desk, outlier(1))
    with pytest.raises(DeskError, match="about labels"):
        desk.relabel(number, "me", "b")
    with pytest.raises(DeskError, match="of the group"):
        desk.merge(number, "me", kept=1)


def test_undo_goes_back_step_by_step_and_reopens(engine, desk):
    before = content(engine)
    first, second, third = queued(desk, outlier(1), disagreement(2, "b"), outlier(3))
    desk.drop(first, "me")
    desk.relabel(second, "me", "b")
    desk.keep(third, "me")
    for number in (third, second, first):
        decision, _ = desk.undo("c", "you")
        assert decision.entry == number
    assert content(engine) == before
    assert desk.progress("c").decided == 0
    assert [decision.course for decision in desk.log("c")].count(Course.UNDONE) == 3
    assert {(d.action, d.person) for d in desk.log("c")[:3]} == {(Action.UNDO, "you")}


def test_undo_after_the_queue_was_cleared_opens_no_other_finding(engine, desk):
    before = content(engine)
    (number,) = queued(desk, outlier(1))
    desk.drop(number, "me")
    desk.clear("c")
    (other,) = queued(desk, outlier(2))
    desk.keep(other, "me")
    desk.undo("c", "me")
    desk.keep(other, "me")
    desk.clear("c")
    queued(desk, outlier(3))
    desk.undo("c", "me")
    desk.undo("c", "me")
    assert content(engine) == before
    assert [entry.finding.points for entry in desk.entries("c")] == [(3,)]


def test_undo_leaves_what_was_written_since(engine, desk):
    first, second = queued(desk, outlier(1), disagreement(2, "b"))
    desk.drop(first, "me")
    desk.relabel(second, "me", "b")
    engine.set_payload("c", {"label": "c"}, points=[2])
    engine.upsert("c", [models.PointStruct(id=1, vector={}, payload={"new": True})])
    after = content(engine)
    assert desk.undo("c", "me")[1] == (2,)
    assert desk.undo("c", "me")[1] == (1,)
    assert content(engine) == after
    assert [item.change.id for item in desk.trash("c")] == [1]
    assert desk.restore("c", desk.trash("c"), "me") == (1,)
    engine.delete("c", models.PointIdsList(points=[1]))
    assert desk.restore("c", desk.trash("c"), "me") == ()
    assert json.loads(content(engine)[1])["payload"]["label"] == "a"


def test_undo_of_a_label_keeps_other_fields_that_were_set_since(engine, desk):
    (number,) = queued(desk, disagreement(2, "b"))
    desk.relabel(number, "me", "b")
    engine.set_payload("c", {"extra": 1}, points=[2])
    assert desk.undo("c", "me")[1] == ()
    payload = json.loads(content(engine)[2])["payload"]
    assert (payload["label"], payload["extra"]) == ("a", 1)


def test_an_emptied_trash_is_empty_for_good(engine, desk):
    first, second = queued(desk, outlier(1), outlier(2))
    desk.drop(first, "me")
    desk.drop(second, "me")
    desk.empty("c", desk.trash("c")[:1], "me")
    assert [item.change.id for item in desk.trash("c")] == [1]
    assert desk.undo("c", "me")[0].entry == first
    assert desk.undo("c", "me") is None
    assert 1 in content(engine)
    assert 2 not in content(engine)
    restored, emptied, *_ = desk.log("c")
    assert (restored.action, emptied.action) == (Action.UNDO, Action.EMPTY)
    assert emptied.points == (2,)
    assert desk.changes(desk.log("c")[-1]) == ()


def test_queue_trash_and_log_survive_a_restart(engine, tmp_path):
    path = tmp_path / "folder" / "desk.sqlite"
    before = content(engine)
    desk = Desk(engine, path)
    first, _ = queued(desk, outlier(UUID), duplicates(2, 3))
    desk.drop(first, "me")
    desk.close()
    again = Desk(engine, path)
    assert again.progress("c").decided == 1
    assert again.next_open("c").entry.finding == duplicates(2, 3)
    assert again.log("c")[0].person == "me"
    again.undo("c", "me")
    assert content(engine) == before
    again.close()


def test_a_collection_that_is_gone_is_told(engine, desk):
    (number,) = queued(desk, outlier(1))
    desk.drop(number, "me")
    engine.delete_collection("c")
    with pytest.raises(NotFound):
        desk.restore("c", desk.trash("c"), "me")
    assert len(desk.trash("c")) == 1


def test_a_damaged_file_is_named(engine, tmp_path):
    path = tmp_path / "desk.sqlite"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(DeskError, match=r"desk\.sqlite.*move it away"):
        Desk(engine, path).progress("c")
    path.unlink()
    assert Desk(engine, path).progress("c").total == 0


# Dying on the way


class Killed(BaseException):
    """The process ends here."""


class Dying:
    """A client whose process dies before or after its n-th write; `error` is what it raises."""

    def __init__(self, client: Any, writes: int, *, after: bool, error: BaseException) -> None:
        self._client = client
        self._left = writes
        self._after = after
        self._error = error

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        if name not in ("upsert", "delete", "set_payload", "overwrite_payload"):
            return method

        def write(*args: Any, **named: Any) -> Any:
            if self._left == 0 and not self._after:
                raise self._error
            answer = method(*args, **named)
            if self._left == 0:
                raise self._error
            self._left -= 1
            return answer

        return write


STEPS = ("drop", "merge", "relabel", "undo", "restore")


def act(desk: Desk, step: str) -> None:
    """Do a step of the desk where it is possible."""
    found = desk.next_open("c")
    kept = None if found is None else next(iter(found.payloads))
    if step == "undo":
        desk.undo("c", "me")
    elif step == "restore":
        desk.restore("c", desk.trash("c")[:2], "me")
    elif found is None:
        return
    elif step == "relabel" and found.entry.finding.kind is FindingKind.DISAGREEMENT:
        desk.relabel(found.entry.number, "me", "b")
    elif step == "merge" and found.entry.finding.kind is FindingKind.DUPLICATES:
        desk.merge(found.entry.number, "me", kept)
    else:
        desk.drop(found.entry.number, "me", kept)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.sampled_from(STEPS), min_size=1, max_size=8),
    writes=st.integers(0, 5),
    after=st.booleans(),
    error=st.sampled_from([Killed(), EngineError("the server is gone")]),
)
def test_nothing_is_lost_or_half_done_wherever_it_dies(steps, writes, after, error):
    with Engine(":memory:") as engine:
        fill(engine)
        before = content(engine)
        desk = Desk(Dying(engine, writes, after=after, error=error))
        queued(desk, duplicates(1, 2, UUID), disagreement(3, "b"), outlier(4), duplicates(5, 8, 9))
        try:
            for step in steps:
                act(desk, step)
        except (Killed, EngineError) as raised:
            assert raised is error  # noqa: PT017 - it may as well not be raised
        desk._client = engine
        desk.recover("c")
        assert not [d for d in desk.log("c") if d.course in (Course.BEGUN, Course.UNDOING)]
        gone = before.keys() - content(engine).keys()
        assert gone <= {item.change.id for item in desk.trash("c")}
        while desk.undo("c", "me"):
            pass
        assert desk.restore("c", desk.trash("c"), "me") == ()
        assert content(engine) == before


KILLED_SCRIPT = """
import os, sys
from pathlib import Path
from engine import Engine
from explorer.cleaning import Desk
from explorer.findings import Finding, FindingKind
engine = Engine(sys.argv[1])
desk = Desk(engine, Path(sys.argv[2]))
delete = engine.delete
engine.delete = lambda *args, **named: (delete(*args, **named), os._exit(9))
desk.add("c", [Finding(FindingKind.OUTLIER, (1,), 1.0, "")])
desk.drop(desk.next_open("c").entry.number, "me")
"""


def test_a_killed_process_leaves_nothing_half_done(tmp_path):
    folder, ledger = tmp_path / "data", tmp_path / "desk.sqlite"
    with Engine(folder) as engine:
        fill(engine)
        before = content(engine)
    root = Path(__file__).parent.parent
    arguments = [sys.executable, "-c", KILLED_SCRIPT, str(folder), str(ledger)]
    assert subprocess.run(arguments, cwd=root, check=False).returncode == 9
    with Engine(folder) as engine:
        assert 1 not in content(engine)
        desk = Desk(engine, ledger)
        assert desk.recover("c") == 1
        assert content(engine) == before
        assert desk.next_open("c").entry.finding.points == (1,)
        desk.close()


def test_a_server_that_refuses_leaves_the_finding_open(engine):
    dying = Dying(engine, 0, after=False, error=EngineError("refused"))
    desk = Desk(dying)
    (number,) = queued(desk, outlier(1))
    before = content(engine)
    with pytest.raises(EngineError, match="refused"):
        desk.drop(number, "me")
    assert content(engine) == before
    assert desk.trash("c") == ()
    assert desk.next_open("c").entry.number == number


# A remote cluster


def test_a_server_is_cleaned_with_the_trash_kept_here():
    with serving() as served:
        fill(served.engine)
        client = QdrantClient(url=served.url, check_compatibility=False)
        before = content(client)
        desk = Desk(client)
        first, second, third = queued(
            desk, outlier(UUID), duplicates(1, 2, 2**64 - 1), disagreement(3, "b")
        )
        desk.drop(first, "me")
        desk.merge(second, "me", kept=2)
        desk.relabel(third, "me", "b")
        assert len(content(client)) == len(before) - 3
        while desk.undo("c", "me"):
            pass
        assert content(client) == before
        client.close()


# Code


def test_the_script_does_the_same_elsewhere(engine, desk, tmp_path):
    numbers = queued(
        desk,
        outlier(UUID),
        duplicates(1, 2),
        disagreement(3, "b"),
        disagreement(4, "b"),
        outlier(2**64 - 1),
        outlier(8),
    )
    desk.drop(numbers[0], "me")
    desk.merge(numbers[1], "me", kept=2)
    desk.relabel(numbers[2], "me", "b")
    desk.relabel(numbers[3], "me", "b")
    desk.drop(numbers[4], "me")
    desk.empty("c", desk.trash("c")[:1], "me")
    desk.drop(numbers[5], "me")
    desk.undo("c", "me")
    with serving() as served:
        fill(served.engine)
        code = script(desk, "c", served.url)
        assert code.count("set_payload") == 2
        (tmp_path / "clean.py").write_text(code)
        subprocess.run([sys.executable, tmp_path / "clean.py"], check=True)
        assert content(served.engine) == content(engine)


def test_an_untouched_collection_has_a_script_without_steps(desk):
    assert "client." not in script(desk, "c")


# Payloads side by side


def test_merged_fields_follow_the_rule():
    kept = {"a": 1, "b": None, "c": "", "d": [1, 2], "e": "x"}
    others = [{"a": 2, "b": 3, "d": [2, 3], "f": 0}, {"c": "y", "b": 4, "d": [5], "e": "z"}]
    assert merged_fields(kept, others) == {"b": 3, "c": "y", "d": [1, 2, 3, 5], "f": 0}
    assert merged_fields(kept, [kept]) == {}
    assert kept["d"] == [1, 2]


@pytest.mark.parametrize(
    ("payload", "field", "expected"),
    [
        ({"a": 1, "b": 2}, "a", {"a": "new"}),
        ({"a": {"b": {"c": 1, "d": 2}}}, "a.b.c", {"a": {"b": {"c": "new", "d": 2}}}),
        ({"a.b": 1}, '"a.b"', {"a.b": "new"}),
        ({"a": ["x", "y"]}, "a", {"a": ["new", "y"]}),
        ({"a": []}, "a", {"a": "new"}),
        ({"b": 1}, "a", None),
        ({"a": [{"b": 1}]}, "a[].b", None),
        ({"a": 1}, "a.b", None),
    ],
)
def test_a_label_is_replaced_where_it_stands(payload, field, expected):
    before = json.dumps(payload)
    assert relabelled(payload, field, "new") == expected
    assert json.dumps(payload) == before


def test_differences_stand_first():
    fields = differences([{"a": 1, "b": [1], "c": True}, {"a": 1, "b": [1.0], "d": 0}])
    assert [(field.field, field.same) for field in fields] == [
        ("b", False),
        ("c", False),
        ("d", False),
        ("a", True),
    ]
    assert fields[1].values == (True, None)
    assert identical([{"a": [{"b": 1}]}, {"a": [{"b": 1}]}])
    assert not identical([{"a": 1}, {"a": True}])
