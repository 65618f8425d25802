"""The controls of what a stage does: its operation and that operation's settings."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from explorer.pipeline.check import ORDERED
from explorer.pipeline.events import OperationChosen
from explorer.pipeline.question import read_question, write_question
from explorer.pipeline.stage import MAX_K, Boost, Nearest, OrderBy, RankFusion, ScoreFusion
from pages import bound
from pages.hybrid import conditions as hybrid_conditions
from pages.hybrid.toolbar import QUESTION_HELP
from pages.hybrid.visit import applying

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.query.trace import Place
    from explorer.fields import PayloadField
    from explorer.pipeline.pipeline import Pipeline
    from explorer.pipeline.stage import Operation, Stage
    from explorer.workspace import CollectionSummary

_NAMES = {
    "nearest": "Compare a vector",
    "rrf": "Fuse by rank (RRF)",
    "dbsf": "Fuse by score (DBSF)",
    "boost": "Boost scores",
    "order_by": "Order by a field",
}


def show(
    pipeline: Pipeline,
    place: Place,
    stage: Stage,
    summary: CollectionSummary,
    fields: Sequence[PayloadField],
) -> None:
    """Draw the choice of operations and the settings of the chosen one."""
    ordered = [f.path for f in fields if f.kind in ORDERED and f.indexed]
    begun: dict[str, Operation] = {
        "nearest": Nearest(summary.default_vector),
        "rrf": RankFusion(),
        "dbsf": ScoreFusion(),
        "boost": Boost(),
        "order_by": OrderBy(ordered[0] if ordered else ""),
    }
    st.selectbox(
        "What it does",
        format_func=_NAMES.__getitem__,
        **bound.index(
            "hybrid.operation",
            list(_NAMES),
            stage.operation.kind,
            applying(lambda kind: OperationChosen(place, begun[kind])),
        ),
    )
    choose = partial(OperationChosen, place)
    match stage.operation:
        case Nearest() as nearest:
            _nearest(pipeline, nearest, summary, choose)
        case RankFusion() as fusion:
            _rank_fusion(fusion, stage, choose)
        case OrderBy() as order:
            _order(order, ordered, choose)
        case Boost() as boost:
            _boost(boost, fields, choose)


def _nearest(
    pipeline: Pipeline,
    nearest: Nearest,
    summary: CollectionSummary,
    choose: Callable[[Operation], OperationChosen],
) -> None:
    vector, diversity = st.columns(2)
    vector.selectbox(
        "Vector",
        format_func=lambda name: name or "(unnamed)",
        **bound.index(
            "hybrid.using",
            list(dict.fromkeys([*summary.vectors, nearest.using])),
            nearest.using,
            applying(lambda using: choose(replace(nearest, using=using))),
        ),
    )
    diversity.slider(
        "Diversity",
        min_value=0.0,
        max_value=1.0,
        step=0.05,
        help="Maximal marginal relevance: results unlike each other. 0 is off.",
        **bound.value(
            "hybrid.diversity",
            nearest.diversity or 0.0,
            applying(lambda share: choose(replace(nearest, diversity=share or None))),
        ),
    )
    st.text_input(
        "Question of its own",
        placeholder=write_question(pipeline.question) or "as above",
        help=f"{QUESTION_HELP}. Empty: what the whole pipeline asks.",
        **bound.value(
            "hybrid.own",
            write_question(nearest.question),
            applying(lambda written: choose(replace(nearest, question=read_question(written)))),
        ),
    )


def _rank_fusion(
    fusion: RankFusion, stage: Stage, choose: Callable[[Operation], OperationChosen]
) -> None:
    st.number_input(
        "k",
        min_value=1,
        max_value=MAX_K,
        help="A point at rank r of a source gets 1 / (r + k − 1): "
        "the larger k, the less the first ranks stand out",
        **bound.value("hybrid.k", fusion.k, applying(lambda k: choose(replace(fusion, k=int(k))))),
    )
    weights = fusion.weighing(len(stage.sources))

    def weigh(number: int, weight: float) -> OperationChosen:
        changed = (*weights[:number], float(weight), *weights[number + 1 :])
        return choose(replace(fusion, weights=changed))

    columns = st.columns(min(len(weights), 3)) if weights else []
    for number, (source, weight) in enumerate(zip(stage.sources, weights, strict=True)):
        columns[number % 3].number_input(
            f"Weight of {source.title}",
            min_value=0.0,
            step=0.5,
            format="%.4g",
            **bound.value(f"hybrid.weight.{number}", weight, applying(partial(weigh, number))),
        )


def _order(
    order: OrderBy, ordered: Sequence[str], choose: Callable[[Operation], OperationChosen]
) -> None:
    field, direction = st.columns(2)
    field.selectbox(
        "Field",
        **bound.index(
            "hybrid.field",
            list(dict.fromkeys([*ordered, order.field])),
            order.field,
            applying(lambda path: choose(replace(order, field=path))),
        ),
    )
    direction.segmented_control(
        "Direction",
        [False, True],
        format_func=lambda down: "largest first" if down else "smallest first",
        required=True,
        **bound.default(
            "hybrid.down",
            order.descending,
            applying(lambda down: choose(replace(order, descending=down))),
        ),
    )


def _boost(
    boost: Boost,
    fields: Sequence[PayloadField],
    choose: Callable[[Operation], OperationChosen],
) -> None:
    st.number_input(
        "Added to the score",
        step=0.05,
        format="%.4g",
        **bound.value(
            "hybrid.boost",
            boost.weight,
            applying(lambda by: choose(replace(boost, weight=float(by)))),
        ),
    )
    hybrid_conditions.pick(
        "Of points that meet",
        "boosted",
        boost.conditions,
        fields,
        lambda conditions: choose(replace(boost, conditions=conditions)),
    )
