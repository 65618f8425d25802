"""The line about the search index on a collection's card: waiting, building, stopped, there."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from qdrant_client import models
from streamlit.testing.v1 import AppTest

from engine import Engine
from engine.index import graph_support
from pages import startup
from tests.page_runs import LIMIT, opened, shown

pytestmark = pytest.mark.skipif(not graph_support().available, reason=graph_support().reason)


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder with a collection that wants a graph and has none yet."""
    monkeypatch.setenv("SEXTANT_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("engine.maintenance.SETTLED_SECONDS", 3600.0)
    with Engine(tmp_path / "data") as engine:
        engine.create_collection(
            "fruit",
            models.VectorParams(size=4, distance=models.Distance.DOT),
            optimizers_config=models.OptimizersConfigDiff(indexing_threshold=1),
        )
        vectors = np.random.default_rng(0).standard_normal((80, 4)).astype(np.float32)
        engine.upload_collection("fruit", vectors, ids=range(80))
    yield tmp_path / "data"
    startup.close()


@pytest.fixture
def app() -> AppTest:
    return shown(opened().switch_page("catalog/page.py").run())


def press(app: AppTest, key: str) -> AppTest:
    return shown(app.button(key=key).click().run())


def captions(app: AppTest) -> list[str]:
    return [caption.value for caption in app.caption]


def embedded() -> Engine:
    engine = startup.workspace().client
    assert isinstance(engine, Engine)
    return engine


def test_a_build_that_waits_can_be_cancelled_and_asked_for(app):
    press(app, "cancel graph fruit")
    assert not embedded().wait_for_index("fruit", LIMIT)
    shown(app.run())
    told = "The search index was not finished, so searches compare every point."
    assert told in captions(app)
    press(app, "build graph fruit")
    assert embedded().wait_for_index("fruit", LIMIT)
    shown(app.run())
    assert "Search index over all 80 points" in captions(app)


def test_the_tail_is_counted(app):
    assert embedded().wait_for_index("fruit", LIMIT)
    embedded().upsert("fruit", [models.PointStruct(id=99, vector=[1, 2, 3, 4])])
    shown(app.run())
    assert "Search index over 80 of 81 points" in captions(app)


def test_a_failed_build_says_why_and_can_be_tried_again(app, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("engine.storage.segment_files.write_arrays", full)
        embedded()._collections.get("fruit").maintenance.wait(LIMIT)
    shown(app.run())
    assert any("No space left on device" in warning.value for warning in app.warning)
    press(app, "build graph fruit")
    assert embedded().wait_for_index("fruit", LIMIT)
    shown(app.run())
    assert "Search index over all 80 points" in captions(app)
