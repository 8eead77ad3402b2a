"""The shapes that the parts of an expression's tree have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from framework.model.expression.limits import Meter

Operation = Callable[[object, object, Meter], object]
"""What an arithmetic operator does with two values."""

Relation = Callable[[object, object, Meter], bool]
"""What a comparison says of two values."""


class Node(Protocol):
    """A part of an expression that has a value."""

    def evaluate(self, names: Mapping[str, object], meter: Meter) -> object:
        """Return the value."""
        ...


class Step(Protocol):
    """What follows a value and leads to another: a look-up, a slice, a method call."""

    def apply(self, target: object, names: Mapping[str, object], meter: Meter) -> object:
        """Return where the step leads from ``target``."""
        ...
