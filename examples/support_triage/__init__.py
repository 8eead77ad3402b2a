"""Support triage: an agent that sorts a CSV file of support tickets and writes a report."""

from .agent import goal, graph

__all__ = ["goal", "graph"]
