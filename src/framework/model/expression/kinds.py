"""The kinds of value the language knows.

Kinds are told apart by exact type. Text, numbers, lists and dictionaries come
from outside; tuples and sets exist only within an evaluation, as private types,
so that no object of a foreign class can pass for a value.
"""

from __future__ import annotations

from types import NoneType
from typing import TYPE_CHECKING, Final, NoReturn, cast

from framework.errors import ExpressionEvaluationError
from framework.model.expression.limits import READ_PER_STEP

if TYPE_CHECKING:
    from framework.model.expression.limits import Meter


class Tuple(tuple[object, ...]):
    """A tuple made by an expression."""

    __slots__ = ()


class ValueSet(dict[object, None]):
    """A set made by an expression: its elements are the keys, in the order they came.

    The order of a Python set of texts differs from process to process; a run must not.
    """

    __slots__ = ()


NUMBERS: Final[frozenset[type]] = frozenset({int, float, bool})
SCALARS: Final[frozenset[type]] = NUMBERS | {str, NoneType}
SEQUENCES: Final[frozenset[type]] = frozenset({list, Tuple})
KINDS: Final[frozenset[type]] = SCALARS | SEQUENCES | {dict, ValueSet}

_NAMES: Final[dict[type, str]] = {
    str: "text",
    int: "a number",
    float: "a number",
    bool: "a boolean",
    NoneType: "none",
    list: "a list",
    dict: "a dictionary",
    Tuple: "a tuple",
    ValueSet: "a set",
}


def fail(reason: str) -> NoReturn:
    """End the evaluation because of ``reason``.

    Raises:
        ExpressionEvaluationError: always.
    """
    raise ExpressionEvaluationError(reason)


def kind_name(value: object) -> str:
    """Return what a person calls the kind of ``value``."""
    return _NAMES.get(type(value), "an object that is not JSON data")


def admit(value: object) -> object:
    """Return ``value`` if it is of a kind the language knows.

    Raises:
        ExpressionEvaluationError: if it is anything but JSON data.
    """
    if type(value) not in KINDS:
        fail(f"it reads {kind_name(value)}; expressions read JSON data only")
    return value


def elements(value: object, meter: Meter) -> list[object]:
    """Return the elements of a container or the characters of a text as a new list.

    Raises:
        ExpressionEvaluationError: if ``value`` has no elements, too many, or foreign ones.
    """
    if type(value) is str:
        meter.spend(len(value))
        return list(value)
    if type(value) not in KINDS or type(value) in SCALARS:
        fail(f"{kind_name(value)} has no elements")
    container = cast("list[object]", value)
    meter.copy_slots(len(container))
    found = list(container)
    kinds_of(found)
    return found


def kinds_of(values: list[object]) -> set[type]:
    """Return the types of ``values``; all are kinds the language knows.

    Raises:
        ExpressionEvaluationError: if one of them is anything but JSON data.
    """
    kinds = set(map(type, values))
    if not kinds <= KINDS:
        fail("it reads an object that is not JSON data")
    return kinds


def scalar_key(value: object, meter: Meter) -> object:
    """Return ``value`` if a set or dictionary can look it up.

    Raises:
        ExpressionEvaluationError: if it is a container.
    """
    if type(value) not in SCALARS:
        fail(f"{kind_name(value)} cannot be looked up; use text, a number, a boolean or none")
    if type(value) is str and len(value) >= READ_PER_STEP:
        meter.read_text(len(value))
    return value


def text_key(value: object, meter: Meter) -> str:
    """Return ``value`` if it can be a key of a dictionary.

    Raises:
        ExpressionEvaluationError: if it is not text.
    """
    if type(value) is not str:
        fail(f"{kind_name(value)} cannot be a key of a dictionary; keys are text")
    meter.read_text(len(value))
    return value


def make_set(values: list[object], meter: Meter) -> ValueSet:
    """Return the distinct ``values``.

    Raises:
        ExpressionEvaluationError: if one is a container.
    """
    meter.spend(2 * len(values))
    return ValueSet((scalar_key(value, meter), None) for value in values)
