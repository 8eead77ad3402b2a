"""Which keys must be set for an expression to be true.

An edge with ``output.get('approved') is not None`` can be taken only when
``approved`` was set, so the node behind it may require the key although the
node before it may leave the key unset. Two facts of the language carry this:
asking for an absent key has no value, which makes an edge false, and
``.get`` of an absent key is none, which has neither order nor methods.
"""

from __future__ import annotations

import ast
from functools import lru_cache

_HOLDERS = frozenset({"output", "memory"})
_NOT_KEYS = _HOLDERS | {"result"}
_CONSTANTS = frozenset({"true", "false", "none", "null"})
_REFUSE_NONE = frozenset({"len", "int", "float", "abs", "round", "sum", "min", "max", "all", "any", "sorted"})
_ORDERINGS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


@lru_cache(maxsize=1024)
def implied_keys(text: str) -> frozenset[str]:
    """Return the keys of output or memory that are set whenever ``text`` is true."""
    try:
        return _implied(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()


def _implied(expression: ast.expr) -> frozenset[str]:
    match expression:
        case ast.BoolOp(op=ast.And(), values=parts):
            return frozenset[str]().union(*map(_implied, parts))
        case ast.BoolOp(op=ast.Or(), values=parts):
            return frozenset[str].intersection(*map(_implied, parts)) | _read(parts[0])
        case ast.Compare(left=left, ops=operators, comparators=others):
            operands = [left, *others]
            links = zip(operators, operands, operands[1:], strict=False)
            compared = (_implied_by_link(*link) for link in links)
            return frozenset[str]().union(*compared, *map(_read, operands))
        case _:
            return _asked(expression) | _read(expression)


def _implied_by_link(operator: ast.cmpop, left: ast.expr, right: ast.expr) -> frozenset[str]:
    match operator:
        case ast.IsNot() | ast.NotEq() if _is_none(right):
            return _asked(left)
        case ast.Eq() | ast.Is() if _is_value(right):
            return _asked(left)
        case ast.Eq() | ast.Is() if _is_value(left):
            return _asked(right)
        case ast.In():
            return _implied_by_membership(left, right)
        case _ if isinstance(operator, _ORDERINGS):
            return _asked(left) | _asked(right)
        case _:
            return frozenset()


def _implied_by_membership(item: ast.expr, container: ast.expr) -> frozenset[str]:
    match container:
        case ast.Name(id=holder) if holder in _HOLDERS:
            return _text(item)
        case ast.List(elts=options) | ast.Tuple(elts=options) | ast.Set(elts=options):
            return _asked(item) if all(map(_is_value, options)) else frozenset()
        case _:
            return _asked(container)


def _asked(expression: ast.expr) -> frozenset[str]:
    """Return the key that ``.get`` asks for, seen through calls that none cannot pass."""
    match expression:
        case ast.Call(func=ast.Name(id=function), args=[value], keywords=[]) if function in _REFUSE_NONE:
            return _asked(value)
        case ast.Call(func=ast.Attribute(value=ast.Name(id=holder), attr="get"), args=[key, *fallback]) if (
            holder in _HOLDERS
        ):
            return _text(key) if all(map(_is_none, fallback)) else frozenset()
        case ast.Call(func=ast.Attribute(value=value)) | ast.Subscript(value=value):
            return _asked(value)
        case _:
            return frozenset()


def _read(expression: ast.AST) -> frozenset[str]:
    """Return the keys that are looked up whenever the expression is evaluated to the end."""
    match expression:
        case ast.Name(id=name):
            return frozenset() if name in _NOT_KEYS or name.lower() in _CONSTANTS else frozenset({name})
        case ast.Attribute(value=ast.Name(id=holder), attr=key) if holder in _HOLDERS:
            return frozenset({key})
        case ast.Subscript(value=ast.Name(id=holder), slice=key) if holder in _HOLDERS:
            return _text(key) | _read(key)
        case _:
            return frozenset[str]().union(*map(_read, _always_evaluated(expression)))


def _always_evaluated(expression: ast.AST) -> list[ast.AST]:
    """Return the parts that no short-circuit can skip."""
    match expression:
        case ast.Call(func=ast.Name(), args=values):
            return [*values]
        case ast.Call(func=ast.Attribute(value=value), args=values):
            return [value, *values]
        case ast.BoolOp(values=[first, *_]) | ast.IfExp(test=first):
            return [first]
        case ast.Compare(left=left, comparators=[right, *_]):
            return [left, right]
        case _:
            return [*ast.iter_child_nodes(expression)]


def _text(expression: ast.expr) -> frozenset[str]:
    match expression:
        case ast.Constant(value=str(text)):
            return frozenset({text})
        case _:
            return frozenset()


def _is_none(expression: ast.expr) -> bool:
    match expression:
        case ast.Constant(value=None):
            return True
        case ast.Name(id=name):
            return name.lower() in {"none", "null"}
        case _:
            return False


def _is_value(expression: ast.expr) -> bool:
    match expression:
        case ast.Constant(value=value):
            return value is not None
        case ast.Name(id=name):
            return name.lower() in {"true", "false"}
        case _:
            return False
