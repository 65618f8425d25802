"""Neighbour graphs that are found once and kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from qdrant_client import models

from engine import Engine
from explorer.conditions import AnyOf
from explorer.jobs import Cancelled
from explorer.nearest import Nearest, Scope, within

SCOPE = Scope("c", k=6)


@pytest.fixture
def client():
    with Engine(":memory:") as engine:
        config = models.VectorParams(size=4, distance=models.Distance.EUCLID)
        engine.create_collection("c", vectors_config=config)
        X = np.random.default_rng(2).random((40, 4))
        payloads = [{"kind": "ab"[number % 2]} for number in range(40)]
        engine.upsert("c", models.Batch(ids=list(range(40)), vectors=X.tolist(), payloads=payloads))
        yield engine


@pytest.fixture
def nearest(client):
    return Nearest(client)


def test_a_graph_is_kept_until_the_data_changes(client, nearest):
    assert nearest.kept(SCOPE) is None
    found = nearest.neighbours(SCOPE)
    assert nearest.neighbours(Scope("c", k=6)) is found
    client.delete("c", models.PointIdsList(points=[7]))
    assert nearest.kept(SCOPE) is None
    assert 7 not in nearest.neighbours(SCOPE).places


def test_forgetting_one_collection_leaves_the_others(client, nearest):
    client.create_collection("d", models.VectorParams(size=4, distance=models.Distance.EUCLID))
    here, there = nearest.neighbours(SCOPE), nearest.neighbours(Scope("d"))
    nearest.forget("c")
    assert nearest.kept(SCOPE) is None
    assert nearest.kept(Scope("d")) is there
    assert nearest.neighbours(SCOPE) is not here


def test_fewer_neighbours_are_the_first_of_those_kept(client, nearest):
    nearest.neighbours(SCOPE)
    fewer = replace(SCOPE, k=3)
    kept, alone = nearest.kept(fewer), within(client, fewer)
    assert kept.k == 3
    assert np.array_equal(kept.indices, alone.indices)
    assert np.array_equal(kept.distances, alone.distances)
    assert nearest.kept(replace(SCOPE, k=7)) is None


def test_more_neighbours_than_there_are_points_are_as_many_as_can_be(nearest):
    assert nearest.neighbours(replace(SCOPE, k=100)).k == 39
    assert nearest.kept(replace(SCOPE, k=90)).k == 39


@pytest.mark.parametrize(
    ("other", "points"),
    [
        ({"sample": 10}, 10),
        ({"sample": 10, "seed": 1}, 10),
        ({"ids": (1, 2, 3)}, 3),
        ({"conditions": (AnyOf("kind", ("a",)),)}, 20),
    ],
    ids=str,
)
def test_other_points_are_another_graph(nearest, other, points):
    nearest.neighbours(SCOPE)
    scope = replace(SCOPE, **other)
    assert nearest.kept(scope) is None
    assert len(nearest.neighbours(scope)) == points
    assert len(nearest.neighbours(SCOPE)) == 40


def test_what_was_stopped_is_not_kept(nearest):
    with pytest.raises(Cancelled):
        nearest.neighbours(SCOPE, stopped=lambda: True)
    assert nearest.kept(SCOPE) is None
