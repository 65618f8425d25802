"""Queries in stages: built as a tree, run, and looked into stage by stage."""
