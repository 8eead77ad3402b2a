"""Research: an agent that asks what is wanted, reads the web, has a person review it, and reports."""

from .agent import goal, graph

__all__ = ["goal", "graph"]
