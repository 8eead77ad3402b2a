"""What is wrong with a model's summary: numbers of its own, repetition, nothing said of the figures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+")
_WORD = re.compile(r"\w+")
_PHRASE_WORDS = 4
_LEAST_NEW = 0.7
"""Share of the phrases that must stand in a summary only once."""

_NAMED = {"contributors": "name", "hot_files": "path", "areas": "area"}


def find_flaw(summary: str, facts: str, figures: Mapping[str, Any]) -> str:
    """Return what is wrong, in a sentence the model can act on; empty if nothing is."""
    strange = strange_numbers(summary, facts)
    if strange:
        return f"these numbers are not among the figures: {', '.join(strange)}"
    if repeats_itself(summary):
        return "it says the same again and again"
    if not names_anything(summary, figures):
        return "it names no person, file or folder of the figures"
    return ""


def strange_numbers(text: str, known: str) -> list[str]:
    """Return the numbers of a text that stand nowhere in ``known``, each once."""
    allowed = set(_numbers(known))
    return list(dict.fromkeys(number for number in _numbers(text) if number not in allowed))


def repeats_itself(text: str) -> bool:
    """Whether many phrases stand in the text more than once."""
    words = _WORD.findall(text.lower())
    phrases = [tuple(words[start : start + _PHRASE_WORDS]) for start in range(len(words) - _PHRASE_WORDS + 1)]
    return len(set(phrases)) < _LEAST_NEW * len(phrases)


def names_anything(text: str, figures: Mapping[str, Any]) -> bool:
    """Whether the text names a person, a file or a folder of the figures."""
    said = text.casefold()
    names = [str(row[column]).strip("/") for key, column in _NAMED.items() for row in figures[key]]
    ends = [name.rpartition("/")[2] for name in names]
    return any(name.casefold() in said for name in [*names, *ends] if name)


def _numbers(text: str) -> list[str]:
    """Return the numbers of a text; 1,234 is 1234."""
    found = (match[0] for match in _NUMBER.finditer(text))
    return [number.replace(",", "") if _GROUPED.fullmatch(number) else number for number in found]
