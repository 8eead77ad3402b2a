"""Edges, and the graph they make."""

from framework.model.edge import EdgeCondition, EdgeSpec
from framework.model.graph import GraphSpec

__all__ = ["EdgeCondition", "EdgeSpec", "GraphSpec"]
