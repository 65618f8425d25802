"""The Hybrid page without a browser: its widgets, cards and graph, and their effects."""

import json

import pytest
from qdrant_client import models
from streamlit.testing.v1 import AppTest

from explorer import catalog
from explorer.conditions import AnyOf
from explorer.draft import Draft
from explorer.examples import Examples
from explorer.history import History
from explorer.pipeline import link
from explorer.pipeline.pipeline import Grouping, Pipeline
from explorer.pipeline.question import Like, Text
from explorer.pipeline.stage import Boost, Nearest, OrderBy, RankFusion, ScoreFusion, Stage
from pages import startup
from tests.page_runs import bound, component, data, opened, report, send

PAGE = "hybrid/page.py"
FIRST = "hybrid.found"


pytestmark = pytest.mark.usefixtures("emoji_folder")


@pytest.fixture
def app() -> AppTest:
    return on_page()


def on_page(pipeline: Pipeline | None = None) -> AppTest:
    return opened(PAGE, **(link.encode(pipeline) if pipeline else {}))


def cards(app: AppTest, key: str = FIRST) -> list[dict]:
    return json.loads(component(app, "hybrid_cards", key).proto.json)["items"]


def stages(app: AppTest) -> dict[str, dict]:
    return {stage["place"]: stage for stage in data(app, "stages")["stages"]}


def click(
    app: AppTest, point: int, role: str | None = None, seq: int = 1, key: str = FIRST
) -> None:
    event = {"seq": seq, "kind": "click", "id": str(point), "role": role, "modifiers": []}
    send(app, "hybrid_cards", event, key=key)


def look_at(app: AppTest, place: str) -> None:
    report(app, component(app, "stages").proto.id, {"place": {"place": place, "click": 1}})


def pipeline(app: AppTest) -> Pipeline:
    return app.session_state["hybrid.history"].present


def ask(pipeline: Pipeline, **request) -> list[models.ScoredPoint]:
    return startup.workspace().client.query_points(pipeline.collection, **request).points


def test_a_first_visit_shows_a_hybrid_search_and_what_each_stage_did(app):
    shown = pipeline(app)
    assert shown.collection == "emoji"
    assert [stage.operation.kind for _, stage in shown.stages()] == ["rrf", "nearest", "nearest"]
    assert set(stages(app)) == {"", "0", "1"}
    assert stages(app)[""]["entered"] == sum(stages(app)[n]["passed"] for n in ("0", "1"))
    assert len(cards(app)) == stages(app)[""]["passed"] == 12
    assert all(stage["picks"] for stage in stages(app).values())
    assert link.decode(app.query_params) == shown


def test_a_point_that_a_stage_asks_by_is_told_to_be_found_by_none(app):
    assert any("A stage asks by guitar" in caption.value for caption in app.caption)
    like = on_page(Pipeline("emoji", Stage(Nearest("text")), Like(1065)))
    assert not any("A stage asks by" in caption.value for caption in like.caption)


def test_the_cards_are_what_the_engine_answers(app):
    sources = [models.Prefetch(query=1065, using=name, limit=20) for name in ("text", "ngrams")]
    by_hand = on_page(
        Pipeline(
            "emoji",
            Stage(RankFusion(), (Stage(Nearest("text")), Stage(Nearest("ngrams"))), limit=7),
            Like(1065),
        )
    )
    query = models.FusionQuery(fusion=models.Fusion.RRF)
    hits = ask(pipeline(by_hand), prefetch=sources, query=query, limit=7)
    assert [card["id"] for card in cards(by_hand)] == [str(hit.id) for hit in hits]


def test_every_example_of_the_menu_opens_and_finds_something(app):
    titles = [option for menu in app.get("menu_button") for option in menu.options]
    assert len(titles) >= 5
    for title in titles:
        app.get("menu_button")[0].click(title).run()
        assert not app.exception, title
        assert not app.error, title
        assert stages(app)[""]["passed"] > 0, title


def test_a_stage_is_looked_at_and_edited(app):
    look_at(app, "1")
    assert stages(app)["1"]["selected"]
    bound(app, "number_input", "hybrid.limit").set_value(5).run()
    assert pipeline(app).at((1,)).limit == 5
    assert stages(app)["1"]["passed"] == 5
    bound(app, "selectbox", "hybrid.using").set_value("text").run()
    assert pipeline(app).at((1,)).operation.using == "text"
    bound(app, "text_input", "hybrid.own").set_value("#3").run()
    assert pipeline(app).at((1,)).operation.question == Like(3)
    bound(app, "slider", "hybrid.diversity").set_value(0.5).run()
    assert pipeline(app).at((1,)).operation.diversity == 0.5
    bound(app, "number_input", "hybrid.threshold").set_value(0.99).run()
    assert stages(app)["1"]["passed"] == 0
    assert not app.error


def test_stages_are_added_nested_and_removed(app):
    app.button(key="hybrid.add").click().run()
    assert len(pipeline(app).root.sources) == 3
    app.button(key="hybrid.wrap").click().run()
    assert pipeline(app).root.operation == Nearest("ngrams")  # which the typed text can ask
    assert set(stages(app)) == {"", "0", "0.0", "0.1", "0.2"}
    look_at(app, "0.2")
    app.button(key="icon-hybrid-remove").click().run()
    assert stages(app)["0"]["selected"]
    assert not app.error
    assert 0 < len(cards(app)) <= 12  # those that share an n-gram with the text


def test_fusions_and_their_settings(app):
    bound(app, "number_input", "hybrid.k").set_value(60).run()
    bound(app, "number_input", "hybrid.weight.1").set_value(3.0).run()
    assert pipeline(app).root.operation == RankFusion(60, (1.0, 3.0))
    bound(app, "selectbox", "hybrid.operation").set_value("dbsf").run()
    assert pipeline(app).root.operation == ScoreFusion()
    app.session_state["hybrid.panel"] = "RRF against DBSF"
    app.run()
    assert not app.exception
    assert app.get("echarts_chart")


def test_results_in_the_order_of_a_field_show_its_values(app):
    bound(app, "selectbox", "hybrid.operation").set_value("order_by").run()
    assert isinstance(pipeline(app).root.operation, OrderBy)
    values = [float(card["score_text"]) for card in cards(app)]
    assert values == sorted(values)
    bound(app, "segmented_control", "hybrid.down").set_value(True).run()
    values = [float(card["score_text"]) for card in cards(app)]
    assert values == sorted(values, reverse=True)


def test_a_boost_asks_first_whom(app):
    bound(app, "selectbox", "hybrid.operation").set_value("boost").run()
    assert stages(app)[""]["fault"]
    assert any("higher score" in warning.value for warning in app.warning)
    app.session_state["hybrid.boosted"] = True
    app.run()
    app.selectbox(key="hybrid.boosted.field").set_value("group").run()
    bound(app, "multiselect", "hybrid.boosted.values").set_value(["Flags"]).run()
    assert pipeline(app).root.operation == Boost((AnyOf("group", ("Flags",)),))
    assert not app.warning
    assert cards(app)


def test_a_filter_narrows_a_stage_and_goes_by_its_chip(app):
    app.session_state["hybrid.filter"] = True
    app.run()
    app.selectbox(key="hybrid.filter.field").set_value("group").run()
    bound(app, "multiselect", "hybrid.filter.values").set_value(["Objects"]).run()
    assert {dict(card["fields"])["group"] for card in cards(app)} == {"Objects"}
    app.button(key="hybrid.filter.chip.0").click().run()
    assert pipeline(app).root.conditions == ()


def test_results_are_gathered_in_groups(app):
    bound(app, "selectbox", "hybrid.group").set_value("group").run()
    bound(app, "number_input", "hybrid.size").set_value(2).run()
    assert pipeline(app).grouping == Grouping("group", 2)
    for number in range(3):
        shown = cards(app, f"hybrid.group{number}")
        assert len(shown) <= 2
        assert len({dict(card["fields"])["group"] for card in shown}) == 1
    app.session_state["hybrid.panel"] = "Code"
    app.run()
    assert "query_points_groups" in app.code[0].value


def test_a_click_on_a_card_follows_it_and_again_stops(app):
    last = int(cards(app)[-1]["id"])
    click(app, last)
    assert stages(app)[""]["followed"] == {"state": "passed", "text": "rank 12 of 12"}
    click(app, last, seq=2)
    assert stages(app)[""]["followed"] is None


def test_a_typed_id_is_followed_to_where_it_is_dropped(app):
    app.text_input(key="hybrid.follow").set_value("5").run()
    fates = {place: stage["followed"]["state"] for place, stage in stages(app).items()}
    assert fates[""] == "absent"
    assert fates["0"] == "cut"
    assert any("of limit 20" in text.value for text in app.markdown)
    app.button(key="icon-hybrid-unfollow").click().run()
    assert stages(app)[""]["followed"] is None
    app.text_input(key="hybrid.follow").set_value("none").run()
    assert any("no id" in toast.value for toast in app.toast)
    app.text_input(key="hybrid.follow").set_value("123456789").run()
    assert any("not here" in text.value for text in app.text)


def test_the_plus_of_a_card_asks_by_it(app):
    best = int(cards(app)[0]["id"])
    click(app, best, "target")
    assert pipeline(app).question == Like(best)
    assert str(best) not in {card["id"] for card in cards(app)}


def test_the_plus_asks_the_stage_that_has_a_question_of_its_own():
    root = Stage(Nearest("text", Like(3)))
    app = on_page(Pipeline("emoji", root, Like(7)))
    best = int(cards(app)[0]["id"])
    click(app, best, "target")
    assert pipeline(app).root.operation.question == Like(best)
    assert pipeline(app).question == Like(7)


def test_a_question_is_typed_as_a_text_or_as_an_id(app):
    bound(app, "text_input", "hybrid.question").set_value("#12").run()
    assert pipeline(app).question == Like(12)
    bound(app, "text_input", "hybrid.question").set_value("#many").run()
    assert any("no id" in toast.value for toast in app.toast)
    assert pipeline(app).question == Like(12)
    bound(app, "text_input", "hybrid.question").set_value("").run()
    assert all("Type what to search for" in warning.value for warning in app.warning)
    bound(app, "text_input", "hybrid.question").set_value("guitar").run()
    assert pipeline(app).question == Text("guitar")


def test_the_target_and_the_filters_of_explore_are_taken_over():
    objects = AnyOf("group", ("Objects",))
    draft = Draft("emoji", "text", examples=Examples(target=7), conditions=(objects,))
    app = opened(PAGE, {"visit.history": History(draft)})
    app.button(key="hybrid.target").click().run()
    assert pipeline(app).question == Like(7)
    assert not any(button.key == "hybrid.target" for button in app.button)
    app.session_state["hybrid.filter"] = True
    app.run()
    app.button(key="hybrid.filter.explore").click().run()
    assert pipeline(app).root.conditions == (objects,)
    assert {dict(card["fields"])["group"] for card in cards(app)} == {"Objects"}


def test_undo_and_redo(app):
    before = pipeline(app)
    app.button(key="hybrid.add").click().run()
    after = pipeline(app)
    app.button(key="icon-hybrid-undo").click().run()
    assert pipeline(app) == before
    app.button(key="icon-hybrid-redo").click().run()
    assert pipeline(app) == after


def test_a_link_restores_the_pipeline_and_a_broken_one_says_so(app):
    app.button(key="hybrid.add").click().run()
    again = opened(PAGE, **{link.PARAMETER: app.query_params[link.PARAMETER]})
    assert pipeline(again) == pipeline(app)
    assert cards(again) == cards(app)
    broken = opened(PAGE, **{link.PARAMETER: '{"collection":"emoji"}'})
    assert any("cannot be read" in toast.value for toast in broken.toast)
    assert cards(broken)
    missing = on_page(Pipeline("gone", Stage(Nearest())))
    assert any("gone" in toast.value for toast in missing.toast)
    assert pipeline(missing).collection == "emoji"


def test_a_link_to_another_page_leads_to_its_collection():
    client = startup.workspace().client
    params = models.VectorParams(size=2, distance=models.Distance.DOT)
    client.create_collection("zoo", params)
    assert pipeline(opened(PAGE, collection="zoo")).collection == "zoo"
    assert pipeline(opened(PAGE, collection="gone")).collection == "emoji"
    client.delete_collection("zoo")


def test_what_the_engine_refuses_is_told_and_the_page_goes_on():
    app = on_page(Pipeline("emoji", Stage(Nearest("text")), Like(10**9)))
    assert str(10**9) in app.error[0].value
    bound(app, "text_input", "hybrid.question").set_value("#12").run()
    assert not app.error
    assert cards(app)


def test_the_code_is_the_query(app):
    app.session_state["hybrid.panel"] = "Code"
    app.run()
    assert "models.Prefetch(" in app.code[0].value
    app.segmented_control(key="code.language").set_value("HTTP").run()
    body = app.code[0].value.partition("\n")[2]
    assert len(json.loads(body)["prefetch"]) == 2


def test_the_candidates_of_a_stage_are_shown(app):
    look_at(app, "1")
    app.session_state["hybrid.panel"] = "This stage"
    app.run()
    assert len(cards(app, "hybrid.candidates")) == 20


@pytest.mark.parametrize("sent", [None, 7, {}, {"place": "x"}, {"place": "9.9"}, {"place": None}])
def test_a_place_that_no_browser_of_ours_sends_is_harmless(app, sent):
    report(app, component(app, "stages").proto.id, {"place": sent})
    assert stages(app)[""]["selected"]


def test_another_collection_begins_with_an_example_of_its_own(app):
    catalog.load(startup.workspace().client, "digits")
    app.run()
    bound(app, "selectbox", "hybrid.collection").set_value("digits").run()
    assert not app.exception
    assert pipeline(app).collection == "digits"
    assert cards(app)[0]["picture"]["kind"] == "pixels"
    app.button(key="icon-hybrid-undo").click().run()
    assert pipeline(app).collection == "emoji"
    assert cards(app)[0]["picture"]["kind"] == "glyph"


def test_an_empty_collection_says_what_is_missing_instead_of_failing():
    client = startup.workspace().client
    size = models.VectorParams(size=2, distance=models.Distance.DOT)
    client.create_collection("empty", vectors_config=size)
    app = on_page(Pipeline("empty", Stage(Nearest(""))))
    assert [menu.label for menu in app.get("menu_button")] == []
    assert "no points yet" in app.info[0].value


def test_a_collection_without_vectors_says_so():
    startup.workspace().client.create_collection("bare", vectors_config={})
    app = on_page(Pipeline("bare", Stage(Nearest(""))))
    assert "this collection has none" in app.error[0].value


def test_the_first_example_asks_by_a_point_that_has_every_vector():
    client = startup.workspace().client
    size = models.VectorParams(size=2, distance=models.Distance.DOT)
    client.create_collection("half", vectors_config={"a": size, "b": size})
    both = {"a": [1.0, 0.0], "b": [0.0, 1.0]}
    points = [
        models.PointStruct(id=0, vector={"a": [1.0, 0.0]}),
        models.PointStruct(id=1, vector={"b": [0.0, 1.0]}),
        *(models.PointStruct(id=number, vector=both) for number in (2, 3)),
    ]
    client.upsert("half", points)
    app = on_page(Pipeline("emoji", Stage(Nearest("text")), Like(0)))
    bound(app, "selectbox", "hybrid.collection").set_value("half").run()
    assert not app.error
    assert pipeline(app).question == Like(2)
    assert cards(app)
