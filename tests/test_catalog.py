"""Loading bundled sets: whole, with indexes and hints, or not at all."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from qdrant_client import QdrantClient, models

from engine import Engine
from explorer import catalog
from explorer.bundle import BundledSet, SetDamaged
from explorer.hints import Hints, parse_hints, read_hints


@pytest.fixture
def client():
    with Engine(":memory:") as opened:
        yield opened


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """The cars set in a folder that a test may damage, in the place of the bundled one."""
    folder = shutil.copytree(catalog.FOLDER / "cars", tmp_path / "cars")
    bundle = BundledSet.read(folder)
    monkeypatch.setattr(catalog, "bundled", lambda: (bundle,))
    return folder


@pytest.mark.parametrize("name", catalog.ORDER)
def test_every_set_loads_whole(client, name):
    catalog.load(client, name)
    card = catalog.find(name).card
    info = client.get_collection(name)
    assert client.count(name).count == card.points
    assert set(info.payload_schema) == {index.field_name for index in card.indexes}
    assert read_hints(info.config.metadata) == replace(card.hints, about=card.summary)


def test_points_are_those_of_the_files(client):
    catalog.load(client, "digits")
    bundle = catalog.find("digits")
    (point,) = client.retrieve("digits", [1700], with_vectors=True)
    expected = bundle.vectors()["pixels"].data[1700]
    assert point.payload == bundle.payload()[1700]
    np.testing.assert_allclose(
        point.vector["pixels"], expected / np.linalg.norm(expected), atol=1e-6
    )


@pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")
def test_a_client_of_qdrant_loads_the_same():
    client = QdrantClient(":memory:")
    catalog.load(client, "cars")
    assert client.count("cars").count == 406
    assert read_hints(client.get_collection("cars").config.metadata).title == "name"


def test_progress_ends_at_all_points(client):
    seen = []
    catalog.load(client, "emoji", progress=lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert seen[-1] == (1747, 1747)


def test_a_cancelled_load_leaves_nothing(client):
    answers = iter([False, False, True])
    with pytest.raises(catalog.LoadCancelled, match="emoji"):
        catalog.load(client, "emoji", cancelled=lambda: next(answers))
    assert not client.collection_exists("emoji")


def test_a_failed_load_leaves_nothing(client):
    def full(_done, _total):
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space"):
        catalog.load(client, "cars", progress=full)
    assert not client.collection_exists("cars")


def test_a_collection_of_the_name_is_kept(client):
    client.create_collection("cars", models.VectorParams(size=2, distance=models.Distance.DOT))
    with pytest.raises(catalog.AlreadyLoaded, match="'cars'"):
        catalog.load(client, "cars")
    assert client.count("cars").count == 0


def test_an_unknown_set_names_those_there_are(client):
    with pytest.raises(catalog.UnknownSet, match=r"'plants'.*emoji, digits, airports, cars"):
        catalog.load(client, "plants")


FILES = [
    "cars/payload.jsonl",
    "cars/vectors/unnamed.npy",
    "cars/layout.npy",
    "cars/card.json",
    "docstrings/vectors/bm25.npz",
    "docstrings/vectors/dense.scale.npy",
    "docstrings/vectors/tokens.npy",
    "docstrings/vectors/tokens.offsets.npy",
    "docstrings/projections/short.npy",
]


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("damage", ["missing", "cut", "garbage"])
def test_a_damaged_file_is_named(tmp_path, file, damage):
    name, _, inner = file.partition("/")
    copy = shutil.copytree(catalog.FOLDER / name, tmp_path / name)
    path = copy / inner
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    else:
        path.write_bytes(b"\xff\x00 garbage")
    with pytest.raises(SetDamaged, match=path.name):
        read_all(copy)


def read_all(folder):
    bundle = BundledSet.read(folder)
    projected = [
        vector
        for vector, encoder in bundle.card.hints.encoders.items()
        if encoder == f"{bundle.name}/{vector}"
    ]
    projections = [bundle.projection(vector) for vector in projected]
    return bundle.payload(), bundle.vectors(), bundle.layout(), projections


def late(offsets):
    offsets[0] = 1


def beyond(offsets):
    offsets[-1] += 1


def falling(offsets):
    offsets[7] = offsets[5]


@pytest.mark.parametrize("damage", [late, beyond, falling])
def test_offsets_that_do_not_fit_are_damage(tmp_path, damage):
    copy = shutil.copytree(catalog.FOLDER / "docstrings", tmp_path / "docstrings")
    path = copy / "vectors" / "tokens.offsets.npy"
    offsets = np.load(path)
    damage(offsets)
    np.save(path, offsets)
    with pytest.raises(SetDamaged, match=r"tokens\.offsets\.npy"):
        BundledSet.read(copy).vectors()


def test_nothing_is_written_from_a_damaged_set(copy, client):
    np.save(copy / "vectors" / "unnamed.npy", np.full((406, 6), np.nan, np.float32))
    with pytest.raises(SetDamaged, match="not finite"):
        catalog.load(client, "cars")
    assert not client.collection_exists("cars")


def test_an_array_of_objects_is_never_unpickled(copy):
    np.save(copy / "layout.npy", np.array([[{}, {}]] * 406, dtype=object), allow_pickle=True)
    with pytest.raises(SetDamaged, match=r"layout\.npy"):
        BundledSet.read(copy).layout()


def test_hints_survive_the_metadata():
    hints = catalog.find("digits").card.hints
    assert read_hints(hints.metadata()) == hints


@pytest.mark.parametrize("metadata", [None, {}, {"sextant": 3}, {"sextant": {"picture": "big"}}])
def test_hints_of_others_are_ignored(metadata):
    assert read_hints(metadata) == Hints()


def test_wrong_hints_are_told_to_who_asks():
    with pytest.raises(ValueError, match="kind"):
        parse_hints({"picture": {"kind": "hologram", "field": "x"}})
