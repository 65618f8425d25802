"""How a query is answered: resolve ids, scan, score, select, trace."""

from engine.query.explain import Explanation, Likeness, Part, explain_scores
from engine.query.options import Database, Options
from engine.query.run import run_batch, run_query
from engine.query.trace import Stage, Tracer

__all__ = [
    "Database",
    "Explanation",
    "Likeness",
    "Options",
    "Part",
    "Stage",
    "Tracer",
    "explain_scores",
    "run_batch",
    "run_query",
]
