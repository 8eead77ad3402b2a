"""JSON as programs send it, odd numbers and half characters included, so that one event spoils no other."""

from __future__ import annotations

import json
import math
from typing import cast

import orjson


def read_json(text: bytes) -> object:
    """Return what ``text`` says.

    Numbers that are none (``NaN``, ``1e999``) and whole ones of thousands of
    digits come as texts: whatever field holds one is refused, not its neighbours.

    Raises:
        ValueError: if it is no JSON.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(text, parse_constant=str, parse_float=_finite, parse_int=_whole)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def read_list(text: bytes) -> list[object]:
    """Return the list that ``text`` says.

    Raises:
        ValueError: if it is no JSON, or no list.
    """
    found = read_json(text)
    if not isinstance(found, list):
        raise ValueError("it is no list")  # noqa: TRY004  (of what was read, no value of a caller's)
    return cast("list[object]", found)


def write_json(value: object) -> bytes:
    """Return ``value`` as JSON that :func:`read_json` reads.

    Raises:
        ValueError: if it is nested too deeply.
    """
    try:
        return orjson.dumps(value)
    except TypeError:  # Half characters, integers of more than 64 bits, deep nesting.
        pass
    try:
        return json.dumps(value, separators=(",", ":")).encode()
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _finite(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text


def _whole(text: str) -> int | str:
    try:
        return int(text)
    except ValueError:  # Python reads only so many digits (sys.get_int_max_str_digits).
        return text
