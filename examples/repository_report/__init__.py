"""Repository report: an agent that reads a repository's history and reports who changed what."""

from .agent import goal, graph

__all__ = ["goal", "graph"]
