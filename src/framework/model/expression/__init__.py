"""The expression language of edges, constraints and criteria.

A small, total language over JSON data. It has its own parser and its own
evaluator; no Python object is ever asked for an attribute, nothing loops
without a bound, and every fault is an ``ExpressionError``.
"""

from framework.model.expression.expression import Expression, parse, safe_eval

__all__ = ["Expression", "parse", "safe_eval"]
