"""Connections: what can be opened, by whom it is shared, and what an address tells of its key."""

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from qdrant_client import models

from engine import Engine
from engine.api import Settings
from engine.errors import FolderLocked, FolderNotWritable, RequestError
from explorer.cluster import (
    BadAddress,
    Cluster,
    KeyRefused,
    Refused,
    UnfitServer,
    Unreachable,
    skew,
)
from explorer.connection import Connections, Folder
from explorer.fields import payload_fields
from explorer.records import record_pages
from tests.api_serving import Served, serving
from tests.browser.running import free_port

KEY = "a key of sixteen"


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    """A server that wants a key, with one small collection."""
    with serving(Settings(api_key=KEY, read_only_api_key="read only")) as served:
        served.engine.create_collection(
            "fruit", models.VectorParams(size=2, distance=models.Distance.EUCLID)
        )
        kinds = [{"kind": "ab"[n % 2]} for n in range(30)]
        served.engine.upload_collection("fruit", np.eye(30)[:, :2], payload=kinds, ids=range(30))
        yield served


@pytest.fixture
def connections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Connections:
    monkeypatch.setenv("SEXTANT_DATA", str(tmp_path / "app"))
    return Connections()


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("localhost", "http://localhost:6333"),
        ("localhost:7000", "http://localhost:7000"),
        (" https://example.org/ ", "https://example.org:6333"),
        ("https://example.org:443/qdrant", "https://example.org:443/qdrant"),
        ("http://[::1]:6333", "http://[::1]:6333"),
    ],
)
def test_an_address_is_completed(typed, url):
    assert Cluster.at(typed).url == url


@pytest.mark.parametrize(
    "typed",
    ["", "ftp://example.org", "http://", "http://host:99999", "http://host:port", "http://[::1"],
)
def test_what_is_no_address_is_refused(typed):
    with pytest.raises(BadAddress):
        Cluster.at(typed)


@pytest.mark.parametrize(
    "typed", ["http://name:secret@host", "http://host?api_key=secret", "http://host#secret"]
)
def test_a_key_in_an_address_is_refused_and_not_repeated(typed):
    with pytest.raises(BadAddress, match="field of its own") as refused:
        Cluster.at(typed)
    assert "secret" not in str(refused.value)


def test_a_key_is_not_shown(server, connections):
    cluster = Cluster.at(server.url, KEY)
    opened = connections.open(cluster)
    assert KEY not in f"{cluster!r} {opened.address} {opened.token} {opened.layouts}"


def test_a_key_in_the_clear_is_noticed():
    assert Cluster.at("http://example.org", KEY).is_open_to_listeners
    assert not Cluster.at("https://example.org", KEY).is_open_to_listeners
    assert not Cluster.at("localhost", KEY).is_open_to_listeners


def test_a_cluster_is_looked_at_through_its_client(server, connections):
    opened = connections.open(Cluster.at(server.url, KEY))
    assert opened.workspace.names() == ("fruit",)
    assert not opened.workspace.is_embedded
    points = opened.maps.points("fruit", "")
    assert len(points) == 30
    assert opened.maps.colouring(points, "kind").legend.names == ("a", "b")
    assert opened.note == ""


@pytest.mark.parametrize(("key", "told"), [("", "wants an API key"), ("wrong", "not accept")])
def test_the_wrong_key_is_told(server, connections, key, told):
    with pytest.raises(KeyRefused, match=told):
        connections.open(Cluster.at(server.url, key))


def test_nobody_at_the_address_is_told(connections):
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(Unreachable, match=url):
        connections.open(Cluster.at(url))


def test_a_server_that_goes_away_is_told(connections):
    with serving() as served:
        opened = connections.open(Cluster.at(served.url))
    with pytest.raises(Unreachable):
        opened.workspace.names()


def test_what_a_server_refuses_is_told_in_its_words(server, connections):
    opened = connections.open(Cluster.at(server.url, "read only"))
    with pytest.raises(Refused, match="only allows reading") as refused:
        opened.workspace.client.delete_collection("fruit")
    assert refused.value.status == 403
    with pytest.raises(RequestError, match="nowhere"):
        opened.workspace.summary("nowhere")


def test_another_kind_of_server_is_told(connections):
    with serving() as served, pytest.raises(UnfitServer, match="REST"):
        connections.open(Cluster.at(f"{served.url}/collections"))


def test_versions_apart_are_told():
    assert skew("1.19.0") == skew("1.20.3-dev") == ""
    assert "1.12.1" in skew("1.12.1")


def test_equal_addresses_share_a_connection_and_others_do_not(server, connections):
    first = connections.open(Cluster.at(server.url, KEY))
    assert connections.open(Cluster.at(server.url, KEY)) is first
    other = connections.open(Cluster.at(server.url, "read only"))
    assert other is not first
    assert connections.find(first.token) is first
    assert connections.find(other.token) is other
    assert connections.find("guessed") is None


def test_a_connection_ends_when_nobody_holds_it(tmp_path, connections):
    opened = connections.open(Folder.at(str(tmp_path)))
    token, gone = opened.token, weakref.ref(opened)
    with pytest.raises(FolderLocked):
        Engine(tmp_path)
    del opened
    gc.collect()
    assert gone() is None
    assert connections.find(token) is None
    Engine(tmp_path).close()


def test_a_connection_stays_open_while_work_on_it_runs(tmp_path, connections):
    opened = connections.open(Folder.at(str(tmp_path)))
    going = Event()
    workspace = opened.workspace
    job = opened.start(
        "k", "Waiting", lambda _report, _stopped: (going.wait(30), workspace.names())
    )
    del opened
    gc.collect()
    going.set()
    assert job.wait(30)
    assert job.result == (True, ())


def test_a_closed_connection_is_opened_anew(tmp_path, connections):
    first = connections.open(Folder.at(str(tmp_path)))
    first.close()
    assert connections.find(first.token) is None
    second = connections.open(Folder.at(str(tmp_path)))
    assert second is not first
    assert second.workspace.names() == ()


def test_only_data_folders_and_empty_folders_are_opened(tmp_path, connections):
    with pytest.raises(FolderNotWritable, match="Make it first"):
        Folder.at(str(tmp_path / "none"))
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(FolderNotWritable, match="holds other things"):
        Folder.at(str(tmp_path))
    data = tmp_path / "data"
    with Engine(data):
        pass
    assert connections.open(Folder.at(str(data))).workspace.is_embedded


def test_layouts_of_a_cluster_are_kept_apart_and_are_no_collection(server, connections, tmp_path):
    cluster = connections.open(Cluster.at(server.url, KEY))
    own = connections.open(Folder((tmp_path / "app").resolve()))
    assert cluster.layouts != own.layouts
    for opened in (cluster, own):
        opened.layouts.mkdir(parents=True, exist_ok=True)
    assert own.workspace.names() == ()


def test_pages_are_as_large_as_strict_mode_allows(server, connections):
    server.engine.create_collection(
        "strict",
        models.VectorParams(size=1, distance=models.Distance.DOT),
        strict_mode_config=models.StrictModeConfig(enabled=True, max_query_limit=7),
    )
    rows, payload = np.ones((20, 1)), [{"year": 2000 + n % 3} for n in range(20)]
    server.engine.upload_collection("strict", rows, payload=payload, ids=range(20))
    opened = connections.open(Cluster.at(server.url, KEY))
    client = opened.workspace.client
    assert [len(page) for page in record_pages(client, "strict")] == [7, 7, 6]
    server.engine.delete_collection("strict")


class WithoutFacets(Engine):
    """Counts no values, as a server before version 1.12."""

    def facet(self, *_arguments: object, **_settings: object) -> models.FacetResponse:
        raise Refused("404 Not Found", 404)


def test_values_that_a_server_cannot_count_are_counted_in_a_sample():
    with WithoutFacets(":memory:") as engine:
        engine.create_collection("years", {})
        points = [
            models.PointStruct(id=n, vector={}, payload={"year": 2000 + n % 3}) for n in range(20)
        ]
        engine.upsert("years", points)
        engine.create_payload_index("years", "year", "integer")
        (year,) = payload_fields(engine, "years")
    assert year.indexed
    assert {entry.value: entry.count for entry in year.values} == {2000: 7, 2001: 7, 2002: 6}
