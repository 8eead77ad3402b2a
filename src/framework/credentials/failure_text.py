"""Texts that tell of a failure, or that a program logs, without anything that is or looks like a secret.

Unlike data, such a text is read by nobody who needs a key in it, so whatever may be one is taken
out. Every secret becomes the same word: what a replay on another machine, with another key or
none, takes out of the same text is the same.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from framework.credentials.known import variables_named_secret
from framework.credentials.secret_patterns import expressions_for
from framework.credentials.written_forms import written_forms

if TYPE_CHECKING:
    from collections.abc import Iterable

SECRET = "[secret]"  # noqa: S105  (what stands for one)
"""What stands where a secret was."""

_MIN_CHARS = 8
"""A shorter value is more often a word than a secret, and would be found in every text."""

_MAX_CHARS = 8192
"""A longer value is no key."""


def without_secrets(text: str, more: Iterable[str] = ()) -> str:
    """Return ``text`` with ``[secret]`` in the place of every secret.

    Secrets are the values of the environment's variables that are named like one, in whatever form
    they are written there, and what looks like one: keys of usual vendors, tokens, private keys,
    passwords in addresses, and what follows words such as ``password=``.

    Args:
        text: tells of a failure.
        more: values that are secret, too.
    """
    known = frozenset(variables_named_secret(os.environ).values()) | frozenset(more)
    pattern = _forms_of(known)
    if pattern is not None:
        text = pattern.sub(SECRET, text)
    for expression in expressions_for(text):
        text = expression.sub(_replaced, text)
    return text


@lru_cache(maxsize=32)
def _forms_of(values: frozenset[str]) -> re.Pattern[str] | None:
    """Return what finds the values however they are written; None where there are none."""
    usable = (value.strip() for value in values)
    forms = {
        form for value in usable if _MIN_CHARS <= len(value) <= _MAX_CHARS for form in written_forms(value)
    }
    longest_first = sorted(forms, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first))) if longest_first else None


def _replaced(match: re.Match[str]) -> str:
    group = "part" if "part" in match.re.groupindex else 0
    whole, begin = match[0], match.start()
    return f"{whole[: match.start(group) - begin]}{SECRET}{whole[match.end(group) - begin :]}"
