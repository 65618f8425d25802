"""The Explore page without a browser: events of its components and widgets, and their effects."""

import json

import pytest
from qdrant_client import models
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.testing.v1 import AppTest

from explorer.conditions import AnyOf, IdsIn
from explorer.draft import Draft
from explorer.examples import Mode, Pair
from explorer.history import History
from pages import startup
from tests.page_runs import bound, component, data, opened, report

pytestmark = pytest.mark.usefixtures("emoji_folder")


@pytest.fixture
def app() -> AppTest:
    return opened()


def send(app: AppTest, name: str, *events: dict, states: WidgetStates | None = None) -> None:
    """Let a component report its queue of events, as the browser does: as state, kept whole."""
    report(app, component(app, name).proto.id, {"queue": list(events)}, states)


def click(seq: int, index: int, role: str | None = None) -> dict:
    return {"seq": seq, "kind": "click", "index": index, "role": role, "modifiers": []}


def history(app: AppTest) -> History:
    return app.session_state["visit.history"]


def draft(app: AppTest) -> Draft:
    return history(app).present


def refusal(app: AppTest) -> str:
    told = data(app, "cards")["empty"]
    assert told["title"] == "This cannot be asked"
    return told["text"]


def engine_answer(draft: Draft) -> list[models.ScoredPoint]:
    client = startup.workspace().client
    (answer,) = client.query_batch_points(draft.collection, requests=[draft.request()])
    return answer.points


def test_a_first_visit_shows_the_emoji_and_what_to_do(app):
    assert draft(app) == Draft("emoji", "text")
    assert data(app, "map")["points"]["version"]
    assert data(app, "map")["colour"]["field"] == "group"
    assert "Click a point" in data(app, "cards")["empty"]["text"]
    assert data(app, "cards")["items"] == []


def test_a_click_asks_and_shows_what_the_engine_answers(app):
    send(app, "map", click(1, 660))
    answer = engine_answer(draft(app))
    assert [item["id"] for item in data(app, "cards")["items"]] == [str(hit.id) for hit in answer]
    assert [hit["index"] for hit in data(app, "map")["overlay"]["hits"]] == [h.id for h in answer]
    assert [item["title"] for item in data(app, "chips")["items"]] == ["cookie"]
    assert app.query_params["target"] == "660"


def test_a_context_that_many_meet_says_that_none_is_better(app):
    bound(app, "segmented_control", "mode").set_value(Mode.CONTEXT).run()
    send(app, "map", click(1, 660), click(2, 5))
    assert {hit.score for hit in engine_answer(draft(app))} == {0}
    assert any("none is better than another" in caption.value for caption in app.caption)


def test_an_example_that_was_deleted_is_told_by_its_chip():
    app = opened(v="1", collection="emoji", mode="recommend", positive="660.999999")
    titles = [item["title"] for item in data(app, "chips")["items"]]
    assert titles == ["cookie", "Point 999999, deleted"]
    assert "999999" in refusal(app)


@pytest.fixture
def half():
    """A collection of two vectors, without points."""
    client, size = startup.workspace().client, models.VectorParams(size=2, distance="Dot")
    client.create_collection("half", vectors_config={"a": size, "b": size})
    yield client
    client.delete_collection("half")


def test_examples_that_lack_the_vector_are_named(half):
    points = [
        models.PointStruct(id=1, vector={"a": [1, 0], "b": [0, 1]}, payload={"name": "whole"}),
        models.PointStruct(id=2, vector={"a": [1, 1]}, payload={"name": "one"}),
        models.PointStruct(id=3, vector={"a": [0, 1]}, payload={"name": "other"}),
    ]
    half.upsert("half", points=points)
    link = {"v": "1", "collection": "half", "using": "b"}
    app = opened(**link, target="2")
    assert refusal(app) == "one has no vector 'b': take it out, or choose another vector."
    app = opened(**link, mode="recommend", positive="1.2.3")
    assert refusal(app).startswith("one, other have no vector 'b': take them out")


@pytest.mark.usefixtures("half")
def test_a_collection_without_points_says_so():
    assert data(opened(collection="half"), "cards")["empty"]["title"] == "No points yet"


def test_events_are_applied_once_and_acknowledged(app):
    bound(app, "segmented_control", "mode").set_value(Mode.RECOMMEND).run()
    first = [click(1, 660), click(2, 665)]
    send(app, "map", *first)
    assert draft(app).examples.positives == (660, 665)
    assert data(app, "map")["ack"] == 2
    send(app, "map", *first, click(3, 661, "negative"))
    assert draft(app).examples.positives == (660, 665)
    assert draft(app).examples.negatives == (661,)
    assert data(app, "map")["ack"] == 3


def test_a_click_on_an_example_takes_it_out(app):
    send(app, "map", click(1, 660), click(2, 660))
    assert draft(app).examples.target is None
    assert data(app, "cards")["items"] == []


def test_discover_fills_the_target_and_then_the_pair(app):
    bound(app, "segmented_control", "mode").set_value(Mode.DISCOVER).run()
    send(app, "map", click(1, 10), click(2, 20), click(3, 30))
    assert draft(app).examples.target == 10
    assert draft(app).examples.pairs == (Pair(20, 30),)
    answer = engine_answer(draft(app))
    assert [item["id"] for item in data(app, "cards")["items"]] == [str(hit.id) for hit in answer]
    assert [role["pair"] for role in data(app, "map")["overlay"]["roles"]] == [None, 1, 1]


def test_a_widget_that_the_browser_has_not_seen_move_says_nothing(app):
    """A click may be sent with the role of before, when the answer to the last is on its way."""
    bound(app, "segmented_control", "mode").set_value(Mode.DISCOVER).run()
    role = bound(app, "segmented_control", "role")
    before = next(s for s in app._tree.get_widget_states().widgets if s.id == role.id)
    send(app, "map", click(1, 10))
    states = app._tree.get_widget_states()
    kept = [state for state in states.widgets if not state.id.endswith(role.key)]
    send(app, "map", click(1, 10), click(2, 20), states=WidgetStates(widgets=[*kept, before]))
    assert draft(app).examples.target == 10
    assert draft(app).examples.pairs == (Pair(20, None),)


def test_cards_and_chips_report_too(app):
    send(app, "map", click(1, 660))
    hit = data(app, "cards")["items"][0]
    send(app, "cards", click(1, hit["index"], "negative"))
    assert draft(app).mode is Mode.RECOMMEND
    assert draft(app).examples.positives == (660,)
    assert draft(app).examples.negatives == (int(hit["id"]),)
    send(app, "chips", {"seq": 1, "kind": "remove", "index": 660, "id": "660", "role": "positive"})
    assert draft(app).examples.positives == ()


def test_why_parts_add_up_to_the_score(app):
    send(app, "map", click(1, 660))
    for item in data(app, "cards")["items"]:
        assert sum(part["value"] for part in item["parts"]) == pytest.approx(
            item["score"], abs=1e-5
        )


def test_alt_means_the_opposite_role_even_before_the_browser_knows_the_mode(app):
    bound(app, "segmented_control", "mode").set_value(Mode.RECOMMEND).run()
    send(app, "map", click(1, 660), click(2, 661) | {"modifiers": ["alt"]})
    assert draft(app).examples.negatives == (661,)


def test_less_like_this_makes_a_recommend_of_a_nearest(app):
    send(app, "map", click(1, 660), click(2, 661) | {"modifiers": ["alt"]})
    assert draft(app).mode is Mode.RECOMMEND
    assert draft(app).examples.positives == (660,)
    assert draft(app).examples.negatives == (661,)


def test_undo_and_redo_by_key_and_by_button(app):
    send(app, "map", click(1, 660), click(2, 661))
    send(app, "map", {"seq": 3, "kind": "undo"})
    assert draft(app).examples.target == 660
    app.button(key="icon-explore-redo").click().run()
    assert draft(app).examples.target == 661
    app.button(key="icon-explore-undo").click().run()
    app.button(key="icon-explore-undo").click().run()
    assert draft(app) == Draft("emoji", "text")


def test_a_link_restores_the_draft(app):
    bound(app, "segmented_control", "mode").set_value(Mode.RECOMMEND).run()
    send(app, "map", click(1, 660), click(2, 661, "negative"))
    again = opened(**app.query_params)
    assert draft(again) == draft(app)
    assert data(again, "cards")["items"] == data(app, "cards")["items"]


def test_a_broken_link_says_so_and_the_page_works():
    app = opened(collection="emoji", v="1", limit="many")
    assert any("cannot be read" in toast.value for toast in app.toast)
    assert draft(app) == Draft("emoji", "text")


def test_a_link_to_a_missing_collection_says_so():
    app = opened(collection="gone", v="1")
    assert any("gone" in toast.value for toast in app.toast)
    assert draft(app).collection == "emoji"


def test_a_link_without_a_vector_shows_the_default_one():
    app = opened(collection="emoji", mode="recommend")
    assert draft(app).using == "text"
    assert not app.toast


def test_a_link_to_a_missing_vector_says_so():
    app = opened(collection="emoji", using="image")
    assert any("image" in toast.value for toast in app.toast)
    assert draft(app).using == "text"


def test_a_selection_offers_its_uses(app):
    send(app, "map", {"seq": 1, "kind": "lasso", "count": 3, "indices": [5, 6, 7]})
    assert data(app, "map")["overlay"]["selected"] == [5, 6, 7]
    app.button(key="selection.positive").click().run()
    assert draft(app).mode is Mode.RECOMMEND
    assert draft(app).examples.positives == (5, 6, 7)
    assert data(app, "map")["overlay"]["selected"] is None


def test_a_selection_as_filter_keeps_results_within_it(app):
    send(app, "map", {"seq": 1, "kind": "box", "count": 4, "indices": [655, 656, 657, 658]})
    app.button(key="selection.filter").click().run()
    assert draft(app).conditions == (IdsIn((655, 656, 657, 658)),)
    assert "/sextant/mask" in data(app, "map")["overlay"]["matching"]["url"]
    send(app, "map", click(2, 660))
    assert {item["id"] for item in data(app, "cards")["items"]} == {"655", "656", "657", "658"}


def test_a_selection_of_another_map_selects_nothing(app):
    send(app, "map", {"seq": 1, "kind": "lasso", "count": 1, "indices": [10**6]})
    assert data(app, "map")["overlay"]["selected"] is None


def test_filters_come_from_facets_and_narrow_the_results(app):
    send(app, "map", click(1, 660))
    app.session_state["filters"] = True
    app.run()
    values = bound(app, "multiselect", "filter.values")
    assert any(option.startswith("Flags (") for option in values.options)
    values.set_value(["Flags"]).run()
    assert draft(app).conditions == (AnyOf("group", ("Flags",)),)
    assert {dict(item["fields"])["group"] for item in data(app, "cards")["items"]} == {"Flags"}
    app.button(key="filter.chip.0").click().run()
    assert draft(app).conditions == ()


def test_options_change_the_question(app):
    bound(app, "segmented_control", "mode").set_value(Mode.RECOMMEND).run()
    send(app, "map", click(1, 660), click(2, 661, "negative"))
    app.session_state["options"] = True
    app.run()
    bound(app, "selectbox", "strategy").set_value(models.RecommendStrategy.BEST_SCORE).run()
    bound(app, "number_input", "limit").set_value(5).run()
    bound(app, "segmented_control", "convention").set_value("documented").run()
    assert not app.exception
    assert draft(app).strategy is models.RecommendStrategy.BEST_SCORE
    assert draft(app).convention == "documented"
    assert len(data(app, "cards")["items"]) == 5
    assert app.query_params["convention"] == "documented"
    scores = [item["score"] for item in data(app, "cards")["items"]]
    bound(app, "number_input", "threshold").set_value((scores[2] + scores[3]) / 2).run()
    assert len(data(app, "cards")["items"]) == 3


def test_a_typed_text_is_searched_for_and_a_click_takes_over(app):
    bound(app, "text_input", "text").set_value("pizza").run()
    assert not app.exception
    assert data(app, "cards")["items"][0]["title"] == "pizza"
    send(app, "map", click(1, 660))
    assert bound(app, "text_input", "text").value == ""


def test_words_that_nothing_has_are_told_so(app):
    bound(app, "text_input", "text").set_value("zzzzqq").run()
    assert data(app, "cards")["empty"] == {"title": "Nothing found", "text": "Try other words."}


def test_the_query_is_shown_as_code(app):
    send(app, "map", click(1, 660))
    app.session_state["panel"] = "Code"
    app.run()
    assert "query=660" in app.code[0].value
    app.segmented_control(key="code.language").set_value("HTTP").run()
    assert app.code[0].value.startswith("POST /collections/emoji/points/query")


def test_another_vector_keeps_the_examples(app):
    send(app, "map", click(1, 660))
    bound(app, "selectbox", "using").set_value("ngrams").run()
    assert not app.exception
    assert draft(app).using == "ngrams"
    assert draft(app).examples.target == 660


def test_any_field_can_colour_the_map(app):
    for field in app.selectbox(key="colour").options:
        app.selectbox(key="colour").set_value(field).run()
        assert not app.exception
        assert data(app, "map")["colour"]["field"] == field


def test_an_example_that_is_gone_is_an_error_and_the_page_goes_on():
    app = opened(collection="emoji", using="text", target="99999999", v="1")
    assert refusal(app) == "Point 99999999 is not here any more: take it out."
    send(app, "map", click(1, 660))
    assert len(data(app, "cards")["items"]) == 24


@pytest.mark.parametrize("sent", [None, "x", [1], [{}], [{"seq": "1", "kind": "click"}]])
def test_what_no_browser_of_ours_sends_changes_nothing(app, sent):
    states = app._tree.get_widget_states()
    wanted = component(app, "map").proto.id
    states.widgets.append(WidgetState(id=wanted, json_value=json.dumps({"queue": sent})))
    app._run(states)
    assert not app.exception
    assert draft(app) == Draft("emoji", "text")


@pytest.mark.parametrize(
    "event", [{"index": -1}, {"index": 10**9}, {"index": "4"}, {}, {"index": 4, "role": "king"}]
)
def test_a_click_that_does_not_fit_is_harmless(app, event):
    send(app, "map", {"seq": 1, "kind": "click", **event})
    assert data(app, "map")["ack"] == 1


def compared(app: AppTest) -> list[dict]:
    return data(app, "rankings")["columns"]


def test_strategies_are_compared_and_one_is_put_on_the_map(app):
    app.session_state["panel"] = "Compare"
    assert "Click a point" in data(app.run(), "rankings")["empty"]["text"]
    bound(app, "segmented_control", "mode").set_value(Mode.RECOMMEND).run()
    send(app, "map", click(1, 0), click(2, 7), click(3, 900, "negative"))
    columns = compared(app)
    assert [column["name"] for column in columns] == [
        "Average vector",
        "Best score",
        "Sum of scores",
    ]
    assert [column["chosen"] for column in columns] == [True, False, False]
    expected = [str(hit.id) for hit in engine_answer(draft(app))]
    assert [hit["id"] for hit in columns[0]["hits"]] == expected
    moved = {hit["id"]: hit["moved"] for hit in columns[2]["hits"]}
    ranks = {hit["id"]: hit["rank"] for hit in columns[2]["hits"]}
    for point, steps in moved.items():
        before = expected.index(point) + 1 if point in expected else None
        assert steps == (None if before is None else before - ranks[point])
    send(app, "rankings", {"seq": 1, "kind": "choose", "column": 2})
    assert draft(app).strategy is models.RecommendStrategy.SUM_SCORES
    assert [column["chosen"] for column in compared(app)] == [False, False, True]
    assert compared(app)[2]["hits"] == [hit | {"moved": 0} for hit in columns[2]["hits"]]


def test_a_field_judges_the_compared(app):
    app.session_state["panel"] = "Compare"
    bound(app, "segmented_control", "mode").set_value(Mode.RECOMMEND).run()
    send(app, "map", click(1, 0), click(2, 900, "negative"))
    assert all(hit["right"] is None for column in compared(app) for hit in column["hits"])
    app.selectbox(key="explore.judge").select("group").run()
    client = startup.workspace().client

    def groups(ids: list) -> list[str]:
        found = {r.id: (r.payload or {})["group"] for r in client.retrieve("emoji", ids)}
        return [found[point] for point in ids]

    (wanted,) = groups([draft(app).examples.positives[0]])
    for column in compared(app):
        right = [group == wanted for group in groups([int(hit["id"]) for hit in column["hits"]])]
        assert [hit["right"] for hit in column["hits"]] == right
        assert column["figures"][0]["value"] == f"{sum(right) / len(right):.0%}"
