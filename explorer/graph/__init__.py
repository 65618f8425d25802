"""Graphs of points: nearest neighbours, mutual neighbours, spanning trees, and what they show."""
