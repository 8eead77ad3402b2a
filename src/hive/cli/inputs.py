"""The input of a run, from what the person gave: JSON, a file, or standard input."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from framework.errors import InputError

if TYPE_CHECKING:
    from typing import NoReturn

_LARGEST_BYTES = 64_000_000
_STANDARD_INPUT = "-"
_MOST_SHOWN = 60


def read_input(text: str | None, file: str | None) -> dict[str, Any]:
    """Return the input of a run.

    Args:
        text: the JSON object itself, ``@FILE``, or ``-`` for standard input.
        file: the path of a file that holds it, or ``-``.

    Raises:
        InputError: if it cannot be read, is no JSON, or no object.
    """
    if text is not None and file is not None:
        raise InputError("Give the input either with --input or with --input-file, not with both.")
    if file is not None:
        return _parsed(_content(file), _source(file))
    if text is None:
        return {}
    if text == _STANDARD_INPUT or text.startswith("@"):
        path = text.removeprefix("@")
        return _parsed(_content(path), _source(path))
    return _parsed(text, "--input")


def read_model(ctx: click.Context, option: click.Parameter, name: str | None) -> str | None:
    """Return the name of a model as it was given, None where none was.

    Raises:
        click.BadParameter: if nothing stands there, which would quietly mean another model.
    """
    if name is None or name.strip():
        return name
    raise click.BadParameter("Name a model, or leave the option out.", ctx, option)


def _source(path: str) -> str:
    return "standard input" if path == _STANDARD_INPUT else repr(path)


def _content(path: str) -> str:
    if not path:
        raise InputError("The name of the input file is missing: write --input @FILE.")
    try:
        if path == _STANDARD_INPUT:
            raw = sys.stdin.buffer.read(_LARGEST_BYTES + 1)
        else:
            with Path(path).expanduser().open("rb") as stream:
                raw = stream.read(_LARGEST_BYTES + 1)
    except OSError as error:
        raise InputError(f"The input file {path!r} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise InputError(f"The input file {path!r} cannot be read: {error}.") from error
    if len(raw) > _LARGEST_BYTES:
        raise InputError(f"The input in {_source(path)} is larger than {_LARGEST_BYTES // 1_000_000} MB.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"The input in {_source(path)} is no UTF-8 text: byte {error.start + 1} cannot be read."
        ) from error


def _parsed(text: str, source: str) -> dict[str, Any]:
    try:
        value: object = json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise InputError(
            f"The input in {source} is not valid JSON at {place}: {error.msg}{_shown_at(text, error)}."
        ) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"The input in {source} is not valid JSON: {error}.") from error
    if not isinstance(value, dict):
        raise InputError(
            f"The input in {source} is {_kind(value)}; it must be one JSON object with the input's keys, "
            'for example {"topic": "bees"}.'
        )
    return cast("dict[str, Any]", value)


def _kind(value: object) -> str:
    if value is None or isinstance(value, bool):
        return "only true, false or null"
    names = {"list": "an array", "str": "a text"}
    return names.get(type(value).__name__, "a number")


def _shown_at(text: str, error: json.JSONDecodeError) -> str:
    line = text.splitlines()[error.lineno - 1 : error.lineno]
    rest = line[0][error.colno - 1 :].strip()[:_MOST_SHOWN] if line else ""
    return f", at {rest!r}" if rest else ", where it ends"


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")
