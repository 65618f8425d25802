"""The cleaning desk: what is dropped comes back bit for bit, whatever dies on the way."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from qdrant_client import QdrantClient, models

from engine import Engine, NotFound
from engine.errors import EngineError, RequestError
from explorer.cleaning import (
    Action,
    Best,
    Choice,
    Course,
    Desk,
    DeskError,
    Desks,
    Prefer,
    Stand,
    differences,
    identical,
    merged_fields,
    script,
)
from explorer.cleaning.merge import relabelled
from explorer.findings import Finding, FindingKind
from explorer.jobs import Cancelled
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
    desks = Desks(engine, tmp_path / "desk.sqlite")
    yield desks.working("c")
    desks.close()


def queued(desk: Desk, *findings: Finding) -> list[int]:
    desk.add(findings)
    return [entry.number for entry in desk.entries()]


# The queue


def test_the_queue_goes_round_and_counts(desk):
    first, second, third = queued(desk, outlier(1), outlier(2), outlier(3))
    assert desk.next_open().entry.number == first
    assert desk.next_open(after=first).entry.number == second
    desk.keep(second, "me")
    assert desk.next_open(after=first).entry.number == third
    assert desk.next_open(after=third).entry.number == first
    progress = desk.progress()
    assert (progress.decided, progress.total, progress.gone) == (1, 3, 0)


def test_a_finding_is_queued_once_and_what_was_kept_stays_decided(desk):
    (number,) = queued(desk, outlier(1), outlier(1))
    assert desk.add([outlier(1)]) == 0
    desk.keep(number, "me")
    assert desk.add([outlier(1), outlier(2)]) == 1
    assert [entry.stand for entry in desk.entries()] == [Stand.KEPT, Stand.OPEN]
    assert desk.clear() == 1
    assert [entry.finding.points for entry in desk.entries()] == [(2,)]
    assert len(desk.log()) == 1
    assert desk.clear(undecided=True) == 1
    assert desk.entries() == ()


def test_a_dropped_finding_that_is_found_again_opens_again(desk):
    (number,) = queued(desk, outlier(1))
    desk.drop(number, "me")
    desk.restore(desk.trash(), "me")
    assert desk.add([outlier(1)]) == 1
    assert desk.next_open().entry.number == number


def test_findings_whose_points_are_gone_leave_the_queue(engine, desk):
    queued(desk, outlier(1), duplicates(2, 3), duplicates(3, 4, 5), outlier(77))
    engine.delete("c", models.PointIdsList(points=[1, 2]))
    found = desk.next_open()
    assert found.entry.finding.points == (3, 4, 5)
    assert list(found.payloads) == [3, 4, 5]
    desk.keep(found.entry.number, "me")
    assert desk.next_open() is None
    progress = desk.progress()
    assert (progress.decided, progress.total, progress.gone) == (1, 1, 3)


def test_a_finding_is_decided_once(desk):
    (number,) = queued(desk, outlier(1))
    desk.drop(number, "me")
    for decide in (desk.keep, desk.drop):
        with pytest.raises(DeskError, match="decided meanwhile: drop"):
            decide(number, "you")
    desk.clear()
    with pytest.raises(DeskError, match="cleared away"):
        desk.keep(number, "you")


# Decisions and the way back


def test_a_dropped_point_is_whole_in_the_trash_and_comes_back(engine, desk):
    before = content(engine)
    numbers = queued(desk, *(outlier(point) for point in before))
    for number in numbers:
        desk.drop(number, "me")
    assert content(engine) == {}
    assert len(desk.trash()) == len(before)
    assert desk.restore(desk.trash()[:4], "me") == ()
    assert len(content(engine)) == 4
    assert desk.restore(desk.trash(), "me") == ()
    assert content(engine) == before
    assert desk.trash() == ()


@pytest.mark.parametrize("way", ["undo", "restore"])
def test_many_points_are_put_back_in_parts_and_progress_is_told(engine, desk, monkeypatch, way):
    for module in ("desk", "ledger"):
        monkeypatch.setattr(f"explorer.cleaning.{module}.BATCH", 2)
    before, told = content(engine), []
    numbers = queued(desk, *(outlier(point) for point in list(before)[:5]))
    desk.decide(numbers, Choice(Action.DROP), "me")
    put_back = desk.undo if way == "undo" else partial(desk.restore, desk.trash())
    put_back("me", lambda done, total, _: told.append((done, total)))
    assert told == [(2, 5), (4, 5), (5, 5)]
    assert content(engine) == before


def test_a_group_keeps_one_point(engine, desk):
    (number,) = queued(desk, duplicates(1, 2, UUID))
    with pytest.raises(DeskError, match="5 is none of the group"):
        desk.drop(number, "me", kept=5)
    desk.drop(number, "me", kept=2)
    assert not {1, UUID} & set(content(engine))
    assert 2 in content(engine)
    assert {item.id for item in desk.trash()} == {1, UUID}


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
    decision, in_the_way = desk.undo("me")
    assert (decision.action, in_the_way) == (Action.MERGE, ())
    assert content(engine) == before
    assert desk.next_open().entry.number == number


@pytest.mark.parametrize("decide", [Desk.merge, Desk.drop])
def test_keeping_a_point_that_is_gone_changes_nothing(engine, desk, decide):
    (number,) = queued(desk, duplicates(1, 2, 3))
    engine.delete("c", models.PointIdsList(points=[1]))
    before = content(engine)
    with pytest.raises(DeskError, match="keep another one"):
        decide(desk, number, "me", kept=1)
    assert content(engine) == before
    assert desk.log() == ()


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
    desk.undo("me")
    desk.undo("me")
    assert content(engine) == before
    assert desk.undo("me") is None


def test_only_a_label_is_relabelled_and_only_a_group_merged(desk):
    (number,) = queued(desk, outlier(1))
    with pytest.raises(DeskError, match="about labels"):
        desk.relabel(number, "me", "b")
    with pytest.raises(DeskError, match="of a group can be merged"):
        desk.merge(number, "me", kept=1)


def test_undo_goes_back_step_by_step_and_reopens(engine, desk):
    before = content(engine)
    first, second, third = queued(desk, outlier(1), disagreement(2, "b"), outlier(3))
    desk.drop(first, "me")
    desk.relabel(second, "me", "b")
    desk.keep(third, "me")
    for number in (third, second, first):
        decision, _ = desk.undo("you")
        assert decision.entries == (number,)
    assert content(engine) == before
    assert desk.progress().decided == 0
    assert [decision.course for decision in desk.log()].count(Course.UNDONE) == 3
    assert {(d.action, d.person) for d in desk.log()[:3]} == {(Action.UNDO, "you")}


def test_undo_after_the_queue_was_cleared_opens_no_other_finding(engine, desk):
    before = content(engine)
    (number,) = queued(desk, outlier(1))
    desk.drop(number, "me")
    desk.clear()
    (other,) = queued(desk, outlier(2))
    desk.keep(other, "me")
    desk.undo("me")
    desk.keep(other, "me")
    desk.clear()
    queued(desk, outlier(3))
    desk.undo("me")
    desk.undo("me")
    assert content(engine) == before
    assert [entry.finding.points for entry in desk.entries()] == [(3,)]


def test_undo_leaves_what_was_written_since(engine, desk):
    first, second = queued(desk, outlier(1), disagreement(2, "b"))
    desk.drop(first, "me")
    desk.relabel(second, "me", "b")
    engine.set_payload("c", {"label": "c"}, points=[2])
    engine.upsert("c", [models.PointStruct(id=1, vector={}, payload={"new": True})])
    after = content(engine)
    assert desk.undo("me")[1] == (2,)
    assert desk.undo("me")[1] == (1,)
    assert content(engine) == after
    assert [item.id for item in desk.trash()] == [1]
    assert desk.restore(desk.trash(), "me") == (1,)
    engine.delete("c", models.PointIdsList(points=[1]))
    assert desk.restore(desk.trash(), "me") == ()
    assert json.loads(content(engine)[1])["payload"]["label"] == "a"


def test_undo_of_a_label_keeps_other_fields_that_were_set_since(engine, desk):
    (number,) = queued(desk, disagreement(2, "b"))
    desk.relabel(number, "me", "b")
    engine.set_payload("c", {"extra": 1}, points=[2])
    assert desk.undo("me")[1] == ()
    payload = json.loads(content(engine)[2])["payload"]
    assert (payload["label"], payload["extra"]) == ("a", 1)


def test_an_emptied_trash_is_empty_for_good(engine, desk):
    first, second = queued(desk, outlier(1), outlier(2))
    desk.drop(first, "me")
    desk.drop(second, "me")
    desk.empty(desk.trash()[:1], "me")
    assert [item.id for item in desk.trash()] == [1]
    assert desk.undo("me")[0].entries == (first,)
    assert desk.undo("me") is None
    assert 1 in content(engine)
    assert 2 not in content(engine)
    restored, emptied, *_ = desk.log()
    assert (restored.action, emptied.action) == (Action.UNDO, Action.EMPTY)
    assert emptied.points == (2,)
    assert desk.changes(desk.log()[-1]) == ()


def test_queue_trash_and_log_survive_a_restart(engine, tmp_path):
    path = tmp_path / "folder" / "desk.sqlite"
    before = content(engine)
    desks = Desks(engine, path)
    desk = desks.working("c")
    first, _ = queued(desk, outlier(UUID), duplicates(2, 3))
    desk.drop(first, "me")
    desks.close()
    desks = Desks(engine, path)
    again = desks.of("c")
    assert again.progress().decided == 1
    assert again.next_open().entry.finding == duplicates(2, 3)
    assert again.log()[0].person == "me"
    again.undo("me")
    assert content(engine) == before
    desks.close()


def test_a_collection_that_is_gone_is_told(engine, desk):
    (number,) = queued(desk, outlier(1))
    desk.drop(number, "me")
    engine.delete_collection("c")
    with pytest.raises(NotFound):
        desk.restore(desk.trash(), "me")
    assert len(desk.trash()) == 1


def test_a_damaged_file_is_named(engine, tmp_path):
    path = tmp_path / "desk.sqlite"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(DeskError, match=r"desk\.sqlite.*move it away"):
        Desks(engine, path).working("c")
    path.unlink()
    assert Desks(engine, path).working("c").progress().total == 0


# Many at once


def test_the_duplicates_of_every_group_go_but_the_best(engine, desk):
    before = content(engine)
    numbers = queued(desk, duplicates(1, 2, UUID), outlier(8), duplicates(3, 4), duplicates(5, 77))
    groups = [numbers[0], *numbers[2:]]
    choice = Choice(Action.DROP, Best(Prefer.SMALLEST, "number"))
    proposal = desk.propose(groups, choice)
    assert set(proposal.dropped) == {2, UUID, 4}
    assert [entry.number for entry in proposal.gone] == [numbers[3]]
    assert content(engine) == before
    assert desk.decide(groups, choice, "me") == proposal
    assert content(engine).keys() == before.keys() - {2, 4, UUID}
    progress = desk.progress()
    assert (progress.decided, progress.total, progress.gone) == (2, 3, 1)
    assert len(desk.log()) == 1
    assert set(desk.log()[0].points) == {1, 2, UUID, 3, 4}
    decision, in_the_way = desk.undo("me")
    assert (decision.entries, in_the_way) == ((numbers[0], numbers[2]), ())
    assert content(engine) == before
    assert desk.undo("me") is None


def test_a_point_is_touched_by_one_finding_of_a_step(engine, desk):
    numbers = queued(desk, duplicates(1, 2), duplicates(2, 3), duplicates(4, 5))
    proposal = desk.decide(numbers, Choice(Action.DROP), "me")
    assert proposal.dropped == (2, 5)
    assert [entry.number for entry in proposal.left] == [numbers[1]]
    assert desk.next_open() is None  # of the group that was left only one point is there
    assert 3 in content(engine)
    desk.undo("me")
    assert desk.progress().decided == 0
    assert desk.next_open(after=numbers[0]).entry.number == numbers[1]


def test_many_are_merged_relabelled_and_kept_in_one_step_each(engine, desk):
    before = content(engine)
    numbers = queued(
        desk,
        *(duplicates(1, 2), duplicates(3, 8)),
        *(disagreement(4, "b"), disagreement(5, "b"), disagreement(9, "b")),
        outlier(UUID),
    )
    desk.decide(numbers[:2], Choice(Action.MERGE), "me")
    proposal = desk.decide(numbers[2:5], Choice(Action.RELABEL), "me")
    assert [entry.number for entry in proposal.left] == [numbers[4]]
    assert proposal.written == 2
    desk.decide(numbers, Choice(Action.KEEP), "me")
    assert desk.progress().decided == 6
    after = content(engine)
    assert json.loads(after[1])["payload"]["tags"] == ["0", "t", "1"]
    assert json.loads(after[5])["payload"]["label"] == "b"
    assert desk.decide(numbers, Choice(Action.DROP), "me").steps == ()
    assert [decision.action for decision in desk.log()] == ["keep", "relabel", "merge"]
    while desk.undo("me"):
        pass
    assert content(engine) == before


def test_a_step_that_is_cancelled_changes_nothing(engine, desk):
    before = content(engine)
    numbers = queued(desk, duplicates(1, 2), duplicates(3, 4), duplicates(5, UUID))
    told: list[tuple[int, int | None, str]] = []
    with pytest.raises(Cancelled):
        desk.decide(
            numbers,
            Choice(Action.MERGE),
            "me",
            lambda *progress: told.append(progress),
            lambda: len(told) == 2,
        )
    assert told == [(3, 3, "Reading points"), (0, 2, "Changing points")]
    assert content(engine) == before
    assert desk.progress().decided == 0
    assert desk.trash() == ()
    assert desk.log()[0].course is Course.UNDONE


@pytest.mark.parametrize(
    ("best", "expected"),
    [
        (Best(), 7),
        (Best(Prefer.FULLEST), 3),
        (Best(Prefer.FIRST), 3),
        (Best(Prefer.LAST), UUID),
        (Best(Prefer.SMALLEST, "deep.n"), 3),
        (Best(Prefer.LARGEST, "deep.n"), 10),
        (Best(Prefer.LARGEST, "when"), UUID),
        (Best(Prefer.LARGEST, "nowhere"), 7),
    ],
)
def test_the_best_of_a_group(best, expected):
    group = {
        7: {"a": "", "b": None, "when": None},
        10: {"deep": {"n": 5}, "when": "2024-01-02"},
        3: {"deep": {"n": 0}, "a": 0, "b": False},
        UUID: {"deep": {}, "when": "2024-02-01"},
    }
    assert best.of(group) == expected


# What happens elsewhere


def test_a_doubt_about_a_label_that_was_changed_since_is_gone(engine, desk):
    doubt = Finding(FindingKind.DISAGREEMENT, (1,), 0.5, "", (), "label", "a", "b")
    (number,) = queued(desk, doubt)
    assert desk.next_open().entry.number == number
    engine.set_payload("c", {"label": "b"}, points=[1])
    with pytest.raises(DeskError, match="no longer holds"):
        desk.relabel(number, "me")
    assert desk.next_open() is None
    assert desk.progress().gone == 1


def test_two_collections_have_a_desk_each(engine, tmp_path):
    engine.create_collection("d", {"v": models.VectorParams(size=2, distance="Dot")})
    desks = Desks(engine, tmp_path / "desk.sqlite")
    (number,) = queued(desks.working("c"), outlier(1))
    assert desks.working("d").progress().total == 0
    with pytest.raises(DeskError, match="cleared away"):
        desks.working("d").keep(number, "me")
    desks.close()


def test_a_collection_made_anew_has_a_desk_of_its_own(engine, tmp_path):
    desks = Desks(engine, tmp_path / "desk.sqlite")
    old = desks.working("c")
    first, second = queued(old, outlier(1), outlier(2))
    old.drop(first, "me")
    assert desks.earlier(old) == ()
    engine.delete_collection("c")
    fill(engine)
    before = content(engine)
    for decide in (old.keep, old.drop):
        with pytest.raises(DeskError, match="made anew"):
            decide(second, "me")
    with pytest.raises(DeskError, match="made anew"):
        old.undo("me")
    assert desks.of("c").progress().total == 0
    desk = desks.working("c")
    assert (desk.progress().total, desk.trash(), desk.log()) == (0, (), ())
    (earlier,) = desks.earlier(desk)
    assert [item.id for item in earlier.trash()] == [1]
    assert script(earlier).count("delete") == 1
    assert content(engine) == before
    earlier.empty(earlier.trash(), "me")
    assert earlier.trash() == ()
    desks.close()


def test_looking_at_a_desk_marks_nothing(engine, tmp_path):
    before = engine.get_collection("c").config
    desks = Desks(engine, tmp_path / "desk.sqlite")
    assert desks.of("c").key == desks.resumed("c").key == "c"
    assert engine.get_collection("c").config == before
    marked = desks.working("c")
    assert desks.of("c").key == desks.resumed("c").key == marked.key != "c"
    desks.close()


def test_a_server_that_keeps_no_metadata_has_desks_by_name(engine, tmp_path):
    class Old:
        def __getattr__(self, name):
            return getattr(engine, name)

        def update_collection(self, *_arguments, **_settings):
            raise RequestError("unknown field metadata")

    desks = Desks(Old(), tmp_path / "desk.sqlite")
    desk = desks.working("c")
    (number,) = queued(desk, outlier(1))
    desk.drop(number, "me")
    assert desks.of("c").key == desk.key == "c"
    desks.close()


OLD_LEDGER = """
CREATE TABLE entries (
    number INTEGER PRIMARY KEY AUTOINCREMENT, collection TEXT NOT NULL, key TEXT NOT NULL,
    finding TEXT NOT NULL, state TEXT NOT NULL, UNIQUE (collection, key)
);
CREATE TABLE decisions (
    number INTEGER PRIMARY KEY, collection TEXT NOT NULL, entry INTEGER, action TEXT NOT NULL,
    person TEXT NOT NULL, time TEXT NOT NULL, state TEXT NOT NULL, points TEXT NOT NULL
);
CREATE TABLE changes (
    number INTEGER PRIMARY KEY, decision INTEGER NOT NULL REFERENCES decisions,
    point TEXT NOT NULL, whole TEXT, fields TEXT, state TEXT NOT NULL
);
INSERT INTO entries VALUES
    (4, 'c', '0', '{"kind": "outlier", "points": [1], "strength": 1, "reason": ""}', 'drop');
INSERT INTO decisions VALUES
    (1, 'c', 4, 'drop', 'Ada', '2026-01-01T00:00:00+00:00', 'made', '[1]'),
    (2, 'c', NULL, 'empty', 'Ada', '2026-01-01T00:00:00+00:00', 'made', '[7]');
INSERT INTO changes VALUES
    (1, 1, '1', '{"id": 1, "vector": {}, "payload": {"label": "old"}}', NULL, 'made');
"""


def test_a_ledger_of_the_time_before_marks_belongs_to_the_collection_of_the_name(engine, tmp_path):
    path = tmp_path / "desk.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(OLD_LEDGER)
    engine.delete("c", models.PointIdsList(points=[1]))
    desks = Desks(engine, path)
    desk = desks.resumed("c")
    assert [decision.entries for decision in desk.log()] == [(), (4,)]
    desk.undo("me")
    assert json.loads(content(engine)[1])["payload"] == {"label": "old"}
    assert desk.next_open().entry.number == 4
    assert desks.earlier(desk) == ()
    desks.close()


def test_two_processes_take_turns(engine, tmp_path):
    path = tmp_path / "desk.sqlite"
    desks, others = Desks(engine, path), Desks(engine, path)
    (number,) = queued(desks.working("c"), outlier(1))
    other = others.working("c")
    update = engine.batch_update_points

    def meanwhile(*arguments: Any, **settings: Any) -> Any:
        with ThreadPoolExecutor() as elsewhere:
            assert elsewhere.submit(other.recover).result() == 0
        return update(*arguments, **settings)

    engine.batch_update_points = meanwhile
    desks.working("c").drop(number, "me")
    engine.batch_update_points = update
    with pytest.raises(DeskError, match="decided meanwhile"):
        other.drop(number, "you")
    assert [decision.person for decision in other.log()] == ["me"]
    desks.close()
    others.close()


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
        if name not in ("upsert", "batch_update_points"):
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


STEPS = ("drop", "merge", "relabel", "undo", "restore", "drop all", "merge all")


def act(desk: Desk, step: str) -> None:
    """Do a step of the desk where it is possible."""
    found = desk.next_open()
    kept = None if found is None else next(iter(found.payloads))
    if step == "undo":
        desk.undo("me")
    elif step == "restore":
        desk.restore(desk.trash()[:2], "me")
    elif step in ("drop all", "merge all"):
        numbers = [entry.number for entry in desk.entries()]
        desk.decide(numbers, Choice(Action(step.removesuffix(" all"))), "me")
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
        desk = Desks(Dying(engine, writes, after=after, error=error)).working("c")
        queued(desk, duplicates(1, 2, UUID), disagreement(3, "b"), outlier(4), duplicates(5, 8, 9))
        try:
            for step in steps:
                act(desk, step)
        except (Killed, EngineError) as raised:
            assert raised is error  # noqa: PT017 - it may as well not be raised
        desk._client = engine
        desk.recover()
        assert not [d for d in desk.log() if d.course in (Course.BEGUN, Course.UNDOING)]
        gone = before.keys() - content(engine).keys()
        assert gone <= {item.id for item in desk.trash()}
        while desk.undo("me"):
            pass
        assert desk.restore(desk.trash(), "me") == ()
        assert content(engine) == before


KILLED_SCRIPT = """
import os, sys
from pathlib import Path
from engine import Engine
from explorer.cleaning import Desks
from explorer.findings import Finding, FindingKind
engine = Engine(sys.argv[1])
desk = Desks(engine, Path(sys.argv[2])).working("c")
update = engine.batch_update_points
engine.batch_update_points = lambda *args, **named: (update(*args, **named), os._exit(9))
desk.add([Finding(FindingKind.OUTLIER, (1,), 1.0, "")])
desk.drop(desk.next_open().entry.number, "me")
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
        desks = Desks(engine, ledger)
        desk = desks.working("c")
        assert desk.recover() == 1
        assert content(engine) == before
        assert desk.next_open().entry.finding.points == (1,)
        desks.close()


def test_a_server_that_refuses_leaves_the_finding_open(engine):
    dying = Dying(engine, 0, after=False, error=EngineError("refused"))
    desk = Desks(dying).working("c")
    (number,) = queued(desk, outlier(1))
    before = content(engine)
    with pytest.raises(EngineError, match="refused"):
        desk.drop(number, "me")
    assert content(engine) == before
    assert desk.trash() == ()
    assert desk.next_open().entry.number == number


# A remote cluster


def test_a_server_is_cleaned_with_the_trash_kept_here():
    with serving() as served:
        fill(served.engine)
        client = QdrantClient(url=served.url, check_compatibility=False)
        before = content(client)
        desk = Desks(client).working("c")
        first, second, third = queued(
            desk, outlier(UUID), duplicates(1, 2, 2**64 - 1), disagreement(3, "b")
        )
        desk.drop(first, "me")
        desk.merge(second, "me", kept=2)
        desk.relabel(third, "me", "b")
        assert len(content(client)) == len(before) - 3
        while desk.undo("me"):
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
    desk.empty(desk.trash()[:1], "me")
    desk.drop(numbers[5], "me")
    desk.undo("me")
    with serving() as served:
        fill(served.engine)
        code = script(desk, served.url)
        assert code.count("set_payload") == 2
        (tmp_path / "clean.py").write_text(code)
        subprocess.run([sys.executable, tmp_path / "clean.py"], check=True)
        assert content(served.engine) == content(engine)


def test_an_untouched_collection_has_a_script_without_steps(desk):
    assert "client." not in script(desk)


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
