"""Keel: from a table to a machine-learning system that keeps its promises in production."""

__version__ = "0.1.0"
