"""The methods of the language: plain functions chosen by the kind of their target."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, cast

from framework.model.expression.kinds import (
    KINDS,
    Tuple,
    admit,
    elements,
    fail,
    kind_name,
    scalar_key,
)
from framework.model.expression.limits import READ_PER_STEP, Meter
from framework.model.expression.operators import occurrences

Run = Callable[[object, list[object], Meter], object]
"""What a method does with its target and arguments."""

_LONGEST_STRIP = 64
_REPLACE_TEXTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A method: how many arguments it takes and what it does with each kind of target."""

    least: int
    most: int
    runs: Mapping[type, Run]


# Dictionaries.


def _get(target: object, arguments: list[object], meter: Meter) -> object:
    key = scalar_key(arguments[0], meter)
    default = arguments[1] if len(arguments) > 1 else None
    value = cast("dict[object, object]", target).get(key, default)
    return value if type(value) in KINDS else admit(value)


def _keys(target: object, arguments: list[object], meter: Meter) -> list[object]:
    del arguments
    return elements(target, meter)


def _values(target: object, arguments: list[object], meter: Meter) -> list[object]:
    del arguments
    mapping = cast("dict[object, object]", target)
    meter.copy_slots(len(mapping))
    return elements(list(mapping.values()), meter)


def _items(target: object, arguments: list[object], meter: Meter) -> list[object]:
    values = _values(target, arguments, meter)
    meter.spend(2 * len(values))
    return [Tuple(pair) for pair in zip(elements(target, meter), values, strict=True)]


# Texts.


def _lower(target: object, arguments: list[object], meter: Meter) -> str:
    del arguments
    text = _text(target)
    meter.make_text(len(text) if text.isascii() else 3 * len(text))
    return text.lower()


def _upper(target: object, arguments: list[object], meter: Meter) -> str:
    del arguments
    text = _text(target)
    meter.make_text(len(text) if text.isascii() else 3 * len(text))
    return text.upper()


def _strip(target: object, arguments: list[object], meter: Meter) -> str:
    text = _text(target)
    meter.make_text(len(text))
    if not arguments or arguments[0] is None:
        return text.strip()
    characters = _text(arguments[0])
    if len(characters) > _LONGEST_STRIP:
        fail(f"strip() takes at most {_LONGEST_STRIP} characters")
    meter.read_text(len(text) * len(characters))
    return text.strip(characters)


def _split(target: object, arguments: list[object], meter: Meter) -> list[str]:
    text = _text(target)
    separator = None if not arguments or arguments[0] is None else _text(arguments[0])
    most = _whole(arguments[1], "split()") if len(arguments) > 1 else -1
    meter.make_text(len(text))
    limit = meter.left if most < 0 else min(most, meter.left)
    pieces = text.split(separator, limit)
    meter.spend(len(pieces))
    return pieces


def _begins(target: object, arguments: list[object], meter: Meter) -> bool:
    return any(_text(target).startswith(option) for option in _options(arguments[0], meter))


def _ends(target: object, arguments: list[object], meter: Meter) -> bool:
    return any(_text(target).endswith(option) for option in _options(arguments[0], meter))


def _options(value: object, meter: Meter) -> list[str]:
    options = elements(value, meter) if type(value) is Tuple else [value]
    texts = [_text(option) for option in options]
    meter.spend(len(texts) + sum(map(len, texts)) // READ_PER_STEP)
    return texts


def _replace(target: object, arguments: list[object], meter: Meter) -> str:
    text, old, new = _text(target), _text(arguments[0]), _text(arguments[1])
    most = _whole(arguments[2], "replace()") if len(arguments) > _REPLACE_TEXTS else -1
    meter.read_text(len(text))
    found = text.count(old)
    times = found if most < 0 else min(found, most)
    meter.make_text(len(text) + times * max(len(new) - len(old), 0))
    return text.replace(old, new, times)


def _count_text(target: object, arguments: list[object], meter: Meter) -> int:
    text, part = _text(target), _text(arguments[0])
    meter.read_text(len(text) + len(part))
    return text.count(part)


def _count(target: object, arguments: list[object], meter: Meter) -> int:
    return occurrences(arguments[0], cast("list[object]", target), meter)


def _text(value: object) -> str:
    if type(value) is not str:
        fail(f"a text method needs text, not {kind_name(value)}; convert it with str()")
    return value


def _whole(value: object, caller: str) -> int:
    if type(value) is not int or abs(value) > 2**31:
        fail(f"{caller} counts in small whole numbers")
    return value


METHODS: Final[Mapping[str, Method]] = MappingProxyType(
    {
        "get": Method(least=1, most=2, runs={dict: _get}),
        "keys": Method(least=0, most=0, runs={dict: _keys}),
        "values": Method(least=0, most=0, runs={dict: _values}),
        "items": Method(least=0, most=0, runs={dict: _items}),
        "lower": Method(least=0, most=0, runs={str: _lower}),
        "upper": Method(least=0, most=0, runs={str: _upper}),
        "strip": Method(least=0, most=1, runs={str: _strip}),
        "split": Method(least=0, most=2, runs={str: _split}),
        "startswith": Method(least=1, most=1, runs={str: _begins}),
        "endswith": Method(least=1, most=1, runs={str: _ends}),
        "replace": Method(least=2, most=3, runs={str: _replace}),
        "count": Method(least=1, most=1, runs={str: _count_text, list: _count, Tuple: _count}),
    }
)
