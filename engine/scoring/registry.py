"""Every scoring strategy by name, in both conventions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.scoring.context import CONTEXT, CONTEXT_DOCUMENTED
from engine.scoring.discover import DISCOVER, DISCOVER_DOCUMENTED
from engine.scoring.nearest import AVERAGE_VECTOR, NEAREST
from engine.scoring.recommend import BEST_SCORE, BEST_SCORE_DOCUMENTED, SUM_SCORES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.scoring.strategy import Convention, Strategy


def _by_name(*strategies: Strategy) -> Mapping[str, Strategy]:
    return {strategy.name: strategy for strategy in strategies}


_SHARED = (NEAREST, AVERAGE_VECTOR, SUM_SCORES)

STRATEGIES: Mapping[Convention, Mapping[str, Strategy]] = {
    "qdrant": _by_name(*_SHARED, BEST_SCORE, DISCOVER, CONTEXT),
    "documented": _by_name(
        *_SHARED, BEST_SCORE_DOCUMENTED, DISCOVER_DOCUMENTED, CONTEXT_DOCUMENTED
    ),
}
"""By convention, then by name, as requests name them."""
