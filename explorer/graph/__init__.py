"""Graphs of points: nearest neighbours, mutual neighbours, spanning trees, and what they show."""

from explorer.graph.drawing import Drawing, GraphError, check_vector
from explorer.graph.drawings import Drawings
from explorer.graph.graph import Graph
from explorer.graph.linking import Linking, link
from explorer.graph.view import Chosen, Look, Placing, Sample, View

__all__ = [
    "Chosen",
    "Drawing",
    "Drawings",
    "Graph",
    "GraphError",
    "Linking",
    "Look",
    "Placing",
    "Sample",
    "View",
    "check_vector",
    "link",
]
