"""Evaluating an expression of edges, constraints and criteria."""

from framework.model.expression import safe_eval

__all__ = ["safe_eval"]
