"""Texts for a terminal: numbers a person reads, and foreign text made harmless."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_LONGEST_HEX_ESCAPE = 0xFF
_MILLION = 1_000_000
_SMALL_PRICE = Decimal("0.01")
_SECONDS_A_MINUTE = 60
_SECONDS_AN_HOUR = 3600
_BYTES_STEP = 1000


def printable(text: str) -> str:
    """Return ``text`` with every character that could steer a terminal written as an escape.

    Line ends and tabs stay. Models, tools and packages write what we print.
    """
    return _UNPRINTABLE.sub(_escaped, text.replace("\r\n", "\n"))


def one_line(text: str, limit: int) -> str:
    """Return ``text`` as one printable line of at most ``limit`` characters."""
    line = printable(" ".join(text[: 4 * limit + 4].split()))
    if len(line) <= limit and len(text) <= 4 * limit + 4:
        return line
    return line[: max(0, limit - 3)].rstrip() + "..."


def duration(microseconds: int) -> str:
    """Return a length of time, for example ``0.82 s`` or ``3 min 05 s``."""
    seconds = max(0, microseconds) / _MILLION
    if seconds < _SECONDS_A_MINUTE:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"  # noqa: PLR2004  (two figures)
    whole = int(seconds)
    if whole < _SECONDS_AN_HOUR:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def moment(epoch_us: int) -> str:
    """Return a point in time, in UTC, to the second."""
    return datetime.fromtimestamp(epoch_us / _MILLION, UTC).strftime("%Y-%m-%d %H:%M:%S")


def count(number: int, noun: str) -> str:
    """Return a number with its noun, for example ``1 step`` or ``1,204 tokens``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def money(cost_usd: Decimal) -> str:
    """Return an amount, with as many digits as a small one needs."""
    if cost_usd == 0:
        return "$0"
    if cost_usd >= _SMALL_PRICE:
        return f"${cost_usd:.2f}"
    return "$" + (f"{cost_usd:.6f}".rstrip("0") if cost_usd >= Decimal("0.000001") else "0.000001")


def cost(cost_usd: Decimal, *, answers: int, unpriced: int) -> str:
    """Return what a run's model answers cost, saying so when the price of some is unknown."""
    if answers == 0:
        return "no model used"
    if unpriced == 0:
        return money(cost_usd)
    if unpriced == answers:
        return "unknown price"
    return f"{money(cost_usd)} + {count(unpriced, 'answer')} of unknown price"


def size(number: int) -> str:
    """Return a number of bytes in the unit a person reads."""
    amount = float(number)
    for unit in ("bytes", "kB", "MB"):
        if amount < _BYTES_STEP:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= _BYTES_STEP
    return f"{amount:.1f} GB"


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code <= _LONGEST_HEX_ESCAPE else f"\\u{code:04x}"
