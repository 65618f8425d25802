"""How a query is answered: plan its prefetch tree, scan, score, fuse, select, trace."""

from engine.query.batch import run_batch
from engine.query.explain import Explanation, Likeness, Part, explain_scores
from engine.query.groups import run_groups
from engine.query.options import Database, Options
from engine.query.run import run_query
from engine.query.trace import UNWATCHED, Kept, Stage, Tracer

__all__ = [
    "UNWATCHED",
    "Database",
    "Explanation",
    "Kept",
    "Likeness",
    "Options",
    "Part",
    "Stage",
    "Tracer",
    "explain_scores",
    "run_batch",
    "run_groups",
    "run_query",
]
