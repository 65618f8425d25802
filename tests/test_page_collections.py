"""The Collections page without a browser: what it shows and what its buttons lead to."""

import gc
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pyarrow import parquet
from qdrant_client import models
from streamlit.testing.v1 import AppTest

from engine import Engine
from explorer import filling
from explorer.layout import Layout, Method
from pages import export_panel, startup
from pages.serving import routes
from tests.page_runs import LIMIT, opened, shown

CSV = "id,name,vec\n" + "".join(f'{n},fruit {n % 3},"[{n},{n % 7}]"\n' for n in range(1, 41))


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder with one small collection, so that no first start loads the emoji."""
    monkeypatch.setenv("SEXTANT_DATA", str(tmp_path / "data"))
    with Engine(tmp_path / "data") as engine:
        engine.create_collection(
            "fruit", vectors_config=models.VectorParams(size=2, distance=models.Distance.EUCLID)
        )
        places = [{"kind": "ab"[n % 2], "at": {"lat": n, "lon": -n}} for n in range(30)]
        engine.upload_collection("fruit", np.eye(30)[:, :2], payload=places, ids=range(30))
    yield tmp_path / "data"
    for key in ("import", "layout fruit", "layout pears", "export fruit", "load cars"):
        job = startup.jobs().get(key)
        if job is not None:
            job.cancel()
            assert job.wait(LIMIT)
    startup.close()


@pytest.fixture
def app() -> AppTest:
    return shown(opened().switch_page("catalog/page.py").run())


def press(app: AppTest, key: str) -> AppTest:
    return shown(app.button(key=key).click().run())


def ended(app: AppTest, key: str) -> AppTest:
    """Wait for a job, unless it has ended and the page has taken what it made; look again."""
    job = startup.jobs().get(key)
    assert job is None or job.wait(LIMIT)
    return shown(app.run())


def laid_out(app: AppTest, name: str) -> str:
    """Wait until a collection's map is told to have a new layout, and return what is told.

    A quick layout is told in the run that started it, and its job is gone then.
    """
    if startup.jobs().get(f"layout {name}") is not None:
        ended(app, f"layout {name}")
    return str(app.toast[0].value)


def texts(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.success, app.error, app.info, app.warning, app.title)
    return "\n".join(element.value for elements in kinds for element in elements)


def names() -> tuple[str, ...]:
    return startup.workspace().names()


def choose_file(app: AppTest, path: Path) -> AppTest:
    app.segmented_control(key="import from").set_value("Path on this machine").run()
    return shown(app.text_input(key="import path").set_value(str(path)).run())


def test_what_is_stored_is_shown(app: AppTest) -> None:
    assert "#### fruit" in texts(app)
    assert "30 points" in texts(app)
    assert "2 d · Euclid" in texts(app)
    assert "Cars" in texts(app)


def test_an_empty_folder_says_what_to_do(app: AppTest) -> None:
    startup.workspace().client.delete_collection("fruit")
    assert "Load a bundled set or import a file" in texts(shown(app.run()))


def test_a_bundled_set_loads_with_one_click(app: AppTest) -> None:
    app = ended(press(app, "load cars"), "load cars")
    assert names() == ("cars", "fruit")
    assert "#### cars" in texts(app)
    assert "Cars of 1970 to 1982" in texts(app)
    assert "load cars" not in [button.key for button in app.button]


def test_a_file_is_previewed_and_imported(app: AppTest, tmp_path: Path) -> None:
    path = tmp_path / "pears.csv"
    path.write_text(CSV + '41,bad,"[1]"\n')
    app = choose_file(app, path)
    assert "pears.csv: 41 rows" in texts(app)
    assert app.text_input(key=f"collection pears.csv {path.stat().st_size}").value == "pears"
    app = ended(press(app, "import now"), "import")
    assert "40 points in" in texts(app)
    assert "Skipped 1 row." in texts(app)
    client = startup.workspace().client
    assert client.count("pears").count == 40
    assert set(client.get_collection("pears").payload_schema) == {"name"}
    assert "The map of pears has its new layout. UMAP" in laid_out(app, "pears")
    assert "Upload" not in texts(app)
    app = press(app, "import explore")
    assert app.query_params["collection"] == "pears"
    app = shown(app.switch_page("catalog/page.py").run())
    assert "import again" not in [button.key for button in app.button]
    assert app.segmented_control(key="import from") is not None


def test_a_bad_file_is_explained_and_the_page_goes_on(app: AppTest, tmp_path: Path) -> None:
    path = tmp_path / "cut.parquet"
    path.write_bytes(b"PAR1 and no more")
    app = choose_file(app, path)
    assert "cut.parquet cannot be read as parquet" in app.error[0].value
    path = tmp_path / "pears.csv"
    path.write_text(CSV)
    app = choose_file(app, path)
    assert not app.error
    assert not app.button(key="import now").disabled


def test_a_collection_that_goes_while_its_card_is_drawn_is_told_gone(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = startup.workspace()
    monkeypatch.setattr(type(workspace), "names", lambda _: ("fruit", "gone"))
    app = shown(app.run())
    assert "This collection is gone." in texts(app)
    assert not app.error


def test_a_failed_import_leaves_nothing_and_says_why(app: AppTest, tmp_path: Path) -> None:
    path = tmp_path / "pears.csv"
    path.write_text(CSV + '1,again,"[1,1]"\n')
    app = ended(press(choose_file(app, path), "import now"), "import")
    assert "Row 41: id 1 stood in an earlier row" in app.error[0].value
    assert names() == ("fruit",)
    app = press(app, "icon-dismiss-import")
    assert not app.error


def test_umap_in_the_background_becomes_the_map(app: AppTest, data_folder: Path) -> None:
    app.selectbox(key="layout method fruit").set_value(Method.UMAP).run()
    told = laid_out(press(app, "lay out fruit"), "fruit")
    assert "The map of fruit has its new layout. UMAP" in told
    assert startup.point_maps().points("fruit", "").layout.method is Method.UMAP
    (path,) = startup.connection().layouts.glob("*.npz")
    assert Layout.load(path).method is Method.UMAP


def test_a_geo_field_can_be_the_map(app: AppTest) -> None:
    app.selectbox(key="layout method fruit").set_value(Method.PAYLOAD).run()
    assert "By at" in laid_out(press(app, "lay out fruit"), "fruit")
    xy = startup.point_maps().points("fruit", "").layout.xy
    assert np.diff(xy[:, 1]).min() > 0, "north is up"


def test_an_export_can_be_downloaded(app: AppTest) -> None:
    app = ended(press(app, "export fruit"), "export fruit")
    job = startup.jobs().get(export_panel.job_key("fruit"))
    assert job is not None
    path = job.result.path
    del job
    assert parquet.read_table(io.BytesIO(path.read_bytes())).num_rows == 30
    (link,) = (link.proto for link in app.get("link_button"))
    assert link.label == "Download fruit.parquet (30 points)"
    assert link.url == routes.job_file_url(export_panel.job_key("fruit"))
    press(app, "icon-dismiss-export fruit")
    gc.collect()
    assert not path.parent.exists()


def test_payload_fields_are_listed_when_opened(app: AppTest) -> None:
    app.session_state["fields fruit"] = True
    app = shown(app.run())
    assert app.dataframe[0].value["field"].tolist() == ["at", "kind"]
    assert app.dataframe[0].value["values"].tolist()[1].startswith("a (15), b (15)")


def test_deleting_asks_for_the_name(app: AppTest, data_folder: Path) -> None:
    app = press(app, "delete fruit")
    assert app.button(key="delete now").disabled
    app.text_input(key="delete confirmation").set_value("frui")
    app = press(app, "delete fruit")
    assert app.button(key="delete now").disabled
    app.text_input(key="delete confirmation").set_value("fruit")
    app = press(app, "delete fruit")
    assert names() == ("fruit",)
    app.button(key="delete fruit").click()
    press(app, "delete now")
    assert names() == ()
    assert not list(startup.connection().layouts.glob("*"))


def test_a_locked_folder_is_explained(data_folder: Path) -> None:
    with Engine(data_folder):
        app = opened()
        app = shown(app.switch_page("catalog/page.py").run())
        assert str(data_folder) in app.error[0].value


def test_a_collection_cut_short_says_so(app):
    client = startup.workspace().client
    client.update_collection("fruit", metadata=filling.begun("fruit.csv"))
    app.run()
    assert any("fruit.csv was cut short" in warning.value for warning in app.warning)
    filling.finish(client, "fruit", "fruit.csv")
    app.run()
    assert not app.warning
