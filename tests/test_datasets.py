"""The bundled sets themselves: what is in the files, and whether it can be trusted."""

import numpy as np
import pytest
from qdrant_client import models

from engine import Engine
from explorer import catalog
from explorer.bundle import SparseColumn
from explorer.ngrams import ngram_counts, ngram_query
from explorer.terms import term_counts, term_query

SETS = catalog.bundled()


@pytest.fixture(scope="module")
def client():
    with Engine(":memory:") as opened:
        for bundle in SETS:
            catalog.load(opened, bundle.name)
        yield opened


def each_set(test):
    return pytest.mark.parametrize("bundle", SETS, ids=lambda bundle: bundle.name)(test)


def query_of(starter):
    pairs = [models.ContextPair(positive=a, negative=b) for a, b in starter.pairs]
    positives, negatives = list(starter.positives), list(starter.negatives)
    return {
        "nearest": lambda: models.NearestQuery(nearest=positives[0]),
        "recommend": lambda: models.RecommendQuery(
            recommend=models.RecommendInput(positive=positives, negative=negatives)
        ),
        "discover": lambda: models.DiscoverQuery(
            discover=models.DiscoverInput(target=starter.target, context=pairs)
        ),
        "context": lambda: models.ContextQuery(context=pairs),
    }[starter.mode]()


def ask(client, name, mode, limit=10):
    hints = catalog.find(name).card.hints
    (starter,) = (starter for starter in hints.starters if starter.mode == mode)
    hits = client.query_points(name, query_of(starter), using=hints.vector, limit=limit).points
    return [hit.payload for hit in hits]


@each_set
def test_a_set_comes_with_its_papers(bundle):
    assert (bundle.folder / "README.md").read_text(encoding="utf-8").count("Licence")
    assert (bundle.folder / "make.py").exists()


def test_all_sets_together_are_small():
    files = [path for path in catalog.FOLDER.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 12_000_000


@each_set
def test_a_map_fills_its_square(bundle):
    ids, coordinates = catalog.layout(bundle.name)
    spread = np.percentile(coordinates, 90, axis=0) - np.percentile(coordinates, 10, axis=0)
    assert ids.tolist() == list(range(bundle.card.points))
    assert np.abs(coordinates).max() == pytest.approx(1)
    assert spread.max() > 0.8, "a few outliers squash the rest"


@each_set
def test_hints_name_fields_that_exist(bundle):
    hints, payload = bundle.card.hints, bundle.payload()
    named = [hints.title, hints.colour, hints.picture and hints.picture.field]
    fields = {field for point in payload for field in point}
    assert fields.issuperset(filter(None, named))
    assert fields.issuperset(index.field_name for index in bundle.card.indexes)
    assert hints.vector in bundle.vectors()


@each_set
def test_every_mode_has_a_starter_that_answers(bundle, client):
    assert [starter.mode for starter in bundle.card.hints.starters] == [
        "nearest",
        "recommend",
        "discover",
        "context",
    ]
    for mode in ("nearest", "recommend", "discover", "context"):
        assert len(ask(client, bundle.name, mode)) == 10


def test_emoji_are_one_of_each():
    payload = catalog.find("emoji").payload()
    glyphs = [point["glyph"] for point in payload]
    assert len(set(glyphs)) == len(glyphs) == 1747
    assert not any(0x1F3FB <= ord(sign) <= 0x1F3FF for glyph in glyphs for sign in glyph)


def test_emoji_near_a_guitar_make_music(client):
    groups = [point["subgroup"] for point in ask(client, "emoji", "nearest", limit=8)]
    assert sum(group in {"musical-instrument", "music"} for group in groups) >= 7


def test_emoji_are_found_by_a_misspelt_name(client):
    hits = client.query_points("emoji", ngram_query("gitar"), using="ngrams", limit=3).points
    assert "guitar" in [hit.payload["name"] for hit in hits]


def test_digits_of_a_zone_are_sixes(client):
    assert {point["label"] for point in ask(client, "digits", "context")} == {"6"}


def test_digits_show_their_vector():
    bundle = catalog.find("digits")
    shown = np.array([point["pixels"] for point in bundle.payload()])
    np.testing.assert_array_equal(bundle.vectors()["pixels"].data, shown)


def test_airports_stand_where_they_are():
    bundle = catalog.find("airports")
    x, y, z = bundle.vectors()[""].data.astype(float).T
    places = [point["location"] for point in bundle.payload()]
    longitude = np.degrees(np.arctan2(y, x))
    np.testing.assert_allclose(np.degrees(np.arcsin(z)), [p["lat"] for p in places], atol=1e-4)
    np.testing.assert_allclose(longitude, [p["lon"] for p in places], atol=1e-4)


def test_cars_are_standardised_and_say_what_is_missing():
    bundle = catalog.find("cars")
    vectors, payload = bundle.vectors()[""].data, bundle.payload()
    np.testing.assert_allclose(vectors.mean(axis=0), 0, atol=1e-6)
    missing = [point["miles_per_gallon"] is None for point in payload]
    assert sum(missing) == 8
    assert not vectors[missing, 0].any()


def test_ngrams_count_the_edges_of_words():
    assert ngram_counts("Cat") == ngram_counts("cat")
    assert sum(ngram_counts("cat").values()) == 3
    assert sum(ngram_counts("a").values()) == 1
    assert ngram_query("").indices == []


def names(hits):
    return [hit.payload["name"] for hit in hits.points]


def test_docstrings_are_one_of_each():
    payload = catalog.find("docstrings").payload()
    assert len({point["name"] for point in payload}) == len(payload)
    assert {point["library"] for point in payload} == {
        "numpy",
        "scipy",
        "scikit-learn",
        "pandas",
        "scikit-image",
    }
    assert all(point["name"].startswith(point["module"]) for point in payload)


def test_docstrings_point_to_each_other():
    payload = {point["name"]: point for point in catalog.find("docstrings").payload()}
    mentions = {name for point in payload.values() for name in point.get("see_also", ())}
    assert payload.keys() >= mentions
    assert "pandas.DataFrame.to_csv" in payload["pandas.read_csv"]["see_also"]
    assert not any(name in point.get("see_also", ()) for name, point in payload.items())


def test_docstrings_carry_no_markup():
    payload = catalog.find("docstrings").payload()
    texts = [point["summary"] + point.get("description", "") for point in payload]
    assert not [point for point in payload if " at 0x" in point.get("signature", "")]
    assert not [text for text in texts if ":func:" in text or ".. " in text[:3] or ">>>" in text]


def test_docstrings_are_found_by_their_words(client):
    hits = client.query_points("docstrings", term_query("read csv"), using="bm25", limit=3)
    assert "pandas.read_csv" in names(hits)
    hits = client.query_points("docstrings", term_query("k-means clusterings"), using="bm25")
    assert "sklearn.cluster.KMeans" in names(hits)


def test_docstrings_hold_the_words_of_their_text():
    bundle = catalog.find("docstrings")
    column = bundle.vectors()["bm25"]
    assert isinstance(column, SparseColumn)
    for point, stored in list(zip(bundle.payload(), column.batch(0, 400), strict=False))[::40]:
        text = f"{point['name']}: {point['summary']}"
        assert stored.indices == sorted(term_counts(text))


def test_docstrings_near_a_csv_reader_read_files(client):
    found = [point["name"] for point in ask(client, "docstrings", "nearest")]
    assert sum("read" in name or "csv" in name or "load" in name for name in found) >= 7


def test_a_short_stage_loses_few_docstrings(client):
    kept = []
    for number in range(0, 5000, 250):
        query = {"query": number, "limit": 10}
        wanted = client.query_points("docstrings", using="dense", **query).points
        stage = models.Prefetch(query=number, using="short", limit=100)
        found = client.query_points("docstrings", using="dense", prefetch=stage, **query).points
        kept.append(len({hit.id for hit in wanted} & {hit.id for hit in found}))
    assert np.mean(kept) > 9.8


def test_tokens_of_a_docstring_are_most_like_its_own(client):
    (point,) = client.retrieve("docstrings", [1000], with_vectors=["tokens"])
    hits = client.query_points("docstrings", point.vector["tokens"], using="tokens", limit=1).points
    assert hits[0].id == 1000
    assert hits[0].score == pytest.approx(len(point.vector["tokens"]), abs=1e-3)
