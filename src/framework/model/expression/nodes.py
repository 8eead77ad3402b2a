"""The tree of an expression. Each node gives its value, given the names and a meter.

A node is at most as deep as the brackets around it: chains of operators, choices
and look-ups are single nodes that loop. So the tree's depth is bounded by
``MAX_NESTING``, whatever the length of the text.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from framework.model.expression.base import Node, Operation, Relation, Step
from framework.model.expression.functions import Function
from framework.model.expression.kinds import (
    KINDS,
    Tuple,
    ValueSet,
    admit,
    fail,
    make_set,
    text_key,
)
from framework.model.expression.operators import bounded_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from framework.model.expression.limits import Meter

_LISTED_NAMES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """A number, a text, true, false or none."""

    value: float | str | None

    def evaluate(self, names: Mapping[str, object], meter: Meter) -> object:
        """Return the value as written."""
        del names, meter
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A bare name."""

    name: str

    def evaluate(self, names: Mapping[str, object], meter: Meter) -> object:
        """Return what the caller keeps under the name."""
        del meter
        try:
            value = names[self.name]
        except KeyError:
            known = ", ".join([name for name in islice(names, _LISTED_NAMES) if type(name) is str])
            fail(f"unknown name {self.name!r}; the names at hand are: {known or 'none'}")
        if type(value) not in KINDS:
            admit(value)
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDisplay:
    """``[a, b]``."""

    items: tuple[Node, ...]

    def evaluate(self, names: Mapping[str, object], meter: Meter) -> list[object]:
        """Return a new list."""
        return [item.evaluate(names, meter) for item in self.items]


@dataclass(frozen=True, slots=True, kw_only=True)
class TupleDisplay:
    """``(a, b)``."""

    items: tuple[Node, ...]

    def evaluate(self, names: Mapping[str, object], meter: Meter) -> Tuple:
        """Return a new tuple."""
        return Tuple([item.evaluate(names, meter) for item in self.items])


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDisplay:
    """``{a, b}``."""

    items: tuple[Node, ...]

    def evaluate(self, names: Mapping[str, object], meter: Meter) -> ValueSet:
        """Return a new set."""
        return make_set([item.evaluate(names, meter) for item in self.items], meter)


@dataclass(frozen=True, slots=True, kw_only=True)
class DictDisplay:
    """``{'a': b}``."""

    items: tuple[tuple[Node, Node], ...]

    def evaluate(self, names: Mapping[str, object], meter: Meter) -> dict[str, object]:
        """Return a new dictionary."""
        return {
            text_key(key.evaluate(names, meter), meter): value.evaluate(names, meter)
            for key, value in self.items
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A value followed by look-ups, slices and method calls."""

    root: Node
    steps: tuple[Step, ...]

    def evaluate(self, names: Mapping[str, object], meter: Meter) -> object:
        """Return what the last step leads to."""
        value = self.root.evaluate(names, meter)
        for step in self.steps:
            value = step.apply(value, names, meter)
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call of one of the language's functions."""

    function: Function
    arguments: tuple[Node, ...]

    def evaluate(self, names: Mapping[str, object], meter: Meter) -> object:
        """Return the function's result."""
        return self.function.run([item.evaluate(names, meter) for item in self.arguments], meter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """Any number of ``+`` and ``-`` before a number."""

    is_negative: bool
    operand: Node

    def evaluate(self, names: Mapping[str, object], meter: Meter) -> object:
        """Return the number or its negative."""
        value = bounded_number(self.operand.evaluate(names, meter), "a sign")
        return -value if self.is_negative else +value


@dataclass(frozen=True, slots=True, kw_only=True)
class Arithmetic:
    """A chain of operations of one rank, applied from the left."""

    first: Node
    rest: tuple[tuple[Operation, Node], ...]

    def evaluate(self, names: Mapping[str, object], meter: Meter) -> object:
        """Return the result of the last operation."""
        value = self.first.evaluate(names, meter)
        for operation, operand in self.rest:
            value = operation(value, operand.evaluate(names, meter), meter)
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A chain of comparisons; it ends at the first that is false."""

    first: Node
    rest: tuple[tuple[Relation, Node], ...]

    def evaluate(self, names: Mapping[str, object], meter: Meter) -> bool:
        """Return whether every comparison holds."""
        left = self.first.evaluate(names, meter)
        for relation, operand in self.rest:
            right = operand.evaluate(names, meter)
            if not relation(left, right, meter):
                return False
            left = right
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Logic:
    """A chain of ``and`` (``stops_at`` False) or ``or`` (``stops_at`` True)."""

    stops_at: bool
    parts: tuple[Node, ...]

    def evaluate(self, names: Mapping[str, object], meter: Meter) -> object:
        """Return the value of the first part that decides, or of the last."""
        value: object = None
        for part in self.parts:
            value = part.evaluate(names, meter)
            if bool(value) is self.stops_at:
                break
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Any number of ``not`` before a value."""

    is_negative: bool
    operand: Node

    def evaluate(self, names: Mapping[str, object], meter: Meter) -> bool:
        """Return whether the operand is true, or whether it is false."""
        return bool(self.operand.evaluate(names, meter)) is not self.is_negative


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """``a if b else c``, chained to the right: pairs of a condition and a value."""

    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node

    def evaluate(self, names: Mapping[str, object], meter: Meter) -> object:
        """Return the value of the first branch whose condition holds."""
        for condition, value in self.branches:
            if condition.evaluate(names, meter):
                return value.evaluate(names, meter)
        return self.otherwise.evaluate(names, meter)
