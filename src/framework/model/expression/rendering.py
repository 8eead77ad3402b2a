"""Values as text, and values as plain data for the world outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from framework.model.expression.kinds import SCALARS, Tuple, admit, fail, text_key
from framework.model.expression.limits import MAX_DATA_DEPTH, MAX_INT_BITS

if TYPE_CHECKING:
    from framework.model.expression.limits import Meter

_ASCII_ESCAPE = 4
_LONGEST_ESCAPE = 10


def text_of(value: object, meter: Meter) -> str:
    """Return what ``str`` gives for ``value``."""
    if type(value) is str:
        return value
    return _written(value, meter, 0)


def plain_copy(value: object, meter: Meter, depth: int = 0) -> object:
    """Return ``value`` as fresh JSON data: tuples and sets become lists.

    Raises:
        ExpressionEvaluationError: if it is too large, too deep or holds foreign objects.
    """
    if type(value) in SCALARS:
        return value
    _check_depth(depth)
    admit(value)
    meter.spend(len(cast("list[object]", value)) + 2)
    if type(value) is dict:
        pairs = cast("dict[object, object]", value).items()
        return {text_key(key, meter): plain_copy(item, meter, depth + 1) for key, item in pairs}
    return [plain_copy(item, meter, depth + 1) for item in cast("list[object]", value)]


def _written(value: object, meter: Meter, depth: int) -> str:
    if type(value) in SCALARS:
        return _scalar(value, meter)
    _check_depth(depth)
    admit(value)
    meter.spend(2 * len(cast("list[object]", value)) + 1)
    if type(value) is dict:
        return _dictionary(cast("dict[object, object]", value), meter, depth)
    parts = [_written(item, meter, depth + 1) for item in cast("list[object]", value)]
    inner = ", ".join(parts)
    meter.make_text(len(inner))
    if type(value) is list:
        return f"[{inner}]"
    if type(value) is Tuple:
        return f"({inner},)" if len(parts) == 1 else f"({inner})"
    return f"{{{inner}}}" if parts else "set()"


def _dictionary(value: dict[object, object], meter: Meter, depth: int) -> str:
    parts = [
        f"{_scalar(text_key(key, meter), meter)}: {_written(item, meter, depth + 1)}"
        for key, item in value.items()
    ]
    inner = ", ".join(parts)
    meter.make_text(2 * len(inner))
    return f"{{{inner}}}"


def _scalar(value: object, meter: Meter) -> str:
    if type(value) is str:
        meter.make_text(len(value) * (_ASCII_ESCAPE if value.isascii() else _LONGEST_ESCAPE))
    elif type(value) is int:
        if value.bit_length() > MAX_INT_BITS:
            fail(f"a number of more than {MAX_INT_BITS} bits is not written as text")
        meter.spend(1 + value.bit_length() // 64)
    else:
        meter.spend(1)
    return repr(value)


def _check_depth(depth: int) -> None:
    if depth >= MAX_DATA_DEPTH:
        fail(f"its data is nested deeper than {MAX_DATA_DEPTH} levels; use an inner part of it")
