"""Views of a collection as drawings: starts, expansions, places, what is missing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import UnexpectedResponse

from engine import Engine, EngineError
from explorer.conditions import Flag
from explorer.graph import permalink
from explorer.graph.drawing import MAX_MULTI, GraphError, check_vector
from explorer.graph.drawings import Drawings
from explorer.graph.linking import Linking
from explorer.graph.looks import measures, packed_sizes, size_values
from explorer.graph.view import Chosen, Look, Placing, Sample, View
from explorer.nearest import Nearest
from explorer.permalink import PermalinkError
from explorer.points import PointMaps
from explorer.workspace import Workspace
from tests.api_serving import serving

POINTS = 80
LACKING = 7
VIEW = View("c", "a", Sample(40))


def fill(engine: Engine) -> None:
    dense = models.VectorParams(size=3, distance=models.Distance.EUCLID)
    rows = models.MultiVectorConfig(comparator=models.MultiVectorComparator.MAX_SIM)
    engine.create_collection(
        "c",
        {"a": dense, "rows": dense.model_copy(update={"multivector_config": rows})},
        sparse_vectors_config={"words": models.SparseVectorParams()},
    )
    X = np.random.default_rng(0).standard_normal((POINTS, 3))
    points = [
        models.PointStruct(
            id=number,
            vector={} if number == LACKING else {"a": vector.tolist()},
            payload={
                "name": f"n{number}\x07 & <b>",
                "even": number % 2 == 0,
                "size": number / 2,
                "tags": ["x"],
            },
        )
        for number, vector in enumerate(X)
    ]
    engine.upsert("c", points)


@pytest.fixture(scope="module")
def clients():
    with serving() as served:
        fill(served.engine)
        client = QdrantClient(url=served.url, check_compatibility=False)
        yield {"embedded": served.engine, "remote": client}
        client.close()


@pytest.fixture(params=["embedded", "remote"])
def client(clients, request):
    return clients[request.param]


def drawings_of(client):
    return Drawings(client, PointMaps(client), Nearest(client))


@pytest.fixture
def drawings(client):
    return drawings_of(client)


def nearest(client, point: int, count: int) -> set[int]:
    hits = client.query_points("c", query=point, using="a", limit=count).points
    return {hit.id for hit in hits}


def test_a_sample_is_drawn_once(drawings):
    drawing = drawings.drawing(VIEW)
    assert len(drawing.graph) == len(drawing.payloads) == 40
    assert drawing.payloads[3]["size"] == drawing.graph.ids[3] / 2
    assert drawings.drawing(VIEW) is drawing
    assert drawings.points("c", drawing.points.version) is drawing.points
    drawings.forget("c")
    assert drawings.kept(VIEW) is None


def test_a_point_is_expanded_by_its_nearest(client, drawings):
    around = VIEW.around(5)
    drawing = drawings.drawing(around)
    assert set(drawing.graph.ids) == {5} | nearest(client, 5, around.k)
    place = drawing.graph.places[5]
    linked = {drawing.graph.ids[other] for other, _ in drawing.graph.linked(place)}
    assert linked == nearest(client, 5, around.k)


def test_an_expansion_leaves_the_others_where_they_were(client, drawings):
    first = drawings.drawing(VIEW.around(5))
    outermost = first.graph.ids[0]
    second = drawings.drawing(first.view.expanding(outermost))
    assert set(second.graph.ids) == set(first.graph.ids) | nearest(client, outermost, 8)
    rows = [second.graph.places[point] for point in first.graph.ids]
    assert np.array_equal(second.xy[rows], first.xy)
    assert np.isfinite(second.xy).all()


def test_a_drawing_follows_from_its_view_alone(client):
    view = VIEW.around(5).expanding(9)
    one, other = (drawings_of(client).drawing(view) for _ in range(2))
    assert one.points.version == other.points.version
    assert np.array_equal(one.graph.edges, other.graph.edges)


def test_a_filter_bounds_samples_and_expansions(drawings):
    view = View("c", "a", Sample(40), conditions=(Flag("even", value=True),))
    assert all(point % 2 == 0 for point in drawings.drawing(view).graph.ids)
    around = drawings.drawing(view.around(5))
    assert [point for point in around.graph.ids if point % 2] == [5]


def test_chosen_points_that_are_not_here_are_told(drawings):
    drawing = drawings.drawing(VIEW.starting(Chosen((1, 2, 3, LACKING, 999))))
    assert drawing.graph.ids == (1, 2, 3)
    assert drawing.missing == (LACKING, 999)


def test_an_unknown_point_cannot_be_expanded(drawings):
    with pytest.raises((EngineError, UnexpectedResponse), match="999"):
        drawings.drawing(VIEW.around(999))


def test_one_point_alone_is_an_empty_graph(drawings):
    drawing = drawings.drawing(VIEW.starting(Chosen((1,))))
    assert len(drawing.graph) == 0
    assert drawing.points.version


def test_points_stand_where_the_map_has_them(client, drawings):
    drawing = drawings.drawing(View("c", "a", Sample(40), placing=Placing.MAP))
    everything = PointMaps(client).points("c", "a")
    for place, point in enumerate(drawing.graph.ids):
        expected = everything.layout.xy[everything.index(point)]
        assert drawing.xy[place] == pytest.approx(expected)


def test_identical_points_are_drawn_apart():
    engine = Engine(":memory:")
    engine.create_collection("same", models.VectorParams(size=2, distance=models.Distance.COSINE))
    engine.upsert("same", [models.PointStruct(id=i, vector=[1, 1]) for i in range(30)])
    for linking in Linking:
        view = View("same", "", Sample(30), linking=linking)
        drawing = drawings_of(engine).drawing(view)
        assert np.isfinite(drawing.xy).all()
        assert len(np.unique(drawing.xy, axis=0)) == 30
    engine.close()


def test_vectors_that_are_missing_or_too_slow_are_told(client):
    vectors = Workspace(client).summary("c").vectors
    for using, size in (("a", 10_000), ("words", 10_000), ("rows", MAX_MULTI)):
        check_vector(vectors, View("c", using, Sample(size)))
    with pytest.raises(GraphError, match=r"no vector 'no' here\. Choose 'a' or 'rows' or 'words'"):
        check_vector(vectors, View("c", "no"))
    with pytest.raises(GraphError, match="at most 1,000 points can be linked by it, not 1,001"):
        check_vector(vectors, View("c", "rows", Sample(MAX_MULTI + 1)))
    with pytest.raises(GraphError, match="this one has no vectors"):
        check_vector({}, View("c"))


def test_dots_grow_with_measures_or_payload_numbers(drawings):
    drawing = drawings.drawing(VIEW)
    numbers = measures(drawing)
    assert size_values(drawing, "", numbers) is None
    assert size_values(drawing, "name", numbers) is None
    assert size_values(drawing, "@degree", numbers) is drawing.graph.degrees
    by_field = size_values(drawing, "size", numbers)
    assert by_field.tolist() == [point / 2 for point in drawing.graph.ids]
    packed = np.frombuffer(packed_sizes(by_field), np.uint8)
    assert int.from_bytes(packed[:4].tobytes(), "little") == 40
    assert (packed[4], packed[-1]) == (0, 255)


def test_files_are_kept_by_their_content(drawings):
    version = drawings.keep("c", b"links")
    assert drawings.file("c", version) == b"links"
    assert drawings.keep("c", b"links") == version
    assert drawings.file("d", version) is None


ids = st.integers(0, 2**64 - 1) | st.uuids().map(str)
starts = st.builds(Sample, st.integers(3, 10_000), st.integers(0, 99)) | st.builds(
    Chosen, st.lists(ids, min_size=1, max_size=5).map(tuple), st.text(max_size=9)
)


@given(
    st.builds(
        View,
        st.text(max_size=9),
        st.text(max_size=9),
        starts,
        st.lists(ids, max_size=4).map(tuple),
        st.sampled_from(Linking),
        st.integers(1, 50),
        st.sampled_from(Placing),
        st.lists(st.builds(Flag, st.just("even"), st.booleans()), max_size=2).map(tuple),
    ),
    st.builds(
        Look,
        st.text(max_size=9),
        st.sampled_from(["", "@degree"]),
        st.none() | st.floats(allow_nan=False, allow_infinity=False),
        st.none() | ids,
    ),
)
def test_a_link_brings_view_and_look_back(view, look):
    assert permalink.decode(permalink.encode(view, look)) == (view, look)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "{}",
        '{"collection": "c", "k": 0}',
        '{"collection": "c", "start": {"ids": []}}',
        '{"collection": "c", "start": {"size": 9, "seed": -1}}',
        "[" * 99,
    ],
)
def test_a_broken_link_says_so(written):
    with pytest.raises(PermalinkError, match="graph cannot be read"):
        permalink.decode({"graph": written})


def test_a_link_may_be_too_long():
    with pytest.raises(PermalinkError, match="fewer points"):
        permalink.encode(VIEW.starting(Chosen(tuple(range(9_000)))), Look())


def test_expanding_twice_changes_nothing():
    view = VIEW.expanding(4)
    assert view.expanding(4) is view
    assert view.before == VIEW
