"""Aliases: they stand for a collection everywhere, change together, and survive."""

from __future__ import annotations

import pytest
from qdrant_client import models

from engine import CollectionCorrupt, Conflict, Engine, NotFound, WrongInput

DOT = models.VectorParams(size=1, distance=models.Distance.DOT)


def create(alias, name):
    return models.CreateAliasOperation(
        create_alias=models.CreateAlias(alias_name=alias, collection_name=name)
    )


def delete(alias):
    return models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=alias))


def rename(old, new):
    return models.RenameAliasOperation(
        rename_alias=models.RenameAlias(old_alias_name=old, new_alias_name=new)
    )


def aliases(engine):
    return {alias.alias_name: alias.collection_name for alias in engine.get_aliases().aliases}


def fill(engine):
    for number, name in enumerate(("red", "blue")):
        engine.create_collection(name, DOT)
        engine.upsert(name, [models.PointStruct(id=number, vector=[1.0])])


@pytest.fixture(params=["memory", "disk"])
def engine(request, tmp_path):
    with Engine(":memory:" if request.param == "memory" else tmp_path) as made:
        fill(made)
        yield made


def test_an_alias_stands_for_its_collection_everywhere(engine):
    engine.update_collection_aliases([create("now", "red")])
    assert engine.collection_exists("now")
    assert engine.retrieve("now", [0])[0].id == 0
    engine.upsert("now", [models.PointStruct(id=7, vector=[2.0])])
    assert engine.count("red").count == 2
    assert engine.query_points("now", [1.0]).points[0].id == 7
    assert engine.get_collection("now").points_count == 2
    assert [c.name for c in engine.get_collections().collections] == ["blue", "red"]


def test_looking_ids_up_in_an_alias_of_the_searched_collection_excludes_them(engine):
    engine.update_collection_aliases([create("now", "red")])
    engine.upsert("red", [models.PointStruct(id=7, vector=[2.0])])
    found = engine.query_points("red", 7, lookup_from=models.LookupLocation(collection="now"))
    assert [point.id for point in found.points] == [0]


def test_actions_change_aliases_in_their_order(engine):
    engine.update_collection_aliases(
        [create("a", "red"), create("b", "red"), rename("a", "c"), delete("b"), delete("never")]
    )
    assert aliases(engine) == {"c": "red"}
    engine.update_collection_aliases([create("c", "blue"), create("d", "red")])
    assert aliases(engine) == {"c": "blue", "d": "red"}
    assert [a.alias_name for a in engine.get_collection_aliases("blue").aliases] == ["c"]


@pytest.mark.parametrize(
    ("action", "error", "message"),
    [
        (create("x", "nope"), NotFound, "Collection `nope` doesn't exist!"),
        (create("blue", "red"), Conflict, "Collection `blue` already exists!"),
        (rename("nope", "x"), NotFound, "Alias nope does not exists!"),
        (rename("ok", "blue"), Conflict, "Collection `blue` already exists!"),
        (create("a/b", "red"), WrongInput, "cannot contain '/'"),
    ],
)
def test_one_bad_action_changes_nothing(engine, action, error, message):
    with pytest.raises(error, match=message):
        engine.update_collection_aliases([create("ok", "red"), action])
    assert aliases(engine) == {}


def test_a_collection_takes_its_aliases_with_it(engine):
    engine.update_collection_aliases([create("a", "red"), create("b", "blue")])
    assert not engine.delete_collection("a")
    assert engine.delete_collection("red")
    assert aliases(engine) == {"b": "blue"}
    with pytest.raises(NotFound):
        engine.get_collection("a")
    with pytest.raises(NotFound):
        engine.get_collection_aliases("red")


def test_no_collection_can_take_the_name_of_an_alias(engine):
    engine.update_collection_aliases([create("a", "red")])
    with pytest.raises(WrongInput, match="Alias with the same name already exists"):
        engine.create_collection("a", DOT)


def test_aliases_survive_a_restart_and_a_dropped_collection_does_not_leave_them(tmp_path):
    with Engine(tmp_path) as engine:
        fill(engine)
        engine.update_collection_aliases([create("a", "red"), create("b", "blue")])
    with Engine(tmp_path) as engine:
        assert aliases(engine) == {"a": "red", "b": "blue"}
        assert engine.count("a").count == 1
        stored = (tmp_path / "aliases.json").read_bytes()
        engine.delete_collection("red")
    (tmp_path / "aliases.json").write_bytes(stored)  # as a crash inside the drop would leave it
    with Engine(tmp_path) as engine:
        assert aliases(engine) == {"b": "blue"}


@pytest.mark.parametrize("content", [b"{", b"[1]", b'{"a": 1}', b"\xff"])
def test_a_damaged_file_is_named(tmp_path, content):
    (tmp_path / "aliases.json").write_bytes(content)
    with pytest.raises(CollectionCorrupt, match=r"aliases\.json is damaged"):
        Engine(tmp_path)
    (tmp_path / "aliases.json").unlink()
    Engine(tmp_path).close()
