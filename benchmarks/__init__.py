"""Measurements of Sextant beside its peers, each in one run: `python -m benchmarks [name ...]`."""
