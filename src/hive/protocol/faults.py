"""What is wrong with a JSON value, in the words of JSON and without repeating it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from hive.protocol.forms import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pydantic_core import ErrorDetails

_EXPECTED = {
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "decimal_parsing": "a number",
    "decimal_type": "a number",
    "dict_type": "an object",
    "float_parsing": "a number",
    "float_type": "a number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "list_type": "an array",
    "model_attributes_type": "an object",
    "model_type": "an object",
    "string_type": "a string",
}
_SHOULD = "Input should be "
_OF_A_FORM = "string_pattern_mismatch"
_OTHER_FORM = "a text of another form"
_LENGTHS = {"too_short": ("at least", "min_length"), "too_long": ("at most", "max_length")}
_OF_SECRETS = "Value"
"""What pydantic calls a secret text, whose characters it counts as items."""

_OURS = "Value error, "
_LONGEST_PART = 60
_FAULTS_TOLD = 5
Path = tuple[int | str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong with a value.

    Attributes:
        at: where in the value, empty where it is the whole of it.
        reason: what should be there.
    """

    at: str
    reason: str


def faults_in(value: object, found: Sequence[ErrorDetails]) -> list[Fault]:
    """Return what pydantic found in ``value``, one fault for each place.

    Where a place may hold one thing or another, pydantic tells of each by a place
    of its own, named after a type of Python: here they are one again. What is
    wrong further inside says more than that something else could be there.
    """
    places: dict[Path, dict[str, None]] = {}
    for each in found:
        place = tuple(_place(value, each["loc"], is_missing=each["type"] == "missing"))
        places.setdefault(place, {})[reason_of(each)] = None
    around = {place[:length] for place in places for length in range(len(place))}
    return [
        Fault(at=path_of(place), reason=_one_or_another(list(reasons)))
        for place, reasons in places.items()
        if place not in around
    ]


def sentence_of(faults: Sequence[Fault], whole: str) -> str:
    """Return the first faults of a value in one line; ``whole`` names the value itself."""
    told = "; ".join(f"{fault.at or whole}: {fault.reason}" for fault in faults[:_FAULTS_TOLD])
    more = len(faults) - _FAULTS_TOLD
    return told + (f"; and {more} more" if more > 0 else "")


def reason_of(found: ErrorDetails) -> str:
    """Return what pydantic found, in the words of JSON."""
    if found["type"] in _LENGTHS and "ctx" in found:
        return _length_of(found["type"], found["ctx"])
    if found["type"] == _OF_A_FORM:
        return _SHOULD + WORDS.get(found.get("ctx", {}).get("pattern", ""), _OTHER_FORM)
    expected = _EXPECTED.get(found["type"])
    return found["msg"].removeprefix(_OURS) if expected is None else _SHOULD + expected


def _length_of(kind: str, context: Mapping[str, object]) -> str:
    """Say how long something should be; pydantic would name a type of Python."""
    bound, key = _LENGTHS[kind]
    noun = "character" if context["field_type"] == _OF_SECRETS else "item"
    return f"Input should have {bound} {context[key]} {noun}{'' if context[key] == 1 else 's'}"


def path_of(place: Path) -> str:
    """Return a place as a person reads it; names of a sender's own are cut."""
    return ".".join(str(part)[:_LONGEST_PART] for part in place)


def _place(value: object, location: Path, *, is_missing: bool) -> Iterator[int | str]:
    """Give the parts of a location that are in ``value``; others name alternatives."""
    for number, part in enumerate(location, start=1):
        if isinstance(value, dict) and part in value:
            value = cast("Mapping[int | str, object]", value)[part]
        elif isinstance(value, list) and isinstance(part, int):
            value = cast("Sequence[object]", value)[part]
        elif not (is_missing and number == len(location)):
            continue
        yield part


def _one_or_another(reasons: Sequence[str]) -> str:
    first, *others = reasons
    return " or ".join([first, *(each.removeprefix(_SHOULD) for each in others)])
