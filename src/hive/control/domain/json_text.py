"""JSON as programs send it, odd numbers and half characters included, so that one event spoils no other."""

from __future__ import annotations

import gc
import json
import math
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

DEEPEST = 200
"""Lists and objects that an event may have inside each other, itself included."""

_DEEPEST_READ = DEEPEST + 50
"""With room for what events come in, and few enough levels to be read and written on any stack."""

_LEFT_OUT = b'"nested too deeply"'
_FINITE_DIGITS = 308
_LONGEST_PART = 60
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?+|([\[{]++)|([\]}]++)', re.DOTALL)
"""A text, even without its end, or brackets: whatever comes, nothing is looked at twice."""


@dataclass(frozen=True, slots=True)
class OddNumber:
    """What stands for a number and is none that JSON has, or a program reads: ``NaN``, ``1e999``.

    Attributes:
        text: as it came.
    """

    text: str


_CONSTANTS = {word: OddNumber(word) for word in ("NaN", "Infinity", "-Infinity")}
_FRAGMENTS = {word: orjson.Fragment(word) for word in _CONSTANTS}
_constant = _CONSTANTS.__getitem__


class OddNumberError(ValueError):
    """A value holds a number that cannot be kept."""


def read_json(text: bytes) -> object:
    """Return what ``text`` says.

    Numbers that are none (``NaN``) or beyond what programs calculate with
    (``1e999``) come as :class:`OddNumber`: what holds one is refused, not its neighbours. A part that
    lies too deep to be read comes as a text, and what holds it is too deep for an event all the same.

    Raises:
        ValueError: if it is no JSON.
    """
    with _uncollected():
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            return _slowly_read(_without_depths(text))


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
        OddNumberError: if it holds an :class:`OddNumber`.
        ValueError: if it is nested too deeply.
    """
    try:
        return orjson.dumps(value, _refuse, orjson.OPT_PASSTHROUGH_DATACLASS)
    except TypeError as error:  # Half characters, integers of more than 64 bits, deep nesting, odd numbers.
        if isinstance(error.__cause__, OddNumberError):
            raise error.__cause__ from None
        return _slowly_written(value, _refuse)


def write_as_it_came(value: object) -> bytes:
    """Return ``value`` as :func:`read_json` reads it, numbers that are none included.

    Raises:
        ValueError: if it is nested too deeply.
    """
    try:
        return orjson.dumps(value, _fragment, orjson.OPT_PASSTHROUGH_DATACLASS)
    except TypeError:
        return _slowly_written(value, _float_of)


def is_too_deep(value: object) -> bool:
    """Say whether ``value`` has more than :data:`DEEPEST` levels of lists and objects."""
    level = [value]
    for _ in range(DEEPEST):
        level = [each for outer in level for each in _held_by(outer) if isinstance(each, dict | list)]
        if not level:
            return False
    return True


def odd_number_in(value: object) -> tuple[str, OddNumber] | None:
    """Return where in ``value`` the first odd number is, and which; None if there is none."""
    way: list[str] = []
    open_: list[Iterator[tuple[object, object]]] = [iter([("", value)])]
    while open_:
        for part, each in open_[-1]:
            if isinstance(each, OddNumber):
                return ".".join([*way, str(part)[:_LONGEST_PART]][1:]), each
            if each and isinstance(each, dict | list):
                way.append(str(part)[:_LONGEST_PART])
                open_.append(_inside(cast("dict[object, object] | list[object]", each)))
                break
        else:
            open_.pop()
            if way:
                way.pop()
    return None


def _inside(value: dict[object, object] | list[object]) -> Iterator[tuple[object, object]]:
    return iter(value.items() if isinstance(value, dict) else enumerate(value))


def _held_by(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return cast("dict[object, object]", value).values()
    return cast("list[object]", value) if isinstance(value, list) else ()


@contextmanager
def _uncollected() -> Generator[None]:
    """Keep the collector away from what makes no cycles: it would look at each list again and again."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _slowly_read(text: bytes) -> object:
    return json.loads(text, parse_constant=_constant, parse_float=_finite, parse_int=_whole)


def _without_depths(text: bytes) -> bytes:
    """Return JSON with a word in place of each part that lies too deep to be read."""
    kept: list[bytes] = []
    begin = depth = 0
    for token in _TOKEN.finditer(text):
        start, end = token.span()
        if token[1]:
            if depth <= _DEEPEST_READ < depth + end - start:
                kept += [text[begin : start + _DEEPEST_READ - depth], _LEFT_OUT]
            depth += end - start
        elif token[2]:
            if depth - (end - start) <= _DEEPEST_READ < depth:
                begin = start + depth - _DEEPEST_READ
            depth -= end - start
    return b"".join([*kept, text[begin:]]) if depth <= _DEEPEST_READ else b""


def _slowly_written(value: object, odd: Callable[[object], object]) -> bytes:
    try:
        return json.dumps(value, separators=(",", ":"), default=odd).encode()
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _fragment(value: object) -> orjson.Fragment:
    if isinstance(value, OddNumber):
        return _FRAGMENTS.get(value.text) or orjson.Fragment(value.text)
    raise TypeError


def _refuse(value: object) -> object:
    raise OddNumberError(f"{value!r} is no number that can be kept")


def _float_of(value: object) -> object:
    """Return a number that is written as a word which reads as an odd number again."""
    assert isinstance(value, OddNumber)  # noqa: S101  (nothing else was read from JSON)
    return math.nan if value.text == "NaN" else -math.inf if value.text.startswith("-") else math.inf


def _finite(text: str) -> float | OddNumber:
    number = float(text)
    return number if math.isfinite(number) else OddNumber(text)


def _whole(text: str) -> int | OddNumber:
    return int(text) if len(text.lstrip("-")) <= _FINITE_DIGITS else OddNumber(text)
