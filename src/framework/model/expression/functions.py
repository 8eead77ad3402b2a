"""The functions of the language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, cast

from framework.model.expression.kinds import (
    NUMBERS,
    SCALARS,
    Tuple,
    elements,
    fail,
    kind_name,
    kinds_of,
    make_set,
    text_key,
)
from framework.model.expression.limits import MAX_INT_BITS, MAX_NUMERAL_LENGTH, Meter
from framework.model.expression.operators import add, bounded_number, less
from framework.model.expression.rendering import text_of

MANY = 1_000_000
"""More arguments than an expression can hold."""

_PAIR = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function: how many arguments it takes and what it does with them."""

    least: int
    most: int
    run: Callable[[list[object], Meter], object]


def _length(arguments: list[object], meter: Meter) -> int:
    del meter
    (value,) = arguments
    if type(value) in SCALARS and type(value) is not str:
        fail(f"{kind_name(value)} has no length")
    return len(cast("str", value))


def _int(arguments: list[object], meter: Meter) -> object:
    del meter
    value = _numeral(arguments[0], "int()") if arguments else 0
    return bounded_number(int(value), "int()")


def _float(arguments: list[object], meter: Meter) -> float:
    del meter
    return float(_numeral(arguments[0], "float()")) if arguments else 0.0


def _numeral(value: object, caller: str) -> float | str:
    if type(value) in NUMBERS:
        return bounded_number(value, caller)
    if type(value) is not str:
        fail(f"{caller} reads a number or text, not {kind_name(value)}")
    if len(value) > MAX_NUMERAL_LENGTH:
        fail(f"{caller} reads at most {MAX_NUMERAL_LENGTH} characters")
    return value


def _text(arguments: list[object], meter: Meter) -> str:
    return text_of(arguments[0], meter) if arguments else ""


def _boolean(arguments: list[object], meter: Meter) -> bool:
    del meter
    return bool(arguments and arguments[0])


def _list(arguments: list[object], meter: Meter) -> list[object]:
    return elements(arguments[0], meter) if arguments else []


def _tuple(arguments: list[object], meter: Meter) -> Tuple:
    return Tuple(_list(arguments, meter))


def _set(arguments: list[object], meter: Meter) -> object:
    return make_set(_list(arguments, meter), meter)


def _dict(arguments: list[object], meter: Meter) -> dict[str, object]:
    if arguments and type(arguments[0]) is dict:
        source = cast("dict[object, object]", arguments[0])
        meter.spend(2 * len(source))
        return {text_key(key, meter): value for key, value in source.items()}
    pairs = [elements(pair, meter) for pair in _list(arguments, meter)]
    meter.spend(2 * len(pairs))
    made: dict[str, object] = {}
    for pair in pairs:
        if len(pair) != _PAIR:
            fail("dict() reads a dictionary or pairs of a key and a value")
        made[text_key(pair[0], meter)] = pair[1]
    return made


def _extreme(*, lowest: bool) -> Callable[[list[object], Meter], object]:
    def run(arguments: list[object], meter: Meter) -> object:
        values = arguments if len(arguments) > 1 else elements(arguments[0], meter)
        if not values:
            fail("min() and max() need at least one element; test for an empty list first")
        meter.spend(2 * len(values))
        best = values[0]
        for value in values[1:]:
            if less(value, best, meter) if lowest else less(best, value, meter):
                best = value
        return best

    return run


def _sum(arguments: list[object], meter: Meter) -> object:
    values = elements(arguments[0], meter)
    meter.spend(len(values))
    total: object = 0
    for value in values:
        bounded_number(value, "sum()")
        total = add(total, value, meter)
    return total


def _absolute(arguments: list[object], meter: Meter) -> float:
    del meter
    return abs(bounded_number(arguments[0], "abs()"))


def _round(arguments: list[object], meter: Meter) -> object:
    del meter
    number = bounded_number(arguments[0], "round()")
    if len(arguments) == 1 or arguments[1] is None:
        return round(number)
    digits = bounded_number(arguments[1], "round()")
    if not isinstance(digits, int) or abs(digits) > MAX_INT_BITS:
        fail("round() takes a small whole number of digits")
    return round(number, digits)


def _all(arguments: list[object], meter: Meter) -> bool:
    return all(elements(arguments[0], meter))


def _any(arguments: list[object], meter: Meter) -> bool:
    return any(elements(arguments[0], meter))


def _sorted(arguments: list[object], meter: Meter) -> list[object]:
    values = elements(arguments[0], meter)
    kinds = kinds_of(values)
    depth = len(values).bit_length()
    meter.copy_slots(len(values) * depth)
    if kinds == {str}:
        texts = cast("list[str]", values)
        meter.read_text(sum(map(len, texts)) * depth)
        return cast("list[object]", sorted(texts))
    if not kinds <= NUMBERS:
        fail("sorted() needs only numbers or only texts")
    return cast("list[object]", sorted(cast("list[float]", values)))


FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType(
    {
        "len": Function(least=1, most=1, run=_length),
        "int": Function(least=0, most=1, run=_int),
        "float": Function(least=0, most=1, run=_float),
        "str": Function(least=0, most=1, run=_text),
        "bool": Function(least=0, most=1, run=_boolean),
        "list": Function(least=0, most=1, run=_list),
        "dict": Function(least=0, most=1, run=_dict),
        "tuple": Function(least=0, most=1, run=_tuple),
        "set": Function(least=0, most=1, run=_set),
        "min": Function(least=1, most=MANY, run=_extreme(lowest=True)),
        "max": Function(least=1, most=MANY, run=_extreme(lowest=False)),
        "sum": Function(least=1, most=1, run=_sum),
        "abs": Function(least=1, most=1, run=_absolute),
        "round": Function(least=1, most=2, run=_round),
        "all": Function(least=1, most=1, run=_all),
        "any": Function(least=1, most=1, run=_any),
        "sorted": Function(least=1, most=1, run=_sorted),
    }
)
