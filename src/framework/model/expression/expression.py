"""A parsed expression, ready to be evaluated any number of times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from framework.errors import ExpressionEvaluationError, ExpressionSyntaxError
from framework.model.expression.base import Node
from framework.model.expression.kinds import SCALARS
from framework.model.expression.limits import Meter
from framework.model.expression.parser import parse_text
from framework.model.expression.rendering import plain_copy

_SHOWN_TEXT = 120
_SHOWN_REASON = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """An expression of the language; ``parse`` makes one.

    Equal texts make equal expressions. One expression may be used by several threads at once.

    Attributes:
        text: as written.
        names: bare names it reads, ``output`` and ``memory`` included.
    """

    text: str
    names: frozenset[str] = field(compare=False)
    _keys: Mapping[str, frozenset[str]] = field(compare=False, repr=False)
    _root: Node = field(compare=False, repr=False)

    def evaluate(self, names: Mapping[str, object]) -> object:
        """Return the value for ``names`` as fresh JSON data; tuples and sets come out as lists.

        Raises:
            ExpressionEvaluationError: if there is no value, or a limit was passed.
        """
        meter = Meter()
        try:
            value = self._root.evaluate(names, meter)
            return value if type(value) in SCALARS else plain_copy(value, meter)
        except Exception as error:  # foreign data may raise anything, and the language is total
            raise self._failure(error) from error

    def holds(self, names: Mapping[str, object]) -> bool:
        """Return whether the value for ``names`` is true as a condition.

        Raises:
            ExpressionEvaluationError: if there is no value, or a limit was passed.
        """
        try:
            return bool(self._root.evaluate(names, Meter()))
        except Exception as error:  # foreign data may raise anything, and the language is total
            raise self._failure(error) from error

    def keys_of(self, name: str) -> frozenset[str]:
        """Return the text keys that ``name`` is visibly asked for.

        ``output.a``, ``output['b']`` and ``output.get('c')`` are visible; a computed key is not.
        """
        return self._keys.get(name, frozenset())

    def _failure(self, error: Exception) -> ExpressionEvaluationError:
        if isinstance(error, RecursionError):
            reason = "the program around it has used up the stack; evaluate it from a shallower place"
        elif isinstance(error, ExpressionEvaluationError):
            reason = str(error)
        else:
            reason = f"{error} ({type(error).__name__})"
        text = self.text if len(self.text) <= _SHOWN_TEXT else self.text[:_SHOWN_TEXT] + "..."
        return ExpressionEvaluationError(f"Expression {text!r} has no value: {reason[:_SHOWN_REASON]}.")


def parse(text: str) -> Expression:
    """Return the expression that ``text`` says.

    Raises:
        ExpressionSyntaxError: naming the position, what is not allowed and what to do.
    """
    try:
        parsed = parse_text(text)
    except RecursionError as error:
        raise ExpressionSyntaxError(
            "The expression cannot be parsed because the program around it has used up the stack; "
            "parse it from a shallower place."
        ) from error
    return Expression(text=text, names=parsed.names, _keys=parsed.keys, _root=parsed.root)


def safe_eval(expr: str, names: Mapping[str, object]) -> object:
    """Parse ``expr`` and return its value for ``names``.

    Raises:
        ExpressionError: if it does not parse or has no value.
    """
    return parse(expr).evaluate(names)
