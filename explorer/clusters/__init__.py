"""Clusters of points: how they are found, what sets each apart, how stable they are, their uses."""
