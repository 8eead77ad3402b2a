"""What the operators do with values."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, cast

from framework.model.expression.kinds import (
    NUMBERS,
    SCALARS,
    SEQUENCES,
    Tuple,
    ValueSet,
    admit,
    fail,
    kind_name,
    kinds_of,
    scalar_key,
)
from framework.model.expression.limits import MAX_INT_BITS, READ_PER_STEP

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from framework.model.expression.base import Operation, Relation
    from framework.model.expression.limits import Meter

# Equality and order.


def equal(left: object, right: object, meter: Meter) -> bool:
    """Whether two values are equal, walking containers without recursion."""
    if type(left) in SCALARS or type(right) in SCALARS:
        return _same_scalar(left, right, meter)
    pending = [(left, right)]
    while pending:
        one, other = pending.pop()
        if one is other:
            continue
        if type(one) in SCALARS or type(other) in SCALARS:
            if not _same_scalar(one, other, meter):
                return False
        elif not _compare_shells(admit(one), admit(other), pending, meter):
            return False
    return True


def _compare_shells(one: object, other: object, pending: list[tuple[object, object]], meter: Meter) -> bool:
    """Compare two containers but for their elements, which go to ``pending``."""
    if type(one) is not type(other):
        return False
    first, second = cast("list[object]", one), cast("list[object]", other)
    if len(first) != len(second):
        return False
    meter.spend(len(first) + 1)
    if type(one) is ValueSet:
        return one.keys() == cast("ValueSet", other).keys()
    if type(one) is not dict:
        pending.extend(zip(first, second, strict=True))
        return True
    items, others = cast("dict[object, object]", one), cast("dict[object, object]", other)
    for key, item in items.items():
        if scalar_key(key, meter) not in others:
            return False
        pending.append((item, others[key]))
    return True


def _same_scalar(one: object, other: object, meter: Meter) -> bool:
    if type(one) is str and type(other) is str:
        if len(one) != len(other):
            return False
        meter.read_text(len(one))
        return one == other
    if type(one) in SCALARS and type(other) in SCALARS:
        return one == other
    admit(one)
    admit(other)
    return False


def _ordered(left: object, right: object, meter: Meter) -> tuple[float, float]:
    """Return two numbers (or other comparable builtins) in the order of ``left`` and ``right``."""
    while True:
        if type(left) in NUMBERS and type(right) in NUMBERS:
            return cast("tuple[float, float]", (left, right))
        if type(left) is not type(right) or type(left) not in {str, list, Tuple, ValueSet}:
            fail(f"{kind_name(left)} and {kind_name(right)} have no order; compare two numbers or two texts")
        one, other = cast("list[object]", left), cast("list[object]", right)
        if type(left) is str:
            meter.read_text(min(len(one), len(other)))
            return cast("tuple[float, float]", (left, right))
        if type(left) is ValueSet:
            meter.spend(len(one))
            return cast("tuple[float, float]", (left.keys(), cast("ValueSet", right).keys()))
        difference = _first_difference(one, other, meter)
        if difference is None:
            return len(one), len(other)
        left, right = difference


def _first_difference(one: list[object], other: list[object], meter: Meter) -> tuple[object, object] | None:
    for left, right in zip(one, other, strict=False):
        meter.spend(1)
        if left is not right and not equal(left, right, meter):
            return left, right
    return None


def less(left: object, right: object, meter: Meter) -> bool:
    """Whether ``left`` comes before ``right``."""
    one, other = _ordered(left, right, meter)
    return one < other


def _at_most(left: object, right: object, meter: Meter) -> bool:
    one, other = _ordered(left, right, meter)
    return one <= other


def _greater(left: object, right: object, meter: Meter) -> bool:
    one, other = _ordered(left, right, meter)
    return one > other


def _at_least(left: object, right: object, meter: Meter) -> bool:
    one, other = _ordered(left, right, meter)
    return one >= other


def _unequal(left: object, right: object, meter: Meter) -> bool:
    return not equal(left, right, meter)


# Membership and identity.


def contains(item: object, container: object, meter: Meter) -> bool:
    """Whether ``item in container``.

    Raises:
        ExpressionEvaluationError: if ``container`` contains nothing, or a text is asked for other than text.
    """
    if type(container) is str:
        if type(item) is not str:
            fail(f"text contains only text, not {kind_name(item)}; convert it with str()")
        meter.read_text(len(container) + len(item))
        return item in container
    if type(container) is dict or type(container) is ValueSet:
        return scalar_key(item, meter) in cast("dict[object, object]", container)
    if type(container) not in SEQUENCES:
        fail(f"{kind_name(container)} contains nothing; 'in' needs a list, dictionary, set or text")
    return occurrences(item, cast("list[object]", container), meter) > 0


def occurrences(item: object, values: list[object], meter: Meter) -> int:
    """Return how many of ``values`` equal ``item``."""
    meter.copy_slots(len(values))
    if type(item) in SCALARS and kinds_of(values) <= SCALARS:
        if type(item) is str:
            meter.spend(len(values) * (len(item) // READ_PER_STEP))
        return values.count(item)
    meter.spend(2 * len(values))
    return sum(value is item or equal(value, item, meter) for value in values)


def _absent(item: object, container: object, meter: Meter) -> bool:
    return not contains(item, container, meter)


def _is(left: object, right: object, meter: Meter) -> bool:
    del meter
    return left is right


def _is_not(left: object, right: object, meter: Meter) -> bool:
    del meter
    return left is not right


# Arithmetic.


def bounded_number(value: object, meaning: str) -> float:
    """Return ``value`` if it is a number of bearable size.

    Raises:
        ExpressionEvaluationError: naming ``meaning`` if it is not.
    """
    if type(value) not in NUMBERS:
        fail(f"{meaning} needs numbers, not {kind_name(value)}")
    if type(value) is int and value.bit_length() > MAX_INT_BITS:
        fail(f"a number passes {MAX_INT_BITS} bits in {meaning}; use smaller numbers or float()")
    return cast("float", value)


def add(left: object, right: object, meter: Meter) -> object:
    """Return ``left + right`` of numbers, texts, lists or tuples."""
    if type(left) in NUMBERS and type(right) in NUMBERS:
        return bounded_number(bounded_number(left, "'+'") + bounded_number(right, "'+'"), "'+'")
    if type(left) is str and type(right) is str:
        meter.make_text(len(left) + len(right))
        return left + right
    if type(left) is not type(right) or type(left) not in SEQUENCES:
        fail(f"'+' cannot add {kind_name(left)} and {kind_name(right)}; convert one side")
    one, other = cast("list[object]", left), cast("list[object]", right)
    meter.copy_slots(len(one) + len(other))
    return one + other if type(left) is list else Tuple((*one, *other))


def _multiply(left: object, right: object, meter: Meter) -> object:
    if type(left) in NUMBERS and type(right) in NUMBERS:
        return bounded_number(bounded_number(left, "'*'") * bounded_number(right, "'*'"), "'*'")
    if type(left) in NUMBERS:
        left, right = right, left
    if type(left) not in SEQUENCES and type(left) is not str:
        fail(f"'*' cannot multiply {kind_name(left)} and {kind_name(right)}; use numbers")
    if type(right) is not int and type(right) is not bool:
        fail("'*' repeats text or a list by a whole number only")
    sequence, times = cast("list[object]", left), max(int(right), 0)
    if type(left) is str:
        meter.make_text(len(left) * times)
        return left * times
    meter.copy_slots(len(sequence) * times)
    return sequence * times if type(left) is list else Tuple(sequence * times)


def _power(left: object, right: object, meter: Meter) -> object:
    del meter
    base, exponent = bounded_number(left, "'**'"), bounded_number(right, "'**'")
    if isinstance(base, int) and isinstance(exponent, int) and abs(base) > 1:
        size = base.bit_length() * exponent
        if size > 2 * MAX_INT_BITS:
            fail(f"'**' would pass {MAX_INT_BITS} bits; use smaller numbers or float()")
    result = cast("object", base**exponent)
    if isinstance(result, complex):
        fail("a negative number has no real root; test its sign first")
    return bounded_number(result, "'**'")


def _numeric(symbol: str, operation: Callable[[float, float], float]) -> Operation:
    meaning = f"'{symbol}'"

    def apply(left: object, right: object, meter: Meter) -> object:
        del meter
        result = operation(bounded_number(left, meaning), bounded_number(right, meaning))
        return bounded_number(result, meaning)

    return apply


ARITHMETIC: Final[Mapping[str, Operation]] = MappingProxyType(
    {
        "+": add,
        "-": _numeric("-", lambda left, right: left - right),
        "*": _multiply,
        "/": _numeric("/", lambda left, right: left / right),
        "//": _numeric("//", lambda left, right: left // right),
        "%": _numeric("%", lambda left, right: left % right),
        "**": _power,
    }
)

RELATIONS: Final[Mapping[str, Relation]] = MappingProxyType(
    {
        "==": equal,
        "!=": _unequal,
        "<": less,
        "<=": _at_most,
        ">": _greater,
        ">=": _at_least,
        "in": contains,
        "not in": _absent,
        "is": _is,
        "is not": _is_not,
    }
)
