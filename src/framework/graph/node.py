"""Nodes: what describes one, and what runs as one."""

from framework.loop.context import NodeContext, NodeProtocol, NodeResult
from framework.model.node import NodeSpec, NodeType

__all__ = ["NodeContext", "NodeProtocol", "NodeResult", "NodeSpec", "NodeType"]
