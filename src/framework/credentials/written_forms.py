"""The ways in which a value may stand in a text: as it is, escaped, quoted or encoded."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

_MIN_ENCODED_BYTES = 6
"""A shorter value has too few characters in base64 and hex to be told from other text."""

_MIN_LINE_CHARS = 16
_LINE_HEADS = ("-----BEGIN ", "-----END ")


def written_forms(value: str) -> frozenset[str]:
    """Return the texts that give ``value`` away.

    These are the value itself; as JSON, a Python literal and a part of an
    address escape it; in base64 and hex, also inside a longer encoded text;
    and the long lines of a value of several lines.
    """
    forms = {
        value,
        value.strip(),
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        repr(value)[1:-1],
        quote(value),
        quote(value, safe=""),
        quote_plus(value),
    }
    encoded = value.encode("utf-8", "replace")
    if len(encoded) >= _MIN_ENCODED_BYTES:
        forms |= {encoded.hex(), encoded.hex().upper(), *_in_base64(encoded)}
    lines = [line.strip() for line in value.splitlines()]
    forms |= {line for line in lines if len(line) >= _MIN_LINE_CHARS and not line.startswith(_LINE_HEADS)}
    return frozenset(forms)


def _in_base64(encoded: bytes) -> set[str]:
    """Return what is the same in the base64 of every text that contains ``encoded``.

    Three bytes become four characters, so there is one such middle for each
    place at which the bytes may begin; its edges also hold bits of the neighbours.
    """
    found: set[str] = set()
    for before in range(3):
        text = base64.b64encode(bytes(before) + encoded).decode()
        first = -(-before * 8 // 6)
        last = (before + len(encoded)) * 8 // 6
        middle = text[first:last]
        found |= {middle, middle.replace("+", "-").replace("/", "_")}
    return found
