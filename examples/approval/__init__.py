"""Approval: an agent that drafts an announcement and sends it once a person approves."""

from .agent import goal, graph

__all__ = ["goal", "graph"]
