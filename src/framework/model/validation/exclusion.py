"""Which conditional edges can never match together.

``output.verdict == 'yes'`` and ``output.verdict == 'no'`` are about one value
and cannot both be true. Only such plain pairs are recognised: comparisons of
the same text with constants, and a text with its own negation.
"""

from __future__ import annotations

import ast
import operator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from framework.model.edge import EdgeSpec
    from framework.model.topology import Choice

_NAMED = {"true": True, "false": False, "none": None, "null": None}
_NEGATED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_ORDERS: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_MOST_EDGES = 10
"""Optional edges up to which exclusion is looked at; beyond it all may match together."""


@dataclass(frozen=True, slots=True)
class _Fact:
    """What a true expression says about the value of ``place``."""

    place: str
    values: frozenset[object] | None = None
    is_among: bool = True
    truth: bool | None = None
    order: type[ast.cmpop] | None = None
    limit: float = 0.0


def largest_sets(choice: Choice) -> list[tuple[EdgeSpec, ...]]:
    """Return the largest sets of edges that one choice can take, in declared order."""
    optional = choice.optional
    if len(optional) > _MOST_EDGES or not _any_exclusion(optional):
        return [choice.edges]
    sets = [chosen for size in range(len(optional), 0, -1) for chosen in combinations(optional, size)]
    largest: list[tuple[EdgeSpec, ...]] = []
    for chosen in sets:
        inside = any({edge.id for edge in chosen} <= {edge.id for edge in other} for other in largest)
        if not inside and can_match_together(chosen):
            largest.append(chosen)
    return [choice.certain + chosen for chosen in largest]


def can_match_together(edges: Sequence[EdgeSpec]) -> bool:
    """Return whether the expressions of these conditional edges may all be true at once."""
    return not _any_exclusion(edges)


def _any_exclusion(edges: Sequence[EdgeSpec]) -> bool:
    return any(
        _exclude(one.condition_expr or "", two.condition_expr or "") for one, two in combinations(edges, 2)
    )


@lru_cache(maxsize=4096)
def _exclude(one: str, two: str) -> bool:
    facts = _facts_of(two)
    return any(
        mine.place == theirs.place and _contradict(mine, theirs)
        for mine in _facts_of(one)
        for theirs in facts
    )


@lru_cache(maxsize=1024)
def _facts_of(text: str) -> tuple[_Fact, ...]:
    try:
        return tuple(_facts(ast.parse(text.strip(), mode="eval").body, is_true=True))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()


def _facts(expression: ast.expr, *, is_true: bool) -> list[_Fact]:
    match expression:
        case ast.BoolOp(op=ast.And(), values=parts) if is_true:
            return [fact for part in parts for fact in _facts(part, is_true=True)]
        case ast.BoolOp(op=ast.Or(), values=parts) if not is_true:
            return [fact for part in parts for fact in _facts(part, is_true=False)]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _facts(operand, is_true=not is_true)
        case ast.Compare(left=left, ops=[link], comparators=[right]):
            whole = _Fact(ast.dump(expression), truth=is_true)
            return [whole, *_compared(left, type(link), right, is_true=is_true)]
        case _:
            return [_Fact(ast.dump(expression), truth=is_true)]


def _compared(left: ast.expr, link: type[ast.cmpop], right: ast.expr, *, is_true: bool) -> list[_Fact]:
    if not is_true:
        if link not in _NEGATED:
            return []
        link = _NEGATED[link]
    values = _values(right, is_list=link in {ast.In, ast.NotIn})
    if values is None:
        return []
    place = ast.dump(left)
    if link not in _ORDERS:
        return [_Fact(place, values=values, is_among=link in {ast.Eq, ast.Is, ast.In})]
    numbers = [value for value in values if isinstance(value, int | float)]
    return [_Fact(place, order=link, limit=number) for number in numbers]


def _values(expression: ast.expr, *, is_list: bool) -> frozenset[object] | None:
    if is_list:
        if not isinstance(expression, ast.List | ast.Tuple | ast.Set):
            return None
        each = [_values(option, is_list=False) for option in expression.elts]
        return None if None in each else frozenset[object]().union(*(values or () for values in each))
    match expression:
        case ast.Constant(value=value):
            return frozenset({value})
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return frozenset({-value})
        case ast.Name(id=name) if name.lower() in _NAMED:
            return frozenset({_NAMED[name.lower()]})
        case _:
            return None


def _contradict(one: _Fact, two: _Fact) -> bool:
    if one.truth is not None and two.truth is not None:
        return one.truth is not two.truth
    if one.order is not None and two.order is not None:
        return _orders_contradict(one, two)
    if one.values is not None and one.is_among:
        return not any(_allows(two, value) for value in one.values)
    if two.values is not None and two.is_among:
        return not any(_allows(one, value) for value in two.values)
    return False


def _allows(fact: _Fact, value: object) -> bool:
    if fact.values is not None:
        return (value in fact.values) is fact.is_among
    if fact.truth is not None:
        return bool(value) is fact.truth
    if fact.order is not None:
        return isinstance(value, int | float) and _ORDERS[fact.order](value, fact.limit)
    return True


def _orders_contradict(one: _Fact, two: _Fact) -> bool:
    low, high = (one, two) if one.order in {ast.Gt, ast.GtE} else (two, one)
    if low.order not in {ast.Gt, ast.GtE} or high.order not in {ast.Lt, ast.LtE}:
        return False
    touching = low.order is ast.GtE and high.order is ast.LtE
    return low.limit > high.limit or (low.limit == high.limit and not touching)
